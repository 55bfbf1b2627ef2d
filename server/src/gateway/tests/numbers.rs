//! Message numbers: a restored older state of a phone, or a copy of it, cannot continue to approve.

use countersign_protocol::message::Message as _;
use countersign_protocol::message::decision::{Decision, DecisionKind};
use countersign_protocol::message::enrolment::{PushAddress, PushKind};
use countersign_protocol::message::receipt::Outcome as Received;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::update::{Change, Update};
use futures_util::future::join_all;

use super::device::Device;
use super::updates::{send, update};
use super::{Bench, DenialReason, Outcome, RequestedBinding};
use crate::audit;
use crate::policy::RequestPolicy;

fn none() -> Change {
    Change::PushAddress(PushAddress { kind: PushKind::None, token: None })
}

/// Approves the request with that message number. Returns outcome, state and highest number.
async fn approve(phone: &Device, compact: &str, number: u64) -> (Received, EnrolmentState, u64) {
    let right = phone.decision(compact, DecisionKind::Approve);
    let decision = Decision { number: number.try_into().unwrap(), ..right };
    let receipt = phone.receipt(&phone.decide(&decision).await);
    (receipt.outcome, receipt.status, receipt.number)
}

#[tokio::test]
async fn reused_number_decides_nothing_and_suspends_the_phone() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    assert_eq!(phone.inbox().await.number, 0);
    let first = bench.request_approval(RequestedBinding::None).await;
    let compact = phone.waiting().await;
    assert_eq!(approve(&phone, &compact, 4).await, (Received::Accepted, EnrolmentState::Active, 4));
    assert!(matches!(bench.outcome(&first).await, Outcome::Approved(_)));
    assert_eq!(phone.inbox().await.number, 4);

    let second = bench.request_approval(RequestedBinding::None).await;
    bench.clock.shift(1);
    let third = bench.request_approval(RequestedBinding::None).await;
    let waiting = phone.inbox().await.requests;
    let copied = phone.decision(&waiting[0], DecisionKind::Approve);
    let copied = Decision { number: 4.try_into().unwrap(), ..copied }.sign(&phone.uvk).unwrap();
    let refused = phone.post("/adp/v1/decisions", copied.clone()).await;
    let receipt = phone.receipt(&refused);
    assert_eq!((receipt.outcome, receipt.status, receipt.number), (Received::NumberUsed, EnrolmentState::Suspended, 4));
    assert_eq!(bench.outcome(&second).await, Outcome::Denied { reason: DenialReason::Policy });
    // An unused number is not accepted either until the issuer lifts the suspension.
    assert_eq!(approve(&phone, &waiting[1], 5).await.0, Received::Policy);
    assert_eq!(bench.outcome(&third).await, Outcome::Denied { reason: DenialReason::Policy });
    assert_eq!(phone.post("/adp/v1/decisions", copied).await.text, refused.text, "the same bytes, the same receipt");

    let (store, id) = (&bench.gateway.parts.store, phone.id.as_ref().unwrap());
    let phones = audit::phones(store, "alice").await.unwrap();
    assert_eq!((phones[0].state, phones[0].number_reused), (EnrolmentState::Suspended, Some(phone.now())));
    assert!(bench.gateway.suspend("alice", id, false).await.unwrap());
    bench.request_approval(RequestedBinding::None).await;
    let compact = phone.waiting().await;
    assert_eq!(approve(&phone, &compact, 6).await, (Received::Accepted, EnrolmentState::Active, 6));
}

#[tokio::test]
async fn numbers_may_be_skipped_and_arrive_late() {
    let bench = Bench::start().await;
    let (phone, other) = (bench.phone().await, bench.phone().await);
    for (number, highest) in [(9, 9), (3, 9), (10, 10), (1, 10)] {
        bench.request_approval(RequestedBinding::None).await;
        let compact = phone.waiting().await;
        assert_eq!(approve(&phone, &compact, number).await, (Received::Accepted, EnrolmentState::Active, highest));
    }
    // Each phone has its own numbers.
    bench.request_approval(RequestedBinding::None).await;
    let compact = other.waiting().await;
    assert_eq!(approve(&other, &compact, 9).await, (Received::Accepted, EnrolmentState::Active, 9));
}

#[tokio::test]
async fn rejected_decision_uses_no_number_and_late_one_does() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    bench.request_approval(RequestedBinding::None).await;
    let compact = phone.waiting().await;
    let right = Decision { number: 7.try_into().unwrap(), ..phone.decision(&compact, DecisionKind::Approve) };
    assert!(phone.post("/adp/v1/decisions", right.sign(&phone.dk).unwrap()).await.is_rejected());
    assert_eq!(phone.inbox().await.number, 0);
    bench.clock.shift(1000);
    assert_eq!(phone.receipt(&phone.decide(&right).await).outcome, Received::Expired);
    let inbox = phone.inbox().await;
    assert_eq!((inbox.number, inbox.status), (7, EnrolmentState::Active));
    let other = Decision { jti: "other".parse().unwrap(), ..right };
    assert_eq!(phone.receipt(&phone.decide(&other).await).outcome, Received::NumberUsed);
}

#[tokio::test]
async fn updates_and_decisions_share_numbers_unenrol_ignores_them() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    bench.request_approval(RequestedBinding::None).await;
    let compact = phone.waiting().await;
    assert_eq!(approve(&phone, &compact, 1).await.0, Received::Accepted);
    let copied = Update { number: 1.try_into().unwrap(), ..update(&phone, none()) };
    assert_eq!(send(&phone, &copied).await, (Received::NumberUsed, EnrolmentState::Suspended));
    let end = Update { number: 1.try_into().unwrap(), ..update(&phone, Change::Unenrol {}) };
    assert_eq!(send(&phone, &end).await, (Received::Accepted, EnrolmentState::Revoked));
}

#[tokio::test]
async fn reused_number_revokes_a_pending_phone() {
    let bench = Bench::with(RequestPolicy { confirm_code: true, ..RequestPolicy::default() }).await;
    let made = bench.gateway.offer("alice", "Alice").await.unwrap();
    let mut phone = bench.device();
    phone.enrol(&made.uri).await;
    let first = update(&phone, none());
    assert_eq!(send(&phone, &first).await, (Received::Accepted, EnrolmentState::Pending));
    let copied = Update { jti: "other".parse().unwrap(), ..first };
    assert_eq!(send(&phone, &copied).await, (Received::NumberUsed, EnrolmentState::Revoked));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_two_concurrent_messages_with_one_number_is_accepted() {
    for _ in 0..10 {
        let bench = Bench::start().await;
        let phone = bench.phone().await;
        let made = [
            bench.request_approval(RequestedBinding::None).await,
            bench.request_approval(RequestedBinding::None).await,
        ];
        let waiting = phone.inbox().await.requests;
        let one = phone.number();
        let approvals: Vec<_> = waiting
            .iter()
            .map(|compact| Decision { number: one, ..phone.decision(compact, DecisionKind::Approve) })
            .collect();
        let replies = join_all(approvals.iter().map(|approval| phone.decide(approval))).await;
        let mut outcomes: Vec<_> = replies.iter().map(|reply| phone.receipt(reply).outcome).collect();
        outcomes.sort_by_key(|outcome| *outcome == Received::NumberUsed);
        assert_eq!(outcomes, [Received::Accepted, Received::NumberUsed]);
        let ends = [bench.outcome(&made[0]).await, bench.outcome(&made[1]).await];
        assert_eq!(ends.iter().filter(|end| matches!(end, Outcome::Approved(_))).count(), 1);
    }
}
