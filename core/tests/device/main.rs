//! The authenticator against a bank in memory: what it accepts, what it refuses, and that nothing is ever lost.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that failed")]

mod answering;
mod bank;
mod enrolling;
mod failing;
mod history;
mod keeping;
mod killed;
mod model;
mod numbers;
mod offline;
#[cfg(unix)]
mod on_disk;
mod phone;
mod proving;
mod receiving;
mod replacing;
mod rolling;
mod rotating;

use crate::bank::Bank;
use countersign_core::message::claims::{Locale, Txn};
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::request::Request;
use countersign_core::review::RenderReport;
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Received, Ticket};

/// Draws everything and gives the ticket.
pub(crate) fn ticket(device: &Authenticator, txn: &Txn) -> Result<Ticket, AuthenticatorError> {
    let review = device.request(txn)?.review(Locale::En)?;
    let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
    review.rendered(&RenderReport { drawn, shown_ms: 1000, ..RenderReport::default() })
}

pub(crate) async fn approve(device: &Authenticator, txn: &Txn) -> Result<Outcome, AuthenticatorError> {
    ticket(device, txn)?.approve(Some("123 456".into())).await
}

/// Pushes a request and gives its name.
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
async fn every_call_can_move_between_threads() {
    fn moves<T: Send>(_: T) {}
    let bank = Bank::new();
    let (_phone, device) = phone::Phone::enrolled(&bank).await;
    let (id, txn) = (Bank::enrolment_id(), push(&bank, &device, &bank.payment()));
    let address = PushAddress { kind: PushKind::None, token: None };
    moves(device.enrol(bank.offer(), address.clone()));
    moves(device.refresh());
    moves(device.fetch(&id, &txn));
    moves(device.stream_request(&id, None));
    moves(device.update_push_address(&id, address));
    moves(device.rotate_keys(&id));
    moves(device.rotate_all_keys(&id));
    moves(device.unenrol(&id));
    moves(device.deny(&txn, DenyReason::Other));
    moves(approve(&device, &txn));
}
