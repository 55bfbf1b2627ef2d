//! Decisions: approvals, denials, and every invalid form of them.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::Message as _;
use countersign_protocol::message::claims::{Jti, Nonce};
use countersign_protocol::message::decision::{Decision, DecisionKind, DenyReason};
use countersign_protocol::message::inbox::ClosedState;
use countersign_protocol::message::receipt::Outcome as Received;
use countersign_protocol::message::request::{BindingMode, Request};
use reqwest::StatusCode;

use super::device::{Device, key};
use super::{Bench, DenialReason, Outcome, RequestedBinding, entry, new_request, payment};
use crate::audit;
use crate::gateway::Assurance;
use crate::policy::RequestPolicy;

/// Returns a phone with one pending request and a valid approval of it.
pub(super) async fn pending_request(
    bench: &Bench,
    binding: RequestedBinding,
) -> (super::ApprovalRequestId, Device, String, Decision) {
    let phone = bench.phone().await;
    let request_id = bench.request_approval(binding).await;
    let compact = phone.waiting().await;
    let approval = Decision { binding: Some("123 456".to_owned()), ..phone.decision(&compact, DecisionKind::Approve) };
    (request_id, phone, compact, approval)
}

#[tokio::test]
async fn right_value_approves_and_evidence_is_stored() {
    let bench = Bench::start().await;
    let (request_id, phone, compact, approval) = pending_request(&bench, entry()).await;
    assert_eq!(bench.outcome(&request_id).await, Outcome::Pending);
    let reply = phone.decide(&approval).await;
    let receipt = phone.receipt(&reply);
    assert_eq!(receipt.outcome, Received::Accepted);
    assert_eq!((receipt.txn, receipt.request_hash), (Some(approval.txn.clone()), Some(approval.request_hash)));
    let assurance = Assurance {
        acr: "urn:countersign:acr:uv-software".to_owned(),
        amr: vec!["swk".to_owned(), "user".to_owned()],
        auth_time: phone.now(),
    };
    assert_eq!(bench.outcome(&request_id).await, Outcome::Approved(assurance));

    let inbox = phone.inbox().await;
    assert!(inbox.requests.is_empty());
    assert_eq!((inbox.closed[0].txn.clone(), inbox.closed[0].state), (approval.txn.clone(), ClosedState::Decided));
    assert!(inbox.seq > receipt.seq);

    let store = &bench.gateway.parts.store;
    let evidence = audit::evidence(store, approval.txn.as_str()).await.unwrap().unwrap();
    assert_eq!(evidence.request, compact);
    assert_eq!(evidence.decisions.len(), 1);
    assert_eq!(evidence.decisions[0].receipt, reply.text);
    assert_eq!(evidence.decisions[0].signer, *phone.uvk.public());
    assert_eq!(receipt.message_hash, Digest::of(evidence.decisions[0].decision.as_bytes()));
    assert!(audit::evidence(store, "unknown").await.unwrap().is_none());
}

#[tokio::test]
async fn denial_needs_the_device_key_only_and_has_its_reason() {
    for (reason, stored) in [(Some(DenyReason::WrongDetails), DenyReason::WrongDetails), (None, DenyReason::Other)] {
        let bench = Bench::start().await;
        let (request_id, phone, compact, _) = pending_request(&bench, entry()).await;
        let denial = Decision { reason, display_hash: None, ..phone.decision(&compact, DecisionKind::Deny) };
        assert_eq!(phone.receipt(&phone.decide(&denial).await).outcome, Received::Accepted);
        assert_eq!(bench.outcome(&request_id).await, Outcome::Denied { reason: DenialReason::User(stored) });
    }
    let bench = Bench::start().await;
    let (_, phone, compact, _) = pending_request(&bench, entry()).await;
    let by_user = phone.decision(&compact, DecisionKind::Deny).sign(&phone.uvk).unwrap();
    assert_eq!(phone.receipt(&phone.post("/adp/v1/decisions", by_user).await).outcome, Received::Accepted);
}

