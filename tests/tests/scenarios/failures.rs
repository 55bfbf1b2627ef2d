//! Failures between the user's decision and the server.

use countersign_core::message::decision::{DecisionKind, DenyReason};
use countersign_core::platform::KeyStoreError;

use super::bank::Bank;
use super::names::{code, outcome};
use super::parts::Delivery;
use super::phone::Phone;

pub(crate) async fn offline_then_flush(bank: &Bank) {
    let phone = Phone::fresh(bank, "offline_then_flush").await;
    let rung = phone.receive().await;
    phone.parts.wire.delivery(Delivery::Refuses);
    assert_eq!(phone.approve(&rung.txn).await.map(outcome), Ok(phone.expected("offline")));
    rung.asked.is("pending").await;
    let refreshed = phone.refresh().await;
    let failed: Vec<_> = refreshed.failed.iter().map(|failed| (&failed.enrolment, code(&failed.error))).collect();
    assert_eq!(failed, [(&phone.enrolment, "unreachable".to_owned())]);
    assert_eq!(phone.pending(), []);
    assert_eq!(phone.gone(&rung.txn), "not_pending");

    phone.parts.wire.delivery(Delivery::Works);
    phone.refreshes_nothing().await;
    rung.asked.is(phone.expect("outcome")).await;
    phone.answered(&rung.txn, DecisionKind::Approve, None);
    phone.refreshes_nothing().await;
    assert_eq!(phone.parts.wire.arrived().len(), 1);
}

pub(crate) async fn killed_between_sign_and_send(bank: &Bank) {
    let phone = Phone::fresh(bank, "killed_between_sign_and_send").await;
    let rung = phone.receive().await;
    phone.parts.wire.delivery(Delivery::HoldsDecisions);
    let held = tokio::select! {
        answer = phone.approve(&rung.txn) => panic!("it was answered: {answer:?}"),
        held = phone.parts.wire.held() => held,
    };
    rung.asked.is("pending").await;
    assert!(phone.parts.wire.arrived().is_empty());

    phone.parts.wire.delivery(Delivery::Works);
    drop(rung.request);
    let phone = phone.reopened();
    assert_eq!(phone.pending(), []);
    phone.refreshes_nothing().await;
    assert_eq!(phone.parts.wire.arrived(), std::slice::from_ref(&held));
    rung.asked.is(phone.expect("outcome")).await;
    phone.refreshes_nothing().await;
    assert_eq!(phone.parts.wire.arrived(), [held]);
}

pub(crate) async fn key_invalidated(bank: &Bank) {
    let phone = Phone::fresh(bank, "key_invalidated").await;
    let rung = phone.receive().await;
    phone.parts.verification.fails(KeyStoreError::Invalidated);
    assert_eq!(code(&phone.approve(&rung.txn).await.unwrap_err()), phone.expect("error"));
    phone.waits(&rung.txn);
    rung.asked.is("pending").await;
    assert!(phone.parts.wire.arrived().is_empty());
    let denied = phone.device.deny(&rung.txn, DenyReason::NotMe).await.unwrap();
    assert_eq!(outcome(denied), phone.expect("result"));
    rung.asked.is_because(phone.expect("outcome"), phone.expect("reason")).await;
}
