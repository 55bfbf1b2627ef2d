//! Parts of the phone that fail or answer nonsense: a typed error, and nothing is lost.

use crate::bank::Bank;
use crate::phone::Phone;
use crate::{approve, push, state_of, ticket};
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::platform::ClockError;
use countersign_core::{AuthenticatorError, Outcome};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn without_a_clock_nothing_is_taken_answered_or_changed() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let shown = ticket(&device, &txn).unwrap_or_else(|error| panic!("{error}"));
    let before = phone.state.bytes.lock().unwrap().clone();
    let clock = AuthenticatorError::Clock(ClockError("no such sensor".into()));
    phone.clock.broken.store(true, Ordering::SeqCst);
    assert_eq!(device.receive(&bank.push(&bank.sign(&bank.payment()))).err(), Some(clock.clone()));
    assert_eq!(shown.approve(Some("123456".into())).await.err(), Some(clock.clone()));
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await.err(), Some(clock.clone()));
    assert_eq!(device.request(&txn).err(), Some(clock.clone()));
    assert_eq!(device.refresh().await.err(), Some(clock.clone()));
    assert_eq!(device.now(&Bank::enrolment_id()).err(), Some(clock.clone()));
    let address = PushAddress { kind: PushKind::None, token: None };
    let moved = device.update_push_address(&Bank::enrolment_id(), address.clone()).await;
    assert_eq!(moved.err(), Some(clock.clone()));
    let second = device.enrol(bank.offer(), address).await;
    assert_eq!(second.err(), Some(clock));
    assert_eq!(phone.last_code(), Some("state"), "what could not be noted is in the diagnostics");
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    assert_eq!(*phone.state.bytes.lock().unwrap(), before);
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 4, "the second enrolment left no key");
    // What cannot be known is told as it stood, and opening needs no time.
    assert_eq!(device.pending().len(), 1);
    assert_eq!(phone.last_code(), Some("clock"));
    assert_eq!(phone.start().enrolments().len(), 1);
    phone.clock.broken.store(false, Ordering::SeqCst);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn a_clock_that_does_not_name_the_boot_is_no_clock() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    phone.clock.nameless.store(true, Ordering::SeqCst);
    let refused = device.receive(&bank.push(&bank.sign(&bank.payment())));
    assert!(matches!(refused, Err(AuthenticatorError::Clock(_))));
    assert!(device.requests().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_kept_is_queued_even_if_the_clock_fails_before_it_is_sent() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    // The save that keeps the answer is the last thing that works.
    let clock = phone.clock.clone();
    *phone.state.after_save.lock().unwrap() = Some(Box::new(move || clock.broken.store(true, Ordering::SeqCst)));
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    assert!(matches!(state_of(&device, &txn), EntryState::Queued(_)));
    phone.clock.broken.store(false, Ordering::SeqCst);
    assert!(device.refresh().await.unwrap().failed.is_empty());
    assert!(matches!(state_of(&device, &txn), EntryState::Settled(_)));
}
