//! Failures and wrong results of the platform: each is a typed error, and nothing is lost.

use crate::bank::Bank;
use crate::key_store::Failure;
use crate::phone::Phone;
use crate::{approve, push, state_of, ticket};
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{ClockError, KeyStoreError};
use countersign_core::{AuthenticatorError, Outcome, Received};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn unreadable_clock_fails_every_call_without_a_change() {
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
    // The stored requests stay as they were, and opening needs no clock.
    assert_eq!(device.pending().len(), 1);
    assert_eq!(phone.last_code(), Some("clock"));
    assert_eq!(phone.start().enrolments().len(), 1);
    phone.clock.broken.store(false, Ordering::SeqCst);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn clock_without_boot_id_is_an_error() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    phone.clock.nameless.store(true, Ordering::SeqCst);
    let result = device.receive(&bank.push(&bank.sign(&bank.payment())));
    assert!(matches!(result, Err(AuthenticatorError::Clock(_))));
    assert!(device.requests().is_empty());
}

#[tokio::test]
async fn stored_decision_is_queued_if_clock_fails_before_sending() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    // The save that stores the decision is the last call that works.
    let clock = phone.clock.clone();
    *phone.state.after_save.lock().unwrap() = Some(Box::new(move || clock.broken.store(true, Ordering::SeqCst)));
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    assert!(matches!(state_of(&device, &txn), EntryState::Queued(_)));
    phone.clock.broken.store(false, Ordering::SeqCst);
    assert!(device.refresh().await.unwrap().failed.is_empty());
    assert!(matches!(state_of(&device, &txn), EntryState::Settled(_)));
}

/// Returns the names of the keys in the key store, including the sealing key.
fn held(phone: &Phone) -> Vec<String> {
    let mut names: Vec<String> = phone.secrets.0.lock().unwrap().keys().cloned().collect();
    names.sort();
    names
}

fn stream() -> PushAddress {
    PushAddress { kind: PushKind::Stream, token: None }
}

#[tokio::test]
async fn existing_key_as_new_key_fails_enrolment_and_stays() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let before = held(&phone);
    for fault in [Failure::FirstAgain, Failure::LastAgain, Failure::LastPublic] {
        phone.faults.set(fault.clone());
        let result = device.enrol(bank.offer(), stream()).await.err();
        assert!(matches!(result, Some(AuthenticatorError::KeyStore(KeyStoreError::Unavailable(_)))), "{result:?}");
        // A new name with the public key of a known key is not deleted, because that could delete
        // the known key.
        let left = held(&phone);
        assert!(before.iter().all(|name| left.contains(name)), "a key of the first enrolment is gone");
        assert_eq!(left.len() - before.len(), usize::from(matches!(fault, Failure::LastPublic)));
        if let Some(stray) = left.iter().find(|name| !before.contains(name)) {
            phone.secrets.0.lock().unwrap().remove(stray);
        }
    }
    phone.faults.clear();
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn same_key_for_two_roles_fails_enrolment() {
    for (fault, strays) in [(Failure::LastAgain, 0), (Failure::LastPublic, 1)] {
        let bank = Bank::new();
        let phone = Phone::new(&bank);
        let device = phone.start();
        phone.faults.set(fault);
        let result = device.enrol(bank.offer(), stream()).await.err();
        assert!(matches!(result, Some(AuthenticatorError::KeyStore(KeyStoreError::Unavailable(_)))), "{result:?}");
        assert!(bank.kept.lock().unwrap().enrolments.is_empty(), "actual the bank");
        assert!(device.enrolments().is_empty());
        assert_eq!(held(&phone).len(), 1 + strays);
    }
}

#[tokio::test]
async fn key_store_failure_during_enrolment_leaves_no_key() {
    for most in 0..3 {
        let bank = Bank::new();
        let phone = Phone::new(&bank);
        let device = phone.start();
        phone.faults.set(Failure::Full(most));
        let result = device.enrol(bank.offer(), stream()).await.err();
        assert_eq!(result, Some(AuthenticatorError::KeyStore(KeyStoreError::Unavailable("full".into()))));
        assert_eq!(held(&phone), ["sealing-key"]);
    }
}

