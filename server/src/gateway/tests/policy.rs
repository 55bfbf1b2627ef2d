//! Decisions that do not fulfil the policy, or contradict the request.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::Message as _;
use countersign_protocol::message::decision::{Decision, DecisionKind, Verification};
use countersign_protocol::message::enrolment::CallPolicy;
use countersign_protocol::message::receipt::Outcome as Received;
use countersign_protocol::message::request::BindingMode;

use super::decisions::pending_request;
use super::{Bench, DenialReason, Outcome, RequestedBinding, entry, new_request, payment};
use crate::policy::RequestPolicy;

#[tokio::test]
async fn approval_of_another_display_violates_the_policy() {
    let policy = RequestPolicy { min_shown_ms: 1000, calls: CallPolicy::Block, ..RequestPolicy::default() };
    type Change = fn(&mut Decision);
    let cases: [(&str, Change); 9] = [
        ("other display", |decision| decision.display_hash = Some(Digest::of(b"x"))),
        ("no display", |decision| decision.display_hash = None),
        ("other language", |decision| decision.ceremony.locale = countersign_protocol::message::claims::Locale::Fr),
        ("other amount", |decision| decision.payments.as_mut().unwrap()[0].amount = "4.25".to_owned()),
        ("no payment", |decision| decision.payments = None),
        ("payment twice", |decision| {
            let payments = decision.payments.as_mut().unwrap();
            payments.push(payments[0].clone());
        }),
        ("shown too short", |decision| decision.ceremony.shown_ms = 999),
        ("during a call", |decision| decision.ceremony.call_active = true),
        ("no verification of the user", |decision| decision.ceremony.verification = Verification::None),
    ];
    for (what, change) in cases {
        let bench = Bench::with(policy.clone()).await;
        let phone = bench.phone().await;
        let made = bench
            .gateway
            .request_approval(super::NewApprovalRequest { details: vec![payment()], ..new_request(entry()) })
            .await
            .unwrap();
        let policy = phone.inbox().await.policy;
        assert_eq!((policy.min_shown_ms, policy.calls), (1000, CallPolicy::Block), "each inbox has the policy");
        let right = phone.decision(&phone.waiting().await, DecisionKind::Approve);
        let mut decision = Decision { binding: Some("123456".to_owned()), ..right };
        change(&mut decision);
        assert_eq!(phone.receipt(&phone.decide(&decision).await).outcome, Received::Policy, "{what}");
        assert_eq!(bench.outcome(&made).await, Outcome::Denied { reason: DenialReason::Policy }, "{what}");
    }
}

#[tokio::test]
async fn unrequested_binding_value_violates_the_policy() {
    let bench = Bench::start().await;
    let (_, phone, _, approval) = pending_request(&bench, RequestedBinding::None).await;
    assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, Received::Policy);
}

#[tokio::test]
async fn policy_violation_on_one_phone_leaves_the_other() {
    let bench = Bench::start().await;
    let (one, two) = (bench.phone().await, bench.phone().await);
    let made = bench.request_approval(RequestedBinding::None).await;
    let bad = Decision { display_hash: None, ..one.decision(&one.waiting().await, DecisionKind::Approve) };
    assert_eq!(one.receipt(&one.decide(&bad).await).outcome, Received::Policy);
    assert_eq!(bench.outcome(&made).await, Outcome::Pending);
    let good = two.decision(&two.waiting().await, DecisionKind::Approve);
    assert_eq!(two.receipt(&two.decide(&good).await).outcome, Received::Accepted);
    assert!(matches!(bench.outcome(&made).await, Outcome::Approved(_)));
}

/// The policy of the server can become stricter after a request was made. The phone may not know.
#[tokio::test]
async fn approval_must_fulfil_the_policy_of_its_time() {
    let lax = RequestPolicy { binding_floor: BindingMode::None, min_shown_ms: 0, ..RequestPolicy::default() };
    let floor = RequestPolicy { binding_floor: BindingMode::Scan, ..lax.clone() };
    let time = RequestPolicy { min_shown_ms: 60_000, ..lax.clone() };
    let calls = RequestPolicy { calls: CallPolicy::Block, ..lax.clone() };
    for policy in [floor, time, calls] {
        let bench = Bench::with(lax.clone()).await;
        let (made, phone, _, mut approval) = pending_request(&bench, entry()).await;
        approval.ceremony.call_active = true;
        let stricter = bench.gateway_with(policy);
        let jws = approval.sign(&phone.uvk).unwrap();
        stricter.receipt_for(&bench.enrolment(&phone).await, &jws).await.unwrap();
        assert_eq!(bench.outcome(&made).await, Outcome::Denied { reason: DenialReason::Policy });
    }
}

#[tokio::test]
async fn choice_is_not_approved_after_the_permission_ended() {
    let allowed = RequestPolicy { allow_choice: true, ..RequestPolicy::default() };
    let bench = Bench::with(allowed).await;
    let (made, phone, _, approval) = pending_request(&bench, RequestedBinding::Choice("42".to_owned())).await;
    let approval = Decision { binding: Some("42".to_owned()), ..approval };
    let forbidding = bench.gateway_with(RequestPolicy::default());
    let jws = approval.sign(&phone.uvk).unwrap();
    forbidding.receipt_for(&bench.enrolment(&phone).await, &jws).await.unwrap();
    assert_eq!(bench.outcome(&made).await, Outcome::Denied { reason: DenialReason::Policy });
}