/// The device key is replaced after the denial was verified and before it is judged.
#[tokio::test]
async fn evidence_names_the_key_that_verified_the_decision() {
    let bench = Bench::start().await;
    let (_, phone, compact, _) = pending_request(&bench, entry()).await;
    let before = bench.enrolment(&phone).await;
    bench.change_enrolment(&phone, |enrolment| enrolment.keys.dk = key().public().clone()).await;
    let denial = phone.decision(&compact, DecisionKind::Deny);
    assert!(bench.gateway.decide(&before, &denial.sign(&phone.dk).unwrap()).await.is_ok());
    let evidence = audit::evidence(&bench.gateway.parts.store, denial.txn.as_str()).await.unwrap().unwrap();
    assert_eq!(evidence.decisions[0].signer, *phone.dk.public());
}

/// The user-verification key is replaced after the approval was verified and before it is judged.
#[tokio::test]
async fn approval_by_a_key_replaced_meanwhile_is_rejected() {
    let bench = Bench::start().await;
    let (request_id, phone, _, approval) = pending_request(&bench, entry()).await;
    let before = bench.enrolment(&phone).await;
    bench.change_enrolment(&phone, |enrolment| enrolment.keys.uvk = key().public().clone()).await;
    assert!(bench.gateway.decide(&before, &approval.sign(&phone.uvk).unwrap()).await.is_err());
    assert_eq!(bench.outcome(&request_id).await, Outcome::Pending);
}

#[tokio::test]
async fn binding_value_ignores_letter_case() {
    let bench = Bench::start().await;
    let (made, phone, _, approval) = pending_request(&bench, RequestedBinding::Entry("w4-sct".to_owned())).await;
    let typed = Decision { binding: Some("W4SCT".to_owned()), ..approval };
    assert_eq!(phone.receipt(&phone.decide(&typed).await).outcome, Received::Accepted);
    assert!(matches!(bench.outcome(&made).await, Outcome::Approved(_)));
}

#[tokio::test]
async fn pending_requests_give_no_tries_during_cool_down() {
    let bench = Bench::with(RequestPolicy { binding_failures: 2, ..RequestPolicy::default() }).await;
    let phone = bench.phone().await;
    for _ in 0..4 {
        bench.request_approval(entry()).await;
    }
    bench.request_approval(RequestedBinding::None).await;
    let mut waiting = phone.inbox().await.requests;
    waiting.sort_by_key(|compact| phone.read::<Request>(compact).binding.mode() == BindingMode::None);
    let decide = async |at: usize, kind: DecisionKind, value: Option<&str>| {
        let decision = phone.decision(&waiting[at], kind);
        let decision = Decision { binding: value.map(str::to_owned), ..decision };
        phone.receipt(&phone.decide(&decision).await).outcome
    };
    for at in [0, 1] {
        assert_eq!(decide(at, DecisionKind::Approve, Some("000000")).await, Received::BindingMismatch);
    }
    assert_eq!(
        decide(2, DecisionKind::Approve, Some("123456")).await,
        Received::Policy,
        "the right value is not compared either"
    );
    assert_eq!(decide(3, DecisionKind::Deny, None).await, Received::Accepted);
    assert_eq!(decide(4, DecisionKind::Approve, None).await, Received::Accepted, "there is no value to guess");
}

