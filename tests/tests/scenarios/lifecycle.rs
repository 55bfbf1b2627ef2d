//! Key rotation, and ending an enrolment from either side.

use countersign_core::message::status::EnrolmentState;
use serde_json::json;

use super::bank::Bank;
use super::names::code;
use super::phone::{Phone, received};

pub(crate) async fn rotate(bank: &Bank) {
    let phone = Phone::fresh(bank, "rotate").await;
    replaces(phone, async |phone| phone.device.rotate_keys(&phone.enrolment).await.unwrap(), 3, 1).await;
}

pub(crate) async fn rotate_all(bank: &Bank) {
    let phone = Phone::fresh(bank, "rotate_all").await;
    replaces(phone, async |phone| phone.device.rotate_all_keys(&phone.enrolment).await.unwrap(), 2, 0).await;
}

/// Rotates keys and checks how many replaced keys are kept for messages in flight, and how many at
/// the end.
async fn replaces<'a>(phone: Phone<'a>, replace: impl AsyncFn(&Phone<'a>), stay: usize, for_good: usize) {
    let rung = phone.receive().await;
    let (asked, push) = (phone.ask().await, phone.push().await);
    let before = phone.parts.keys.names();
    let kept = |phone: &Phone<'_>| {
        let now = phone.parts.keys.names();
        (now.len(), now.iter().filter(|name| before.contains(name)).count())
    };
    replace(&phone).await;
    assert_eq!(phone.info().state, EnrolmentState::Active);
    assert_eq!(kept(&phone), (5, stay));

    phone.approves_for(&rung.asked, &rung.txn).await;
    let late = phone.new_request(&push);
    phone.approves_for(&asked, late.txn()).await;
    let rung = phone.receive().await;
    phone.approves_for(&rung.asked, &rung.txn).await;
    let phone = phone.reopened();
    let rung = phone.receive().await;
    phone.approves_for(&rung.asked, &rung.txn).await;

    phone.time_passes().await;
    phone.refreshes_nothing().await;
    assert_eq!(kept(&phone), (3, for_good));
    let rung = phone.receive().await;
    phone.approves_for(&rung.asked, &rung.txn).await;
}

pub(crate) async fn unenrol_by_phone(bank: &Bank) {
    let phone = Phone::fresh(bank, "unenrol_by_phone").await;
    let rung = phone.receive().await;
    phone.device.unenrol(&phone.enrolment).await.unwrap();
    assert_eq!(phone.info().state, EnrolmentState::Revoked);
    assert!(phone.parts.keys.names().is_empty());
    assert_eq!(bank.phones().await, []);
    phone.rejects(&rung.push);
    assert_eq!(phone.gone(&rung.txn), phone.expect("error"));
    rung.asked.is(phone.expect("outcome")).await;
    assert_eq!(bank.refused("/approval-requests", phone.data.approval_request.clone()).await, phone.expect("refused"));
    drop(rung.request);
    assert_eq!(phone.reopened().info().state, EnrolmentState::Revoked);
}

pub(crate) async fn unenrol_by_server(bank: &Bank) {
    let phone = Phone::fresh(bank, "unenrol_by_server").await;
    let rung = phone.receive().await;
    let ticket = phone.draw(&rung.txn).unwrap();
    bank.control("/unenrol", json!({ "enrolment": phone.enrolment })).await;
    let push = phone.push().await;
    assert_eq!(received(&phone.device.receive(&push)), format!("status {} revoked", phone.enrolment));

    assert_eq!(code(&ticket.approve(phone.data.typed.clone()).await.unwrap_err()), phone.expect("error"));
    assert_eq!(phone.info().state, EnrolmentState::Revoked);
    phone.refreshes_nothing().await;
    assert!(phone.parts.keys.names().is_empty());
    rung.asked.is(phone.expect("outcome")).await;
    assert!(phone.parts.wire.arrived().is_empty());
    drop(rung.request);
    assert_eq!(phone.reopened().info().state, EnrolmentState::Revoked);
}
