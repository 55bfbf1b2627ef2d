//! Approvals whose conditions change after the review: each is checked again before the prompt and
//! in the write that stores the decision.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use countersign_core::device::EntryState;
use countersign_core::message::claims::{Locale, Txn};
use countersign_core::message::enrolment::{CallPolicy, EnrolmentPolicy};
use countersign_core::message::request::BindingMode;
use countersign_core::message::status::EnrolmentState;
use countersign_core::review::{NotApprovable, NotRendered, RenderReport};
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Ticket};

use crate::bank::{self, Bank};
use crate::fuse::once;
use crate::phone::Phone;
use crate::{approve, push, state_of};

/// Returns policies, and the error of an approval that does not fulfil them.
fn stricter_policies() -> [(EnrolmentPolicy, AuthenticatorError); 3] {
    let policy = bank::NO_RESTRICTIONS;
    let too_short = NotRendered::TooShort { shown_ms: 1000, min_shown_ms: 60_000 };
    [
        (
            EnrolmentPolicy { binding_floor: BindingMode::Scan, ..policy },
            AuthenticatorError::NotApprovable(NotApprovable::BindingBelowFloor),
        ),
        (EnrolmentPolicy { min_shown_ms: 60_000, ..policy }, AuthenticatorError::NotRendered(too_short)),
        (
            EnrolmentPolicy { calls: CallPolicy::Block, ..policy },
            AuthenticatorError::NotRendered(NotRendered::CallActive),
        ),
    ]
}

/// Reviews a request during a call and returns the ticket.
fn ticket_during_call(device: &Authenticator, txn: &Txn) -> Ticket {
    let review = device.request(txn).unwrap().review(Locale::En).unwrap();
    let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
    let report = RenderReport { drawn, shown_ms: 1000, obscured: false, shared: false, call_active: true };
    review.rendered(&report).unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn approval_must_fulfil_the_policy_of_a_later_inbox() {
    for (policy, expected) in stricter_policies() {
        let bank = Bank::new();
        let (phone, device) = Phone::enrolled(&bank).await;
        let txn = push(&bank, &device, &bank.payment());
        let ready = ticket_during_call(&device, &txn);
        bank.kept.lock().unwrap().policy = Some(policy);
        device.refresh().await.unwrap();
        let prompts = phone.presence.1.lock().unwrap().len();
        assert_eq!(ready.approve(Some("123456".into())).await, Err(expected));
        assert_eq!(phone.presence.1.lock().unwrap().len(), prompts, "no prompt");
        assert_eq!(state_of(&device, &txn), EntryState::Pending);
        bank.kept.lock().unwrap().policy = None;
        device.refresh().await.unwrap();
        assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    }
}

/// Approves a request while `happens` runs during the prompt.
async fn approve_while(
    happens: impl FnOnce(Arc<Bank>, &Phone, &Authenticator) -> Box<dyn FnOnce() + Send>,
) -> Result<Outcome, AuthenticatorError> {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let ready = ticket_during_call(&device, &txn);
    *phone.presence.2.lock().unwrap() = Some(happens(bank.clone(), &phone, &device));
    let result = ready.approve(Some("123456".into())).await;
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    assert!(!matches!(state_of(&device, &txn), EntryState::Queued(_)));
    result
}

#[tokio::test]
async fn policy_that_changes_during_the_prompt_counts() {
    for (policy, expected) in stricter_policies() {
        let result = approve_while(|bank, _, device| {
            let device = device.clone();
            Box::new(move || {
                bank.kept.lock().unwrap().policy = Some(policy);
                assert!(once(device.refresh()).unwrap().unwrap().failed.is_empty());
            })
        });
        assert_eq!(result.await, Err(expected));
    }
}

#[tokio::test]
async fn suspension_during_the_prompt_stops_the_approval() {
    let result = approve_while(|bank, _, device| {
        let device = device.clone();
        Box::new(move || {
            let status = bank.status(EnrolmentState::Suspended);
            device.receive(&bank.push(&bank.sign(&status))).unwrap_or_else(|error| panic!("{error}"));
        })
    });
    assert_eq!(result.await, Err(AuthenticatorError::NotActive(EnrolmentState::Suspended)));
}

#[tokio::test]
async fn expiry_during_the_prompt_stops_the_approval() {
    let result = approve_while(|_, phone, _| {
        let clock = phone.clock.clone();
        Box::new(move || {
            clock.monotonic_ms.fetch_add(301_000, Ordering::SeqCst);
        })
    });
    assert_eq!(result.await, Err(AuthenticatorError::Expired));
}

#[tokio::test]
async fn key_withdrawn_during_the_prompt_stops_the_approval() {
    let result = approve_while(|bank, _, device| {
        let device = device.clone();
        Box::new(move || {
            bank.rotate_signing_key();
            assert!(once(device.refresh()).unwrap().unwrap().failed.is_empty());
        })
    });
    assert_eq!(result.await, Err(AuthenticatorError::Rejected(countersign_core::Rejected)));
}