#[tokio::test]
async fn wrong_value_ends_the_request_and_is_counted() {
    for sent in [Some("123457"), Some(""), None] {
        let bench = Bench::with(RequestPolicy { binding_failures: 1, ..RequestPolicy::default() }).await;
        let (made, phone, _, approval) = pending_request(&bench, entry()).await;
        let wrong = Decision { binding: sent.map(str::to_owned), ..approval.clone() };
        assert_eq!(phone.receipt(&phone.decide(&wrong).await).outcome, Received::BindingMismatch);
        assert_eq!(bench.outcome(&made).await, Outcome::BindingMismatch);
        let right = Decision { number: phone.number(), ..approval };
        let receipt = phone.receipt(&phone.decide(&right).await);
        assert_eq!(receipt.outcome, Received::AlreadyDecided, "one try");
        let rejected = bench.gateway.request_approval(new_request(entry())).await.unwrap_err();
        assert!(matches!(
            rejected,
            crate::gateway::ApprovalRequestError::Policy(crate::policy::PolicyViolation::CoolDown)
        ));
        bench.clock.shift(900);
        bench.gateway.request_approval(new_request(entry())).await.unwrap();
    }
}

#[tokio::test]
async fn choice_accepts_one_of_three_options() {
    let bench = Bench::with(RequestPolicy { allow_choice: true, ..RequestPolicy::default() }).await;
    let (made, phone, compact, approval) = pending_request(&bench, RequestedBinding::Choice("42".to_owned())).await;
    let request: Request = phone.read(&compact);
    let countersign_protocol::message::request::Binding::Choice { options } = request.binding else {
        panic!("no choice")
    };
    assert!(options.contains(&"42".to_owned()) && options.len() == 3);
    let right = Decision { binding: Some("42".to_owned()), ..approval };
    assert_eq!(phone.receipt(&phone.decide(&right).await).outcome, Received::Accepted);
    assert!(matches!(bench.outcome(&made).await, Outcome::Approved(_)));

    let made = bench.request_approval(RequestedBinding::Choice("42".to_owned())).await;
    let compact = phone.waiting().await;
    let decoy = Decision { binding: Some("43".to_owned()), ..phone.decision(&compact, DecisionKind::Approve) };
    assert_eq!(phone.receipt(&phone.decide(&decoy).await).outcome, Received::BindingMismatch);
    assert_eq!(bench.outcome(&made).await, Outcome::BindingMismatch);
}

#[tokio::test]
async fn decision_that_does_not_verify_changes_nothing() {
    let bench = Bench::start().await;
    let (made, phone, compact, right) = pending_request(&bench, entry()).await;
    let changed = |change: &dyn Fn(&mut Decision)| {
        let mut decision = right.clone();
        change(&mut decision);
        decision.sign(&phone.uvk).unwrap()
    };
    let rewritten = |from: &str, to: &str| {
        use countersign_protocol::jose::base64url::{decode, encode};
        let signed = right.sign(&phone.uvk).unwrap();
        let mut parts = signed.splitn(3, '.');
        let header = String::from_utf8(decode(parts.next().unwrap()).unwrap()).unwrap();
        let claims = String::from_utf8(decode(parts.next().unwrap()).unwrap()).unwrap();
        assert!(header.contains(from) || claims.contains(from));
        let input = format!("{}.{}", encode(header.replace(from, to)), encode(claims.replace(from, to)));
        format!("{input}.{}", encode(phone.uvk.sign(input.as_bytes()).unwrap()))
    };
    let signed = right.sign(&phone.uvk).unwrap();
    let cases = [
        ("approval by the device key", right.sign(&phone.dk).unwrap()),
        ("a foreign key", right.sign(&key()).unwrap()),
        ("typ", rewritten("adp-decision+jwt", "adp-update+jwt")),
        ("alg", rewritten("ES256", "none")),
        ("kid", rewritten(&phone.uvk.public().thumbprint().to_string(), &phone.dk.public().thumbprint().to_string())),
        ("header member", rewritten("{\"alg\"", "{\"crit\":[],\"alg\"")),
        ("unknown claim", rewritten("{\"iss\"", "{\"x\":1,\"iss\"")),
        ("claim twice", rewritten("{\"iss\"", "{\"decision\":\"approve\",\"iss\"")),
        ("claim of another type", rewritten("\"shown_ms\":2000", "\"shown_ms\":\"2000\"")),
        ("enrolment", changed(&|decision| decision.iss = "other".parse().unwrap())),
        ("issuer", changed(&|decision| decision.aud = "https://other.example".parse().unwrap())),
        ("unknown request", changed(&|decision| decision.txn = "unknown".parse().unwrap())),
        ("request hash", changed(&|decision| decision.request_hash = Digest::of(b"x"))),
        ("nonce", changed(&|decision| decision.nonce = Nonce::random().unwrap())),
        ("end", changed(&|decision| decision.exp = decision.exp.plus(1))),
        ("before its request", changed(&|decision| decision.iat = decision.iat.plus(-61))),
        ("approval with a reason", changed(&|decision| decision.reason = Some(DenyReason::Other))),
        ("cut", signed[..signed.len() - 1].to_owned()),
        ("longer", format!("{signed}A")),
        ("empty", String::new()),
        ("not text", "\u{0}".to_owned()),
        ("the request itself", compact),
    ];
    for (what, body) in cases {
        assert!(phone.post("/adp/v1/decisions", body).await.is_rejected(), "{what}");
    }
    assert_eq!(bench.outcome(&made).await, Outcome::Pending);
    assert_eq!(phone.receipt(&phone.decide(&right).await).outcome, Received::Accepted, "the right one still works");
}