#[tokio::test]
async fn invalid_signature_of_key_store_is_not_stored_or_sent() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let other_key = AuthenticatorError::KeyStore(KeyStoreError::Unavailable("it signed with another key".into()));
    let calls = bank.calls();
    for fault in [Failure::SignsOther, Failure::SignsZeros] {
        phone.faults.set(fault);
        assert_eq!(approve(&device, &txn).await.err(), Some(other_key.clone()));
        assert_eq!(device.deny(&txn, DenyReason::NotMe).await.err(), Some(other_key.clone()));
        // A proof of possession is checked before it is sent.
        assert_eq!(device.refresh().await.unwrap().failed[0].error, other_key);
        assert_eq!(device.unenrol(&Bank::enrolment_id()).await.err(), Some(other_key.clone()));
    }
    assert_eq!(bank.calls(), calls);
    assert_eq!(state_of(&device, &txn), EntryState::Pending);
    phone.faults.clear();
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn push_that_key_store_cannot_decrypt_is_rejected_not_lost() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let first = bank.push(&bank.sign(&bank.payment()));
    let before = phone.state.bytes.lock().unwrap().clone();
    let faults = [
        (Failure::FailsToAgree(KeyStoreError::Locked), "key_store"),
        (Failure::FailsToAgree(KeyStoreError::Missing), "key_store"),
        (Failure::AgreesOther, "decrypt"),
    ];
    for (fault, code) in faults {
        phone.faults.set(fault);
        let result = device.receive(&first).err();
        assert_eq!(result, Some(AuthenticatorError::Rejected(countersign_core::Rejected)));
        assert_eq!(phone.last_code(), Some(code));
    }
    assert_eq!(*phone.state.bytes.lock().unwrap(), before);
    // The inbox delivers the request without that key. The same push delivers it later.
    let second = bank.payment();
    bank.kept.lock().unwrap().requests.push(bank.sign(&second));
    assert_eq!(device.refresh().await.unwrap().new, [second.txn]);
    phone.faults.clear();
    assert!(matches!(device.receive(&first), Ok(Received::Request(_))));
}

#[tokio::test]
async fn enrolment_response_that_cannot_be_decrypted_leaves_no_key() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    phone.faults.set(Failure::AgreesOther);
    let result = device.enrol(bank.offer(), stream()).await.err();
    assert_eq!(result, Some(AuthenticatorError::Rejected(countersign_core::Rejected)));
    assert_eq!(held(&phone), ["sealing-key"]);
}

#[tokio::test]
async fn missing_sealing_key_is_an_error_and_state_is_unchanged() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    drop(device);
    let before = phone.state.bytes.lock().unwrap().clone();
    for error in [KeyStoreError::Locked, KeyStoreError::Missing, KeyStoreError::Unavailable("broken".into())] {
        phone.faults.set(Failure::FailsToUnseal(error.clone()));
        assert_eq!(phone.try_start().err(), Some(AuthenticatorError::KeyStore(error)));
    }
    assert_eq!(*phone.state.bytes.lock().unwrap(), before);
    phone.faults.clear();
    assert_eq!(phone.start().enrolments()[0].state, EnrolmentState::Active);
}

#[tokio::test]
async fn failed_key_deletion_is_retried_after_restart() {
    for keys in [0..3, 0..1, 2..3] {
        let bank = Bank::new();
        let (phone, device) = Phone::enrolled(&bank).await;
        phone.faults.set(Failure::FailsToDelete(keys.clone()));
        device.unenrol(&Bank::enrolment_id()).await.unwrap();
        assert_eq!(held(&phone).len(), 1 + keys.len());
        drop(device);
        phone.faults.clear();
        phone.start().refresh().await.unwrap();
        assert_eq!(held(&phone), ["sealing-key"]);
    }
}

#[tokio::test]
async fn key_of_a_failed_enrolment_is_deleted_after_restart() {
    for keys in [0..3, 0..1, 2..3] {
        let bank = Bank::new();
        let phone = Phone::new(&bank);
        let device = phone.start();
        *phone.presence.0.lock().unwrap() = Some(KeyStoreError::Cancelled);
        phone.faults.set(Failure::FailsToDelete(keys.clone()));
        let push = PushAddress { kind: PushKind::Stream, token: None };
        assert!(device.enrol(bank.offer(), push).await.is_err());
        assert_eq!(held(&phone).len(), 1 + keys.len());
        drop(device);
        phone.faults.clear();
        phone.start().refresh().await.unwrap();
        assert_eq!(held(&phone), ["sealing-key"]);
    }
}
