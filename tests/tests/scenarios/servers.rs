//! Two servers, and a server that rotates its key.

use countersign_core::message::decision::DenyReason;
use serde_json::json;

use super::bank::Bank;
use super::data::Push;
use super::names::outcome;
use super::phone::{Phone, join};

pub(crate) async fn two_issuers(bank: &Bank) {
    let first = Phone::fresh(bank, "two_issuers").await;
    let other = Bank::start();
    let second = first.also_at(&other, "two_issuers_b").await;
    let (asked, asked_b) = (first.ask().await, second.ask().await);
    let (push, push_b) = (first.push().await, second.push().await);
    first.rejects(&routed(&push, &push_b));
    first.rejects(&routed(&push_b, &push));
    let (request, request_b) = (first.new_request(&push), first.new_request(&push_b));
    assert_eq!(request.enrolment().unwrap(), first.enrolment);
    assert_eq!(request_b.enrolment().unwrap(), second.enrolment);
    assert_eq!(first.pending().len(), 2);

    first.approves_for(&asked, request.txn()).await;
    asked_b.is("pending").await;
    let denied = first.device.deny(request_b.txn(), DenyReason::Unexpected).await.unwrap();
    assert_eq!(outcome(denied), first.expect("result"));
    asked_b.is_because(first.expect("outcome_b"), first.expect("reason_b")).await;
    asked.is(first.expect("outcome")).await;
    drop((request, request_b, asked_b, second));
    other.stop();
}

/// Forwards the calls of one transport to another server.
fn routed(push: &Push, other: &Push) -> Push {
    let mut routed = push.clone();
    routed.insert("e".to_owned(), other["e"].clone());
    routed
}

pub(crate) async fn server_key_rollover(bank: &Bank) {
    let phone = Phone::fresh(bank, "server_key_rollover").await;
    let old = phone.receive().await;
    bank.control("/rotate-keys", json!({})).await;
    let asked = phone.ask().await;
    phone.rejects(&phone.push().await);
    let txn = phone.refreshes_one().await;
    phone.approves_for(&asked, &txn).await;
    phone.approves_for(&old.asked, &old.txn).await;
    let third = phone.receive().await;
    phone.approves_for(&third.asked, &third.txn).await;
}

impl<'a> Phone<'a> {
    /// Enrols the same phone with another server.
    async fn also_at(&self, bank: &'a Bank, token: &str) -> Self {
        let enrolment = join(&self.device, bank, token).await;
        Self {
            device: self.device.clone(),
            parts: self.parts.clone(),
            bank,
            data: super::data::Data::of(&self.data.name),
            enrolment,
            token: token.to_owned(),
        }
    }
}