#[tokio::test]
async fn request_is_decided_by_its_own_phone_only() {
    let bench = Bench::start().await;
    let (made, phone, compact, right) = pending_request(&bench, entry()).await;
    let other = bench.phone().await;
    let stolen = Decision { iss: other.id.clone().unwrap(), ..right.clone() };
    assert!(other.decide(&stolen).await.is_rejected(), "signed by the other phone");
    let foreign = right.sign(&phone.uvk).unwrap();
    assert!(other.post("/adp/v1/decisions", foreign.clone()).await.is_rejected(), "carried by the other phone");
    let path = format!("/adp/v1/requests/{}", right.txn);
    assert_eq!(other.get(&path).await.code(), "not_found");
    assert_eq!(phone.get(&path).await.text, compact);
    assert_eq!(bench.outcome(&made).await, Outcome::Pending);

    assert_eq!(phone.post("/adp/v1/decisions", foreign.clone()).await.status, StatusCode::OK);
    assert!(other.post("/adp/v1/decisions", foreign).await.is_rejected(), "not even the receipt");
}

#[tokio::test]
async fn payment_is_approved_with_its_amount_and_payee() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let made = bench
        .gateway
        .request_approval(super::NewApprovalRequest { details: vec![payment()], ..new_request(entry()) })
        .await
        .unwrap();
    let right = phone.decision(&phone.waiting().await, DecisionKind::Approve);
    let payments = right.payments.clone().unwrap();
    assert_eq!((payments[0].amount.as_str(), payments[0].payee.as_str()), ("42.50", "ACME"));
    let right = Decision { binding: Some("123456".to_owned()), ..right };
    assert_eq!(phone.receipt(&phone.decide(&right).await).outcome, Received::Accepted);
    assert!(matches!(bench.outcome(&made).await, Outcome::Approved(_)));
}

#[tokio::test]
async fn repeated_decision_gets_the_same_receipt_others_are_ignored() {
    let bench = Bench::start().await;
    let (made, phone, compact, approval) = pending_request(&bench, entry()).await;
    let signed = approval.sign(&phone.uvk).unwrap();
    let first = phone.post("/adp/v1/decisions", signed.clone()).await;
    bench.clock.shift(1000);
    let again = phone.post("/adp/v1/decisions", signed).await;
    assert_eq!((first.status, &first.text), (again.status, &again.text));

    let denial = phone.decision(&compact, DecisionKind::Deny);
    let signed = denial.sign(&phone.dk).unwrap();
    let late = phone.post("/adp/v1/decisions", signed.clone()).await;
    assert_eq!(phone.receipt(&late).outcome, Received::AlreadyDecided);
    assert!(matches!(bench.outcome(&made).await, Outcome::Approved(_)), "it stays approved");
    let evidence = audit::evidence(&bench.gateway.parts.store, approval.txn.as_str()).await.unwrap().unwrap();
    assert_eq!(evidence.decisions.len(), 2);

    for _ in 2..8 {
        let more = Decision { jti: Jti::random().unwrap(), number: phone.number(), ..denial.clone() };
        assert_eq!(phone.receipt(&phone.decide(&more).await).outcome, Received::AlreadyDecided);
    }
    let more = Decision { jti: Jti::random().unwrap(), number: phone.number(), ..denial };
    assert_eq!(phone.decide(&more).await.code(), "too_many", "decisions on one request are limited");
    assert_eq!(phone.post("/adp/v1/decisions", signed).await.text, late.text);
}

