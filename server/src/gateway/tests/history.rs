//! The announced feature `history`: two forms of the metadata, receipts that name the proved keys,
//! and phones that stop to sign a history.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::Message as _;
use countersign_protocol::message::decision::{Decision, DecisionKind};
use countersign_protocol::message::features::{Feature, QUERY};
use countersign_protocol::message::history::History;
use countersign_protocol::message::metadata::{self, Metadata};
use countersign_protocol::message::offer::Offer;
use countersign_protocol::message::receipt::{Outcome as Received, Proved};
use reqwest::{Method, StatusCode};

use super::decisions::pending_request;
use super::device::{Device, key};
use super::{Bench, DenialReason, Outcome, RequestedBinding};

/// A later decision with this history.
async fn decide(bench: &Bench, phone: &Device, kind: DecisionKind, history: Option<History>) -> Received {
    bench.request_approval(RequestedBinding::None).await;
    let compact = phone.waiting().await;
    let decision = Decision { history, ..phone.decision(&compact, kind) };
    phone.receipt(&phone.decide(&decision).await).outcome
}

#[tokio::test]
async fn features_are_announced_only_to_a_phone_that_asks() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let offer = Offer::parse(&bench.gateway.offer("alice", "Alice").await.unwrap().uri).unwrap();
    let get = async |query: &str| {
        let path = format!("{}{query}", metadata::PATH);
        phone.raw(Method::GET, &path, &[], String::new()).await
    };
    let asked = get(&format!("?{QUERY}")).await;
    let announced = Metadata::open(&asked.text, &offer.pins).unwrap();
    assert!(announced.has(Feature::History));
    for other in ["", "?", "?features=2", "?features=1&more=1", "?more=1"] {
        let plain = get(other).await;
        let claims = Metadata::open(&plain.text, &offer.pins).unwrap();
        assert_eq!(claims, Metadata { features: None, ..announced.clone() }, "{other}: the times are the same too");
        assert_ne!(plain.headers["etag"], asked.headers["etag"]);
    }
    let tag = asked.headers["etag"].to_str().unwrap();
    let path = format!("{}?{QUERY}", metadata::PATH);
    let again = phone.raw(Method::GET, &path, &[("if-none-match", tag)], String::new()).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn receipt_of_decision_with_history_names_the_proved_keys() {
    let bench = Bench::start().await;
    let (_, phone, _, approval) = pending_request(&bench, RequestedBinding::None).await;
    let approval = Decision { binding: None, ..approval };
    assert_eq!(phone.receipt(&phone.decide(&approval).await).proved, None);
    bench.request_approval(RequestedBinding::None).await;
    let compact = phone.waiting().await;
    let with = Decision { history: Some(History::default()), ..phone.decision(&compact, DecisionKind::Approve) };
    let receipt = phone.receipt(&phone.decide(&with).await);
    let stored = bench.enrolment(&phone).await;
    let right = Proved { enrol_hash: stored.enrol_hash, uvk: phone.uvk.public().thumbprint() };
    assert_eq!((receipt.outcome, receipt.proved), (Received::Accepted, Some(right)));
    assert!(stored.signs_history);
}

#[tokio::test]
async fn approval_without_the_history_of_earlier_ones_is_not_accepted() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let (approve, deny) = (DecisionKind::Approve, DecisionKind::Deny);
    assert_eq!(decide(&bench, &phone, approve, None).await, Received::Accepted, "an earlier phone");
    let first = History::default();
    assert_eq!(decide(&bench, &phone, approve, Some(first)).await, Received::Accepted);
    let request = bench.request_approval(RequestedBinding::None).await;
    let stripped = phone.decision(&phone.waiting().await, approve);
    let receipt = phone.receipt(&phone.decide(&stripped).await);
    assert_eq!((receipt.outcome, receipt.proved), (Received::Policy, None));
    assert_eq!(bench.outcome(&request).await, Outcome::Denied { reason: DenialReason::Policy });
    assert_eq!(decide(&bench, &phone, deny, None).await, Received::Accepted, "a denial is always possible");
    let next = first.after(&Digest::of(b"a decision"));
    assert_eq!(decide(&bench, &phone, approve, Some(next)).await, Received::Accepted);
}

#[tokio::test]
async fn decision_with_an_impossible_history_is_rejected() {
    let bench = Bench::start().await;
    let (_, phone, _, approval) = pending_request(&bench, RequestedBinding::None).await;
    let head = Digest::of(b"head");
    let number = approval.number.get();
    for history in [
        History { count: 0, head },
        History { count: 1, ..History::default() },
        History { count: number, head },
        History { count: number + 5, head },
    ] {
        let decision = Decision { binding: None, history: Some(history), ..approval.clone() };
        assert_eq!(phone.decide(&decision).await.status, StatusCode::FORBIDDEN, "{history:?}");
    }
    let good = Decision { binding: None, history: Some(History::default()), ..approval };
    assert_eq!(phone.receipt(&phone.decide(&good).await).outcome, Received::Accepted);
}

/// The device key is replaced after the denial was verified and before it is judged. The phone
/// signs the denial again.
#[tokio::test]
async fn denial_with_history_by_a_replaced_key_is_rejected() {
    let bench = Bench::start().await;
    let (request, phone, compact, _) = pending_request(&bench, RequestedBinding::None).await;
    let before = bench.enrolment(&phone).await;
    bench.change_enrolment(&phone, |enrolment| enrolment.keys.dk = key().public().clone()).await;
    let history = Some(History::default());
    let denial = Decision { history, ..phone.decision(&compact, DecisionKind::Deny) }.sign(&phone.dk).unwrap();
    assert!(bench.gateway.decide(&before, &denial).await.is_err());
    assert_eq!(bench.outcome(&request).await, Outcome::Pending);
}
