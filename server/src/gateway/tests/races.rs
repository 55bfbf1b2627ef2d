//! Concurrent calls: one decision is final, and the same bytes get one receipt.

use std::collections::HashSet;

use countersign_protocol::message::Message as _;
use countersign_protocol::message::claims::Nonce;
use countersign_protocol::message::decision::{Decision, DecisionKind};
use countersign_protocol::message::offer::Offer;
use countersign_protocol::message::receipt::Outcome as Received;
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};

use super::device::Device;
use super::{Bench, Outcome, entry};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_two_concurrent_phones_decides() {
    for _ in 0..10 {
        let bench = Bench::start().await;
        let (one, two) = (bench.phone().await, bench.phone().await);
        let made = bench.request_approval(entry()).await;
        let right = |phone: &Device, compact: &str| Decision {
            binding: Some("123456".to_owned()),
            ..phone.decision(compact, DecisionKind::Approve)
        };
        let approval = right(&one, &one.waiting().await);
        let denial = two.decision(&two.waiting().await, DecisionKind::Deny);
        let (first, second) = tokio::join!(one.decide(&approval), two.decide(&denial));
        let (first, second) = (one.receipt(&first).outcome, two.receipt(&second).outcome);
        match bench.outcome(&made).await {
            Outcome::Approved(_) => assert_eq!((first, second), (Received::Accepted, Received::AlreadyDecided)),
            Outcome::Denied { .. } => assert_eq!((first, second), (Received::AlreadyDecided, Received::Accepted)),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_repeats_of_a_decision_get_one_receipt() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    bench.request_approval(entry()).await;
    let approval = Decision {
        binding: Some("123456".to_owned()),
        ..phone.decision(&phone.waiting().await, DecisionKind::Approve)
    };
    let signed = approval.sign(&phone.uvk).unwrap();
    let replies = join_all((0..50).map(|_| phone.post("/adp/v1/decisions", signed.clone()))).await;
    assert!(replies.iter().all(|reply| reply.status == StatusCode::OK), "{replies:?}");
    let receipts: HashSet<_> = replies.iter().map(|reply| reply.text.as_str()).collect();
    assert_eq!(receipts.len(), 1);
    assert_eq!(phone.receipt(&replies[0]).outcome, Received::Accepted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_wrong_values_are_one_try() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let made = bench.request_approval(entry()).await;
    let request = phone.waiting().await;
    let guesses: Vec<_> = (0..8)
        .map(|guess| Decision {
            binding: Some(format!("00000{guess}")),
            jti: countersign_protocol::message::claims::Jti::random().unwrap(),
            ..phone.decision(&request, DecisionKind::Approve)
        })
        .collect();
    let replies = join_all(guesses.iter().map(|guess| phone.decide(guess))).await;
    let outcomes: Vec<_> = replies.iter().map(|reply| phone.receipt(reply).outcome).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Received::BindingMismatch).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Received::AlreadyDecided).count(), 7);
    assert_eq!(bench.outcome(&made).await, Outcome::BindingMismatch);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_apps_gets_the_offer() {
    let bench = Bench::start().await;
    let made = bench.gateway.offer("alice", "Alice").await.unwrap();
    let offer = Offer::parse(&made.uri).unwrap();
    let apps: Vec<_> = (0..10).map(|_| (bench.device(), Nonce::random().unwrap())).collect();
    let replies = join_all(apps.iter().map(|(app, verifier)| app.request_challenge(&offer, verifier))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == StatusCode::OK).count(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.is_rejected()).count(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_offers_do_not_exceed_their_maximum() {
    let bench = Bench::start().await;
    let offers = join_all((0..20).map(|_| bench.gateway.offer("alice", "Alice"))).await;
    assert_eq!(offers.iter().filter(|offer| offer.is_ok()).count(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_use_of_a_proof_succeeds_once() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let path = "/adp/v1/requests?nonce=n";
    let proof = phone.sign_proof(&phone.proof(&Method::GET, path));
    let headers = [("dpop", proof.as_str())];
    let replies = join_all((0..10).map(|_| phone.raw(Method::GET, path, &headers, String::new()))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == StatusCode::OK).count(), 1);
}
