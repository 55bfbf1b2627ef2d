//! Approval requests: which ones are made and which ones are rejected.

use std::time::Duration;

use countersign_protocol::message::request::{Binding, BindingMode, Charset, Client, Request};
use serde_json::value::RawValue;

use super::{Bench, NewApprovalRequest, Outcome, RequestedBinding, entry, new_request, payment};
use crate::gateway::{ApprovalRequestError, ApprovalRequestId};
use crate::policy::{PolicyViolation, RequestPolicy};

async fn rejected(bench: &Bench, new: NewApprovalRequest) -> ApprovalRequestError {
    bench.gateway.request_approval(new).await.unwrap_err()
}

fn detail(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

#[tokio::test]
async fn approval_request_without_active_phone_is_rejected() {
    let bench = Bench::start().await;
    assert!(matches!(rejected(&bench, new_request(entry())).await, ApprovalRequestError::NoDevice));
    let offer = bench.gateway.offer("alice", "Alice").await.unwrap();
    bench.device().enrol(&offer.uri).await;
    assert!(
        matches!(rejected(&bench, new_request(entry())).await, ApprovalRequestError::NoDevice),
        "pending is not active"
    );
    assert_eq!(bench.gateway.outcome(&ApprovalRequestId::from_text("unknown")).await.unwrap(), None);
    assert!(!bench.gateway.cancel(&ApprovalRequestId::from_text("unknown")).await.unwrap());
}

#[tokio::test]
async fn request_has_the_details_and_not_the_binding_value() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let new = NewApprovalRequest { details: vec![payment()], ..new_request(entry()) };
    bench.gateway.request_approval(new).await.unwrap();
    let request: Request = phone.read(&phone.waiting().await);
    assert_eq!((request.sub, request.iss), (phone.id.clone().unwrap(), phone.issuer()));
    assert_eq!(request.exp.since(request.iat), 300);
    assert_eq!(request.binding, Binding::Entry { length: 6, charset: Charset::Digits });
    assert_eq!((request.message, request.acr), (None, None));
    assert_eq!(request.details.unwrap()[0].get(), payment().get(), "details are sent as received");
}

#[tokio::test]
async fn message_is_in_display_mode_only() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    bench.request_approval(RequestedBinding::Display("W4SCT".to_owned())).await;
    let request: Request = phone.read(&phone.waiting().await);
    assert_eq!((request.binding, request.message.as_deref()), (Binding::Display, Some("W4SCT")));
}

#[tokio::test]
async fn request_lifetime_is_limited() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    for (wanted, given) in [(Duration::from_secs(5), 5), (Duration::MAX, 300), (Duration::ZERO, 1)] {
        let made = bench
            .gateway
            .request_approval(NewApprovalRequest { lifetime: wanted, ..new_request(entry()) })
            .await
            .unwrap();
        let request: Request = phone.read(&phone.waiting().await);
        assert_eq!(request.exp.since(request.iat), given);
        bench.gateway.cancel(&made).await.unwrap();
    }
}

