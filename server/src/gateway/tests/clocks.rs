//! A clock that is wrong, or that steps in the middle of a flow. The order of messages follows from
//! nonces and numbers, and every answer is signed.

use countersign_protocol::message::Message as _;
use countersign_protocol::message::decision::{Decision, DecisionKind};
use countersign_protocol::message::enrolment::{PushAddress, PushKind};
use countersign_protocol::message::receipt::Outcome as Received;
use countersign_protocol::message::request::Request;
use countersign_protocol::message::update::{Change, MAX_LEAD_SECS, Update};

use super::decisions::pending_request;
use super::updates::{send, update};
use super::{Bench, Confirmed, Outcome, entry, new_request};
use crate::gateway::{ApprovalRequestError, OfferState};
use crate::policy::PolicyViolation;

const YEAR_SECS: i64 = 365 * 24 * 3_600;

#[tokio::test]
async fn update_with_a_wrong_time_gets_a_receipt() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let push = || Change::PushAddress(PushAddress { kind: PushKind::None, token: None });
    for (iat, lead, outcome) in [
        (600, MAX_LEAD_SECS, Received::Accepted),
        (-YEAR_SECS, 1, Received::Accepted),
        (600, MAX_LEAD_SECS + 1, Received::Expired),
        (YEAR_SECS, YEAR_SECS + 300, Received::Expired),
        (i64::MAX, i64::MAX, Received::Expired),
        (0, 0, Received::Expired),
        (-YEAR_SECS, -YEAR_SECS, Received::Expired),
    ] {
        let update = Update { iat: phone.now().plus(iat), exp: phone.now().plus(lead), ..update(&phone, push()) };
        assert_eq!(send(&phone, &update).await.0, outcome, "{iat} {lead}");
    }
}

#[tokio::test]
async fn approval_counts_after_the_clock_was_set_back() {
    for (back, outcome) in [(120, Received::Accepted), (600, Received::Accepted), (700, Received::Expired)] {
        let bench = Bench::start().await;
        let (id, phone, compact, approval) = pending_request(&bench, entry()).await;
        bench.clock.step(-back);
        let receipt = phone.receipt(&phone.decide(&approval).await);
        assert_eq!(receipt.outcome, outcome, "{back}");
        let approved = matches!(bench.outcome(&id).await, Outcome::Approved(_));
        assert_eq!(approved, outcome == Received::Accepted, "{back}");
        let request: Request = phone.read(&compact);
        assert!(receipt.iat >= request.iat, "evidence is in order");
    }
}

#[tokio::test]
async fn approval_dated_after_its_request_is_expired() {
    for (late, outcome) in [(60, Received::Accepted), (61, Received::Expired), (i64::MAX, Received::Expired)] {
        let bench = Bench::start().await;
        let (_, phone, _, approval) = pending_request(&bench, entry()).await;
        let approval = Decision { iat: approval.exp.plus(late), ..approval };
        assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, outcome, "{late}");
    }
}

#[tokio::test]
async fn enrolment_survives_a_step_after_the_challenge() {
    for step in [-600, -301, 299] {
        let bench = Bench::start().await;
        let offer = bench.gateway.offer("alice", "Alice").await.unwrap();
        let mut phone = bench.device();
        bench.clock.step(step);
        let enrolled = phone.enrol(&offer.uri).await;
        let code = phone.confirmation_code(&enrolled);
        assert_eq!(bench.gateway.confirm("alice", &offer.id, &code).await.unwrap(), Confirmed::Active, "{step}");
    }
    let bench = Bench::start().await;
    let offer = bench.gateway.offer("alice", "Alice").await.unwrap();
    bench.clock.step(-601);
    let state = bench.gateway.offer_state("alice", &offer.id).await.unwrap();
    assert_eq!(state, Some(OfferState::Expired), "made while the clock was ahead");
}

#[tokio::test]
async fn requests_of_a_clock_that_was_ahead_block_no_new_ones() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    bench.clock.step(YEAR_SECS);
    let mut ahead = Vec::new();
    for _ in 0..5 {
        ahead.push(bench.request_approval(entry()).await);
    }
    let full = bench.gateway.request_approval(new_request(entry())).await;
    assert!(matches!(full, Err(ApprovalRequestError::Policy(PolicyViolation::TooManyRequests))));
    let old = phone.inbox().await.requests.remove(0);
    bench.clock.step(-YEAR_SECS);
    let id = bench.request_approval(entry()).await;
    let compact = phone.waiting().await;
    let approval = Decision { binding: Some("123456".to_owned()), ..phone.decision(&compact, DecisionKind::Approve) };
    assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, Received::Accepted);
    assert!(matches!(bench.outcome(&id).await, Outcome::Approved(_)));
    assert_eq!(phone.inbox().await.closed.len(), 1, "the new one only");
    let late = phone.decision(&old, DecisionKind::Deny);
    let late = Decision { iat: late.exp, ..late };
    assert_eq!(phone.receipt(&phone.decide(&late).await).outcome, Received::Expired);
    for id in ahead {
        assert_eq!(bench.outcome(&id).await, Outcome::Expired);
    }
}

#[tokio::test]
async fn updates_of_a_clock_that_was_ahead_block_no_new_ones() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    bench.clock.step(YEAR_SECS);
    let push = || Change::PushAddress(PushAddress { kind: PushKind::None, token: None });
    for _ in 0..20 {
        assert_eq!(send(&phone, &update(&phone, push())).await.0, Received::Accepted);
    }
    let more = update(&phone, push()).sign(&phone.dk).unwrap();
    assert_eq!(phone.post("/adp/v1/device", more).await.code(), "too_many");
    bench.clock.step(-YEAR_SECS);
    assert_eq!(send(&phone, &update(&phone, push())).await.0, Received::Accepted);
}
