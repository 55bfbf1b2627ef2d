//! The end of an enrolment from either side.

use countersign_core::message::status::EnrolmentState;
use serde_json::json;

use super::bank::Bank;
use super::phone::{Phone, received};
use super::words::code;

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
    assert_eq!(bank.refused("/ask", phone.data.ask.clone()).await, phone.expect("refused"));
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