#[tokio::test]
async fn request_that_a_phone_cannot_show_is_rejected() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let cases = [
        NewApprovalRequest { binding: RequestedBinding::Entry("12".to_owned()), ..new_request(entry()) },
        NewApprovalRequest { binding: RequestedBinding::Display(String::new()), ..new_request(entry()) },
        NewApprovalRequest { binding: RequestedBinding::Display("long ".repeat(1000)), ..new_request(entry()) },
        NewApprovalRequest { binding: RequestedBinding::Choice("--".to_owned()), ..new_request(entry()) },
    ];
    for new in cases {
        assert!(matches!(rejected(&bench, new).await, ApprovalRequestError::BadBinding(_)));
    }
    for text in ["[]", "{}", r#"{"type":1}"#, r#"{"type":"payment_initiation"}"#] {
        let error = rejected(&bench, NewApprovalRequest { details: vec![detail(text)], ..new_request(entry()) }).await;
        assert!(matches!(error, ApprovalRequestError::BadDetails(_)), "{text}");
    }
    let iban = payment().get().replace("DE02", "DE03");
    let error = rejected(&bench, NewApprovalRequest { details: vec![detail(&iban)], ..new_request(entry()) }).await;
    assert!(matches!(error, ApprovalRequestError::BadDetails(_)));
    for size in [6000, 9000] {
        let long = detail(&format!(r#"{{"type":"new","x":"{}"}}"#, "x".repeat(size)));
        assert!(matches!(
            rejected(&bench, NewApprovalRequest { details: vec![long], ..new_request(entry()) }).await,
            ApprovalRequestError::TooLong
        ));
    }
    assert!(phone.inbox().await.requests.is_empty());
}

#[tokio::test]
async fn binding_mode_below_the_policy_is_rejected() {
    let bench = Bench::with(RequestPolicy { binding_floor: BindingMode::Entry, ..RequestPolicy::default() }).await;
    bench.phone().await;
    for weak in
        [RequestedBinding::None, RequestedBinding::Display("x".to_owned()), RequestedBinding::Choice("42".to_owned())]
    {
        assert!(matches!(rejected(&bench, new_request(weak)).await, ApprovalRequestError::BadBinding(_)));
    }
    bench.request_approval(entry()).await;
}

#[tokio::test]
async fn choice_without_permission_is_rejected_with_advice() {
    let bench = Bench::start().await;
    bench.phone().await;
    let error = rejected(&bench, new_request(RequestedBinding::Choice("42".to_owned()))).await;
    assert!(matches!(&error, ApprovalRequestError::BadBinding(reason) if reason.contains("`allow_choice = true`")));
    let bench = Bench::with(RequestPolicy { allow_choice: true, ..RequestPolicy::default() }).await;
    bench.phone().await;
    bench.request_approval(RequestedBinding::Choice("42".to_owned())).await;
}

#[tokio::test]
async fn requests_are_limited_per_minute_and_while_pending() {
    let bench = Bench::with(RequestPolicy {
        account_requests_per_minute: 3,
        account_pending_requests: 2,
        ..RequestPolicy::default()
    })
    .await;
    bench.phone().await;
    let first = bench.request_approval(entry()).await;
    bench.request_approval(entry()).await;
    assert!(
        matches!(
            rejected(&bench, new_request(entry())).await,
            ApprovalRequestError::Policy(PolicyViolation::TooManyRequests)
        ),
        "two wait"
    );
    bench.gateway.cancel(&first).await.unwrap();
    let third = bench.request_approval(entry()).await;
    bench.gateway.cancel(&third).await.unwrap();
    assert!(
        matches!(
            rejected(&bench, new_request(entry())).await,
            ApprovalRequestError::Policy(PolicyViolation::TooManyRequests)
        ),
        "three a minute"
    );
    bench.clock.shift(60);
    let fourth = bench.request_approval(entry()).await;
    assert_eq!(bench.outcome(&fourth).await, Outcome::Pending);
}

fn request_of(client: &str) -> NewApprovalRequest {
    let client = Client { id: client.to_owned(), name: "Shop".to_owned() };
    NewApprovalRequest { client, ..new_request(entry()) }
}

#[tokio::test]
async fn one_client_does_not_exhaust_the_limit_of_another() {
    let bench = Bench::start().await;
    bench.phone().await;
    for _ in 0..5 {
        bench.gateway.request_approval(request_of("abused")).await.unwrap();
    }
    assert!(
        matches!(
            rejected(&bench, request_of("abused")).await,
            ApprovalRequestError::Policy(PolicyViolation::TooManyRequests)
        ),
        "five wait"
    );
    let made = bench.gateway.request_approval(request_of("other")).await.unwrap();
    assert_eq!(bench.outcome(&made).await, Outcome::Pending);

    let bench = Bench::start().await;
    bench.phone().await;
    for _ in 0..30 {
        let made = bench.gateway.request_approval(request_of("abused")).await.unwrap();
        bench.gateway.cancel(&made).await.unwrap();
    }
    assert!(
        matches!(
            rejected(&bench, request_of("abused")).await,
            ApprovalRequestError::Policy(PolicyViolation::TooManyRequests)
        ),
        "30 a minute"
    );
    bench.gateway.request_approval(request_of("other")).await.unwrap();
}

#[tokio::test]
async fn pending_requests_of_all_clients_fit_an_inbox() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    for number in 0..16 {
        bench.gateway.request_approval(request_of(&format!("client {}", number / 5))).await.unwrap();
    }
    assert!(matches!(
        rejected(&bench, request_of("another")).await,
        ApprovalRequestError::Policy(PolicyViolation::TooManyRequests)
    ));
    let inbox = phone.inbox().await;
    assert_eq!((inbox.requests.len(), inbox.count), (16, 16));
}
