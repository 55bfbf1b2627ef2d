//! Phones without network: the client shows the request and submits the decision.

use countersign_protocol::message::Message as _;
use countersign_protocol::message::claims::Nonce;
use countersign_protocol::message::decision::{Decision, DecisionKind, DenyReason};
use countersign_protocol::message::receipt::Outcome as Received;
use countersign_protocol::message::request::Request;
use serde_json::value::RawValue;

use super::super::OfflineError;
use super::device::{Device, key};
use super::{
    ApprovalRequestId, Bench, DenialReason, NewApprovalRequest, Outcome, RequestedBinding, entry, new_request, payment,
};

const DECISIONS: &str = "/adp/v1/decisions";

/// Makes a request for one phone. Returns it with the text of its code and a valid approval.
async fn shown(bench: &Bench, phone: &Device) -> (ApprovalRequestId, String, Decision) {
    let made = bench
        .gateway
        .request_approval(NewApprovalRequest { details: vec![payment()], ..new_request(entry()) })
        .await
        .unwrap();
    let mut requests = bench.gateway.requests_to_show(&made).await.unwrap();
    assert_eq!(requests.len(), 1);
    let compact = requests.remove(0);
    let approval = Decision { binding: Some("123456".to_owned()), ..phone.decision(&compact, DecisionKind::Approve) };
    (made, compact, approval)
}

fn rejected(taken: Result<Received, OfflineError>) -> bool {
    matches!(taken, Err(OfflineError::Rejected))
}

#[tokio::test]
async fn submitted_approval_is_accepted_once() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let (made, compact, approval) = shown(&bench, &phone).await;
    assert_eq!(compact, phone.waiting().await, "the same bytes");
    let signed = approval.sign(&phone.uvk).unwrap();
    assert_eq!(bench.gateway.submit_shown_decision(&made, &signed).await.unwrap(), Received::Accepted);
    assert!(matches!(bench.outcome(&made).await, Outcome::Approved(_)));
    // Submitted twice, and sent by the phone later: one receipt.
    assert_eq!(bench.gateway.submit_shown_decision(&made, &signed).await.unwrap(), Received::Accepted);
    let first = phone.post(DECISIONS, signed.clone()).await;
    assert_eq!(phone.receipt(&first).outcome, Received::Accepted);
    assert_eq!(phone.post(DECISIONS, signed).await.text, first.text);
    let evidence = crate::audit::evidence(&bench.gateway.parts.store, approval.txn.as_str()).await.unwrap().unwrap();
    assert_eq!(evidence.decisions.len(), 1);
    assert_eq!(evidence.decisions[0].receipt, first.text);
    assert!(matches!(bench.gateway.requests_to_show(&made).await, Err(OfflineError::Ended)));
}

#[tokio::test]
async fn submitted_denial_and_wrong_value_are_accepted() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let (made, compact, _) = shown(&bench, &phone).await;
    let denial = Decision { reason: Some(DenyReason::NotMe), ..phone.decision(&compact, DecisionKind::Deny) };
    let taken = bench.gateway.submit_shown_decision(&made, &denial.sign(&phone.dk).unwrap()).await;
    assert_eq!(taken.unwrap(), Received::Accepted);
    assert_eq!(bench.outcome(&made).await, Outcome::Denied { reason: DenialReason::User(DenyReason::NotMe) });

    let (made, _, approval) = shown(&bench, &phone).await;
    let wrong = Decision { binding: Some("123457".to_owned()), ..approval.clone() };
    let taken = bench.gateway.submit_shown_decision(&made, &wrong.sign(&phone.uvk).unwrap()).await;
    assert_eq!(taken.unwrap(), Received::BindingMismatch);
    let right = Decision { number: phone.number(), ..approval };
    let taken = bench.gateway.submit_shown_decision(&made, &right.sign(&phone.uvk).unwrap()).await;
    assert_eq!(taken.unwrap(), Received::AlreadyDecided, "one try, even if it is submitted by the client");
}

#[tokio::test]
async fn submitted_decision_is_for_its_own_request_unaltered() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let (made, compact, approval) = shown(&bench, &phone).await;
    let (other, _, of_other) = shown(&bench, &phone).await;
    let signed = approval.sign(&phone.uvk).unwrap();
    let of_other = of_other.sign(&phone.uvk).unwrap();
    assert!(rejected(bench.gateway.submit_shown_decision(&made, &of_other).await), "of another approval request");
    assert!(rejected(bench.gateway.submit_shown_decision(&ApprovalRequestId::from_text("unknown"), &signed).await));
    let changed = |decision: Decision| decision.sign(&phone.uvk).unwrap();
    let (head, tail) = signed.split_at(signed.len() - 1);
    let last = if tail == "A" { "Q" } else { "A" };
    for (what, text) in [
        ("nothing", String::new()),
        ("the request itself", compact),
        ("another last character", format!("{head}{last}")),
        ("a line end", format!("{signed}\n")),
        ("a foreign key", approval.sign(&key()).unwrap()),
        ("approved by the device key", approval.sign(&phone.dk).unwrap()),
        ("another nonce", changed(Decision { nonce: Nonce::random().unwrap(), ..approval.clone() })),
        ("another end", changed(Decision { exp: approval.exp.plus(1), ..approval.clone() })),
        ("another enrolment", changed(Decision { iss: "other".parse().unwrap(), ..approval.clone() })),
        ("another issuer", changed(Decision { aud: "https://other.example".parse().unwrap(), ..approval.clone() })),
    ] {
        assert!(rejected(bench.gateway.submit_shown_decision(&made, &text).await), "{what}");
    }
    assert_eq!(bench.outcome(&made).await, Outcome::Pending);
    let altered = Decision { payments: None, number: phone.number(), ..approval.clone() };
    let taken = bench.gateway.submit_shown_decision(&other, &changed(altered.clone())).await;
    assert!(rejected(taken), "its request is of another approval request");
    assert_eq!(bench.gateway.submit_shown_decision(&made, &changed(altered)).await.unwrap(), Received::Policy);
}

