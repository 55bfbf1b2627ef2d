//! Tests of the authenticator against a bank in memory: accepted and rejected messages, failures of
//! the platform, kills at every boundary, and a model with random events.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a panic in a test is a test failure")]

mod approval_session;
mod bank;
mod checking;
mod clocks;
mod deciding;
mod ending;
mod enrolling;
mod failing;
mod features;
mod forging;
mod fuse;
mod history;
mod hostile_issuer;
mod issuers;
mod keeping;
mod key_store;
mod killed;
#[path = "../shared/memory_secrets.rs"]
mod memory_secrets;
mod metadata_rules;
mod model;
mod numbers;
mod offline;
#[cfg(unix)]
mod on_disk;
mod one_store;
mod phone;
mod proving;
mod receiving;
mod rechecking;
mod rotating;
mod rotating_all;
mod server_keys;

use crate::bank::Bank;
use crate::phone::Phone;
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::request::Request;
use countersign_core::review::RenderReport;
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Received, Ticket};

/// Returns the id of the bank's only enrolment.
pub(crate) fn id() -> EnrolmentId {
    Bank::enrolment_id()
}

/// Returns the number of secrets of the phone: the sealing key and the private keys.
pub(crate) fn secret_count(phone: &Phone) -> usize {
    phone.secrets.0.lock().unwrap().len()
}

/// Asserts that the enrolment works: push, approval with the UVK, denial with the DK, inbox.
pub(crate) async fn assert_works(bank: &Bank, device: &Authenticator) {
    let txn = push(bank, device, &bank.payment());
    assert_eq!(approve(device, &txn).await, Ok(Outcome::Confirmed));
    let txn = push(bank, device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert_eq!(device.enrolments()[0].rollback_detected_at, None, "no rollback happened");
}

/// Reports every field as shown and returns the ticket.
pub(crate) fn ticket(device: &Authenticator, txn: &Txn) -> Result<Ticket, AuthenticatorError> {
    let review = device.request(txn)?.review(Locale::En)?;
    let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
    review.rendered(&RenderReport { drawn, shown_ms: 1000, obscured: false, shared: false, call_active: false })
}

/// Shows the request and approves it with the binding value.
pub(crate) async fn approve(device: &Authenticator, txn: &Txn) -> Result<Outcome, AuthenticatorError> {
    ticket(device, txn)?.approve(Some("123 456".into())).await
}

/// Delivers a request by push and returns its id.
pub(crate) fn push(bank: &Bank, device: &Authenticator, request: &Request) -> Txn {
    match device.receive(&bank.push(&bank.sign(request))) {
        Ok(Received::Request(pending)) => pending.txn().clone(),
        Ok(_) => panic!("not a new request"),
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn state_of(device: &Authenticator, txn: &Txn) -> countersign_core::device::EntryState {
    device.requests().into_iter().find(|(_, entry)| entry.request.txn == *txn).unwrap().1.state
}

pub(crate) fn bank_client(name: &str) -> countersign_core::message::request::Client {
    countersign_core::message::request::Client { id: "shop".into(), name: name.into() }
}

#[tokio::test]
async fn futures_of_all_calls_are_send() {
    fn assert_send<T: Send>(_: T) {}
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let (id, txn) = (id(), push(&bank, &device, &bank.payment()));
    let address = PushAddress { kind: PushKind::None, token: None };
    assert_send(device.enrol(bank.offer(), address.clone()));
    assert_send(device.refresh());
    assert_send(device.fetch(&id, &txn));
    assert_send(device.stream_request(&id, None));
    assert_send(device.update_push_address(&id, address));
    assert_send(device.rotate_keys(&id));
    assert_send(device.rotate_all_keys(&id));
    assert_send(device.unenrol(&id));
    assert_send(device.forget(&id));
    assert_send(device.deny(&txn, DenyReason::Other));
    assert_send(approve(&device, &txn));
}
