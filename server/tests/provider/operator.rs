//! Tests of the operator's commands, and of what the user sees of a suspension.

use std::os::unix::fs::PermissionsExt as _;

use countersign_protocol::message::claims::EnrolmentId;
use countersign_protocol::message::status::EnrolmentState;
use countersign_server::operator::{Command, OperatorError, Phone, Response, send};

use crate::pages::Browser;
use crate::support::{ALICE, start};

fn changed(response: Response) -> Phone {
    match response {
        Response::Done(phone) => phone,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn operator_suspends_reinstates_and_removes_a_phone() {
    let test = start().await;
    let enrolment = test.phone.lock().await.id.clone().unwrap();
    let command = async |command: Command| send(test.data(), &command).await.unwrap();
    assert_eq!(command(Command::List { account: None }).await, Response::Phones(Vec::new()));

    let phone = changed(command(Command::Suspend { enrolment: enrolment.clone() }).await);
    assert_eq!((phone.state, phone.account.as_str()), (EnrolmentState::Suspended, "alice"));
    assert_eq!(phone.suspended_reason.as_deref(), Some("issuer"));
    for account in [None, Some("alice"), Some(ALICE)] {
        let list = Command::List { account: account.map(str::to_owned) };
        assert_eq!(command(list).await, Response::Phones(vec![phone.clone()]), "{account:?}");
    }
    let page = Browser::signed_in(&test, "alice").await.get("/phones").await.text().await.unwrap();
    assert!(page.contains("Suspended since <time datetime=\"2026-11-22T07:00Z\">22 November 2026, 07:00 UTC</time>"));
    assert!(page.contains("We suspended this phone. Contact us"), "{page}");

    let again = command(Command::Suspend { enrolment: enrolment.clone() }).await;
    assert_eq!(again, Response::OtherState(phone));
    let phone = changed(command(Command::Reinstate { enrolment: enrolment.clone() }).await);
    assert_eq!((phone.state, phone.suspended_since), (EnrolmentState::Active, None));
    let page = Browser::signed_in(&test, "alice").await.get("/phones").await.text().await.unwrap();
    assert!(!page.contains("Suspended"), "{page}");
    test.request_approval().await;
    test.decide("approved").await;

    let removed = changed(command(Command::Remove { enrolment: enrolment.clone() }).await);
    assert_eq!(removed.state, EnrolmentState::Revoked);
    assert!(matches!(command(Command::Reinstate { enrolment }).await, Response::OtherState(_)));
    let unknown = Command::Remove { enrolment: EnrolmentId::random().unwrap() };
    assert_eq!(command(unknown).await, Response::Unknown);
    let account = Some("alice".to_owned());
    assert_eq!(command(Command::List { account }).await, Response::Phones(Vec::new()), "removed phones are not listed");
    let events = ["phone_suspended", "phone_reinstated", "phone_revoked"];
    assert!(events.iter().all(|event| test.events(event).len() == 1));
}

#[tokio::test]
async fn page_explains_a_phone_that_used_a_number_twice() {
    let test = start().await;
    let jws = {
        test.request_approval().await;
        test.last_request().await
    };
    {
        let phone = test.phone.lock().await;
        let first = phone.decision(&jws, countersign_protocol::message::decision::DecisionKind::Deny);
        phone.decide(&first).await;
    }
    test.clock.shift(60);
    test.request_approval().await;
    let jws = test.last_request().await;
    {
        let phone = test.phone.lock().await;
        let mut second = phone.decision(&jws, countersign_protocol::message::decision::DecisionKind::Deny);
        second.number = 1.try_into().unwrap();
        let receipt = phone.decide(&second).await;
        assert_eq!(phone.receipt(&receipt).outcome, countersign_protocol::message::receipt::Outcome::NumberUsed);
    }
    let page = Browser::signed_in(&test, "alice").await.get("/phones").await.text().await.unwrap();
    assert!(page.contains("22 November 2026, 07:01 UTC"), "{page}");
    assert!(page.contains("had a number that was used before") && page.contains("contact us to use it again"));
    assert_eq!(test.events("phone_suspended")[0]["reason"], "number_used");
}

#[tokio::test]
async fn socket_is_private_and_ends_with_the_server() {
    let test = start().await;
    let mode = |name: &str| std::fs::metadata(test.data().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("operator"), mode("operator/socket")), (0o700, 0o600));
    let data = test.data().to_owned();
    let list = Command::List { account: None };
    let crate::support::TestServer { server, folder: _folder, .. } = test;
    server.stop().await;
    let error = send(&data, &list).await.unwrap_err();
    assert!(matches!(error, OperatorError::NotRunning { .. }), "{error}");
    assert!(error.to_string().contains("Start it"), "{error}");
}