#[tokio::test]
async fn submitted_decision_expires_by_the_servers_clock() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let (made, _, approval) = shown(&bench, &phone).await;
    bench.clock.shift(300);
    assert!(matches!(bench.gateway.requests_to_show(&made).await, Err(OfflineError::Ended)));
    let signed = approval.sign(&phone.uvk).unwrap();
    assert_eq!(bench.gateway.submit_shown_decision(&made, &signed).await.unwrap(), Received::Expired);
    assert_eq!(phone.receipt(&phone.post(DECISIONS, signed).await).outcome, Received::Expired);
    assert_eq!(bench.outcome(&made).await, Outcome::Expired);
}

#[tokio::test]
async fn submitted_approval_of_a_suspended_phone_is_rejected() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let (made, _, approval) = shown(&bench, &phone).await;
    assert!(bench.gateway.suspend("alice", phone.id.as_ref().unwrap(), true).await.unwrap());
    assert!(matches!(bench.gateway.requests_to_show(&made).await, Err(OfflineError::Ended)));
    let taken = bench.gateway.submit_shown_decision(&made, &approval.sign(&phone.uvk).unwrap()).await;
    assert_eq!(taken.unwrap(), Received::Policy);
}

#[tokio::test]
async fn first_submitted_decision_of_two_phones_is_final() {
    let bench = Bench::start().await;
    let (first, second) = (bench.phone().await, bench.phone().await);
    let made = bench.request_approval(RequestedBinding::None).await;
    let requests = bench.gateway.requests_to_show(&made).await.unwrap();
    assert_eq!(requests, bench.gateway.requests_to_show(&made).await.unwrap(), "always in one order");
    let of = |phone: &Device| {
        let own = |text: &&String| Some(&phone.read::<Request>(text).sub) == phone.id.as_ref();
        requests.iter().find(own).unwrap().clone()
    };
    let (at_first, at_second) = (of(&first), of(&second));
    assert_ne!(at_first, at_second);
    let crossed = Decision { iss: second.id.clone().unwrap(), ..second.decision(&at_first, DecisionKind::Approve) };
    assert!(rejected(bench.gateway.submit_shown_decision(&made, &crossed.sign(&second.uvk).unwrap()).await));
    let yes = first.decision(&at_first, DecisionKind::Approve).sign(&first.uvk).unwrap();
    let no = second.decision(&at_second, DecisionKind::Deny).sign(&second.dk).unwrap();
    assert_eq!(bench.gateway.submit_shown_decision(&made, &yes).await.unwrap(), Received::Accepted);
    assert_eq!(bench.gateway.submit_shown_decision(&made, &no).await.unwrap(), Received::AlreadyDecided);
    assert!(matches!(bench.outcome(&made).await, Outcome::Approved(_)));
}

#[tokio::test]
async fn request_too_long_for_a_code_is_not_shown() {
    let bench = Bench::start().await;
    bench.phone().await;
    let detail = format!(r#"{{"type":"unheard_of","text":"{}"}}"#, "x".repeat(2_000));
    let details = vec![RawValue::from_string(detail).unwrap()];
    let made = bench.gateway.request_approval(NewApprovalRequest { details, ..new_request(entry()) }).await.unwrap();
    assert!(matches!(bench.gateway.requests_to_show(&made).await, Err(OfflineError::TooLong)));
}

#[tokio::test]
async fn scan_secret_is_withheld_and_has_one_try() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let secret = "b5TVKQ3gM_kW8-fZp1xYtA";
    for (sent, outcome) in [
        (Some(secret), Received::Accepted),
        (Some("b5tvkq3gm_kw8-fzp1xyta"), Received::BindingMismatch),
        (Some("b5TVKQ3gM_kW8fZp1xYtA"), Received::BindingMismatch),
        (None, Received::BindingMismatch),
    ] {
        let made = bench.request_approval(RequestedBinding::Scan(secret.to_owned())).await;
        let compact = phone.waiting().await;
        assert!(
            !String::from_utf8(
                compact.split('.').flat_map(countersign_protocol::jose::base64url::decode).flatten().collect()
            )
            .is_ok_and(|text| text.contains(secret))
        );
        let approval = Decision { binding: sent.map(str::to_owned), ..phone.decision(&compact, DecisionKind::Approve) };
        assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, outcome, "{sent:?}");
        assert_eq!(matches!(bench.outcome(&made).await, Outcome::Approved(_)), outcome == Received::Accepted);
    }
}
