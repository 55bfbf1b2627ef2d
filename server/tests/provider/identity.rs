//! Tests of identity: phones, sessions and tokens belong to a subject identifier and not to a user
//! name.

use countersign_protocol::message::decision::{Decision, DecisionKind};
use countersign_protocol::message::receipt::Outcome;
use countersign_server::Config;
use countersign_server::config::Account;
use countersign_server::gateway::SuspensionReason;
use countersign_server::model::Secret;
use reqwest::StatusCode;
use sqlx::SqlitePool;

use crate::pages::Browser;
use crate::support::{ALICE, TestServer, accepted, add_phone, header, password_hash, rejected, start};

/// The person who gets the user name of alice.
const NEWCOMER: &str = "999999";

/// Gives the user name of alice to another person.
fn reassign(config: &mut Config) {
    let alice = config.accounts.remove("alice").unwrap();
    let newcomer = Account { sub: NEWCOMER.to_owned(), name: "Alice Newcomer".to_owned(), ..alice };
    config.accounts.insert("alice".to_owned(), newcomer);
}

fn login(test: &TestServer) -> reqwest::RequestBuilder {
    let form = [("scope", "openid"), ("login_hint", "alice"), ("binding_message", "123456")];
    test.backchannel("shop", &form)
}

async fn refresh_token(test: &TestServer) -> String {
    let form = [("scope", "openid offline_access"), ("login_hint", "alice"), ("binding_message", "123456")];
    let request = accepted(test.backchannel("shop", &form)).await;
    test.decide("approved").await;
    let tokens = accepted(test.poll(request["auth_req_id"].as_str().unwrap())).await;
    tokens["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn reassigned_user_name_gives_the_former_person_no_access() {
    let test = start().await;
    let refresh = refresh_token(&test).await;
    let approved = test.request_approval().await;
    test.decide("approved").await;
    let cookies = Browser::signed_in(&test, "alice").await.cookies;

    let test = test.restart_with(reassign).await;
    // The phone of the former person gets no request of the new one.
    rejected(login(&test), 400, "unknown_user_id").await;
    // An approval, a refresh token and a session of the former person count no more.
    rejected(test.poll(&approved), 400, "access_denied").await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    rejected(test.basic("shop", "/token", &form), 400, "invalid_grant").await;
    let mut former = Browser { cookies, ..Browser::new(&test) };
    let page = former.get("/phones").await;
    assert_eq!((page.status(), header(&page, "location")), (StatusCode::SEE_OTHER, "/sign-in"));

    assert_eq!(test.server.gateway().phones(NEWCOMER).await.unwrap(), []);
    assert_eq!(test.server.gateway().phones(ALICE).await.unwrap().len(), 1, "the phone is kept");
    add_phone(&test.server, &test.clock, NEWCOMER).await;
    accepted(login(&test)).await;
    assert_eq!(test.phone.lock().await.inbox().await.requests, Vec::<String>::new());
}

#[tokio::test]
async fn renamed_user_keeps_phone_session_and_tokens() {
    let test = start().await;
    let refresh = refresh_token(&test).await;
    let cookies = Browser::signed_in(&test, "alice").await.cookies;
    let test = test
        .restart_with(|config| {
            let alice = config.accounts.remove("alice").unwrap();
            config.accounts.insert("alicia".to_owned(), Account { username: "alicia".to_owned(), ..alice });
        })
        .await;
    let form = [("scope", "openid"), ("login_hint", "alicia"), ("binding_message", "123456")];
    accepted(test.backchannel("shop", &form)).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    accepted(test.basic("shop", "/token", &form)).await;
    let mut browser = Browser { cookies, ..Browser::new(&test) };
    assert_eq!(browser.get("/phones").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn changed_password_ends_the_sessions_of_its_account() {
    let test = start().await;
    let alice = Browser::signed_in(&test, "alice").await.cookies;
    let bob = Browser::signed_in(&test, "bob").await.cookies;
    let password = Secret::new(password_hash("changed"));
    let test = test.restart_with(|config| config.accounts.get_mut("alice").unwrap().password = password).await;
    let mut alice = Browser { cookies: alice, ..Browser::new(&test) };
    let page = alice.get("/phones").await;
    assert_eq!((page.status(), header(&page, "location")), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(alice.sign_in("alice", "changed").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(alice.get("/phones").await.status(), StatusCode::OK);
    let mut bob = Browser { cookies: bob, ..Browser::new(&test) };
    assert_eq!(bob.get("/phones").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn approval_of_a_removed_phone_yields_no_tokens() {
    for suspended in [true, false] {
        let test = start().await;
        let id = test.request_approval().await;
        test.decide("approved").await;
        let phone = test.phone.lock().await.id.clone().unwrap();
        let gateway = test.server.gateway();
        let changed = match suspended {
            true => gateway.suspend(ALICE, &phone, true).await.unwrap(),
            false => gateway.unenrol(ALICE, &phone).await.unwrap(),
        };
        assert!(changed);
        rejected(test.poll(&id), 400, "access_denied").await;
    }
}

/// Approves a request on the phone and returns the outcome of the receipt.
async fn approve(test: &TestServer, request: &str) -> Outcome {
    let phone = test.phone.lock().await;
    let approval = phone.decision(request, DecisionKind::Approve);
    let approval = Decision { binding: Some("123456".to_owned()), ..approval };
    phone.receipt(&phone.decide(&approval).await).outcome
}

#[tokio::test]
async fn phone_of_another_account_cannot_approve() {
    let test = start().await;
    let id = test.request_approval().await;
    let jws = test.last_request().await;
    let moved = async |db: SqlitePool| {
        sqlx::query("update enrolment set account = 'another'").execute(&db).await.unwrap();
        db.close().await;
    };
    let test = test.restart_after(moved, |_| {}).await;
    assert_eq!(approve(&test, &jws).await, Outcome::Policy);
    rejected(test.poll(&id), 400, "access_denied").await;
}

/// Writes rows as migration 0008 leaves them. `sub` is in tokens of the user name.
async fn as_migrated(db: SqlitePool, sub: &str) {
    for table in ["enrolment", "offer", "approval_request", "account_guard"] {
        let statement = format!("update {table} set account = 'username alice' where account = '{ALICE}'");
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&db).await.unwrap();
    }
    sqlx::query("insert into former_subject values ('alice', $1)").bind(sub).execute(&db).await.unwrap();
    db.close().await;
}

#[tokio::test]
async fn phone_of_an_earlier_version_is_bound_at_the_first_start() {
    let test = start().await;
    let id = test.request_approval().await;
    let test = test.restart_after(async |db| as_migrated(db, ALICE).await, |_| {}).await;
    test.decide("approved").await;
    accepted(test.poll(&id)).await;
    accepted(login(&test)).await;
    let phones = test.server.gateway().phones(ALICE).await.unwrap();
    assert_eq!(phones.len(), 1);
}

#[tokio::test]
async fn phone_that_may_be_of_a_former_person_is_not_bound() {
    type Change = fn(&mut Config);
    let cases: [(&str, Change); 3] = [
        (ALICE, |config| drop(config.accounts.remove("alice"))),
        (NEWCOMER, |config| config.accounts.get_mut("alice").unwrap().name = "Alice Newcomer".to_owned()),
        // The name is the same, but tokens had another subject identifier.
        (NEWCOMER, |_| {}),
    ];
    for (sub, change) in cases {
        let test = start().await;
        let request = test.request_approval().await;
        let jws = test.last_request().await;
        let test = test.restart_after(async |db| as_migrated(db, sub).await, change).await;
        // The phone is suspended: it cannot approve the request from before the upgrade.
        assert_eq!(approve(&test, &jws).await, Outcome::Policy);
        rejected(test.poll(&request), 400, "access_denied").await;
        rejected(login(&test), 400, "unknown_user_id").await;

        // A later start with the right configuration does not bind it either.
        let test = test.restart_with(|_| {}).await;
        rejected(login(&test), 400, "unknown_user_id").await;
        let kept = test.server.gateway().phones("unbound alice").await.unwrap();
        assert_eq!(kept.len(), 1, "the phone is kept");
        let suspension = kept[0].suspension.unwrap();
        assert_eq!((suspension.reason, suspension.since), (SuspensionReason::Issuer, test.clock.now()));
    }
}