#[tokio::test]
async fn expired_request_cannot_be_decided() {
    let bench = Bench::start().await;
    let (made, phone, compact, approval) = pending_request(&bench, entry()).await;
    bench.clock.shift(300);
    assert_eq!(bench.outcome(&made).await, Outcome::Expired);
    for decision in [&approval, &phone.decision(&compact, DecisionKind::Deny)] {
        assert_eq!(phone.receipt(&phone.decide(decision).await).outcome, Received::Expired);
    }
    assert_eq!(bench.outcome(&made).await, Outcome::Expired);
    let inbox = phone.inbox().await;
    assert_eq!((inbox.requests.len(), inbox.closed[0].state), (0, ClosedState::Expired));
}

#[tokio::test]
async fn cancelled_request_is_closed_on_every_phone() {
    let bench = Bench::start().await;
    let (made, phone, _, approval) = pending_request(&bench, entry()).await;
    assert!(bench.gateway.cancel(&made).await.unwrap());
    assert!(!bench.gateway.cancel(&made).await.unwrap());
    assert_eq!(bench.outcome(&made).await, Outcome::Cancelled);
    assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, Received::Cancelled);
    let inbox = phone.inbox().await;
    assert_eq!((inbox.requests.len(), inbox.closed[0].state), (0, ClosedState::Cancelled));
}

#[tokio::test]
async fn unknown_detail_can_be_denied_and_not_approved() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let detail = || serde_json::value::RawValue::from_string(r#"{"type":"new","x":1}"#.to_owned()).unwrap();
    bench
        .gateway
        .request_approval(super::NewApprovalRequest { details: vec![detail()], ..new_request(RequestedBinding::None) })
        .await
        .unwrap();
    let approval = phone.decision(&phone.waiting().await, DecisionKind::Approve);
    assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, Received::Policy);
    bench
        .gateway
        .request_approval(super::NewApprovalRequest { details: vec![detail()], ..new_request(RequestedBinding::None) })
        .await
        .unwrap();
    let denial = phone.decision(&phone.waiting().await, DecisionKind::Deny);
    assert_eq!(phone.receipt(&phone.decide(&denial).await).outcome, Received::Accepted);
}

/// Calls the gateway without HTTP, because there are thousands of calls.
#[tokio::test]
async fn changed_or_truncated_decision_is_rejected() {
    let bench = Bench::start().await;
    let (made, phone, _, right) = pending_request(&bench, entry()).await;
    let signed = right.sign(&phone.uvk).unwrap();
    let stored = bench.enrolment(&phone).await;
    for at in 0..signed.len() {
        assert!(bench.gateway.decide(&stored, &signed[..at]).await.is_err(), "cut at {at}");
        assert!(bench.gateway.decide(&stored, &signed[at + 1..]).await.is_err(), "begins at {at}");
        for bit in 0..8 {
            let mut bytes = signed.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            assert!(bench.gateway.decide(&stored, &text).await.is_err(), "byte {at} bit {bit}");
        }
    }
    assert_eq!(bench.outcome(&made).await, Outcome::Pending);
    assert!(bench.gateway.decide(&stored, &signed).await.is_ok());
}
