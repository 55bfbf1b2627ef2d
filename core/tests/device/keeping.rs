//! The stored state: failed saves, damage, secrecy and earlier formats.

use crate::bank::{Bank, START_SECS};
use crate::phone::Phone;
use crate::{approve, push, secret_count, state_of};
use countersign_core::device::{EntryState, seal};
use countersign_core::error::StateError;
use countersign_core::message::claims::Timestamp;
use countersign_core::message::decision::DecisionKind;
use countersign_core::message::enrolment::CallPolicy;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::KeyStoreError;
use countersign_core::{AuthenticatorError, Outcome};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn failed_save_changes_nothing() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    phone.state.full.store(true, Ordering::SeqCst);
    assert!(matches!(approve(&device, &txn).await, Err(AuthenticatorError::State(StateError::Store(_)))));
    assert!(bank.kept.lock().unwrap().decisions.is_empty(), "sent before it was stored");
    let unsaved = device.receive(&bank.push(&bank.sign(&bank.payment())));
    assert!(matches!(unsaved, Err(AuthenticatorError::State(_))));
    assert_eq!(device.requests().len(), 1);
    phone.state.full.store(false, Ordering::SeqCst);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn unreadable_state_is_reported_and_left_unchanged() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    drop(device);
    let good = phone.state.bytes.lock().unwrap().clone().unwrap();
    let mut changed = good.clone();
    changed[20] ^= 1;
    let mut later = good.clone();
    later[4] = 9;
    let cases = [
        (changed, StateError::Foreign),
        (later, StateError::Later(9)),
        (good[..3].to_vec(), StateError::Damaged),
        (b"{\"not\":\"a state\"}".to_vec(), StateError::Damaged),
        (vec![], StateError::Damaged),
    ];
    for (bytes, expected) in cases {
        *phone.state.bytes.lock().unwrap() = Some(bytes.clone());
        assert_eq!(phone.try_start().err(), Some(AuthenticatorError::State(expected)));
        assert_eq!(*phone.state.bytes.lock().unwrap(), Some(bytes));
    }
    *phone.state.bytes.lock().unwrap() = Some(good);
    phone.secrets.0.lock().unwrap().remove("sealing-key");
    assert_eq!(phone.try_start().err(), Some(AuthenticatorError::KeyStore(KeyStoreError::Missing)));
}

#[tokio::test]
async fn sealed_state_contains_no_plain_text() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    push(&bank, &device, &bank.payment());
    let bytes = phone.state.bytes.lock().unwrap().clone().unwrap();
    for word in ["ACME", "alice", "bank.example", "42.50", "Example Bank", "handle-1"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

/// The upgrade to records is one write. Whatever part of it is stored, nothing is lost.
#[tokio::test]
async fn interrupted_upgrade_to_records_loses_nothing() {
    let old = include_bytes!("states/format-7.bin").to_vec();
    let phone = Phone::new(&Bank::new());
    phone.secrets.0.lock().unwrap().insert("sealing-key".into(), vec![7; 32]);
    *phone.state.bytes.lock().unwrap() = Some(old.clone());
    let device = phone.start();
    assert_eq!(*phone.state.bytes.lock().unwrap(), Some(old.clone()), "opening changes nothing");
    phone.clock.monotonic_ms.store(400_000, Ordering::SeqCst);
    phone.state.full.store(true, Ordering::SeqCst);
    assert_eq!(device.pending().len(), 1, "the change is not stored");
    assert_eq!(*phone.state.bytes.lock().unwrap(), Some(old.clone()));
    // The process ends before and after the write.
    for format in [7, 8] {
        let device = phone.start();
        assert_eq!(phone.state.bytes.lock().unwrap().as_ref().unwrap()[4], format);
        assert_eq!(device.requests().len(), 4);
        phone.state.full.store(false, Ordering::SeqCst);
        assert!(device.pending().is_empty());
        assert_eq!(phone.state.bytes.lock().unwrap().as_ref().unwrap()[4], 8);
    }
}

#[tokio::test]
async fn state_of_each_format_is_read_and_upgraded() {
    let stored = [
        include_bytes!("states/format-1.bin").to_vec(),
        include_bytes!("states/format-2.bin").to_vec(),
        include_bytes!("states/format-3.bin").to_vec(),
        include_bytes!("states/format-4.bin").to_vec(),
        include_bytes!("states/format-5.bin").to_vec(),
        include_bytes!("states/format-6.bin").to_vec(),
        include_bytes!("states/format-7.bin").to_vec(),
        include_bytes!("states/format-8.bin").to_vec(),
    ];
    for stored in stored {
        let format = stored[4];
        let bank = Bank::new();
        let phone = Phone::new(&bank);
        phone.secrets.0.lock().unwrap().insert("sealing-key".into(), vec![7; 32]);
        *phone.state.bytes.lock().unwrap() = Some(stored);
        let device = phone.start();
        assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
        let stands = |txn: &str| state_of(&device, &txn.parse().unwrap());
        assert!(matches!(stands("settled"), EntryState::Settled(_)));
        assert!(matches!(stands("queued"), EntryState::Queued(_)));
        assert_eq!(stands("pending"), EntryState::Pending);
        let history = device.history(&Bank::enrolment_id()).unwrap();
        assert_eq!(history.iter().map(|entry| entry.txn.as_str()).collect::<Vec<_>>(), ["settled", "queued"]);
        let evidence = device.evidence(&"settled".parse().unwrap()).unwrap();
        assert_eq!(evidence.is_some(), format >= 3, "formats before 3 have no keys for evidence");
        assert_eq!(
            device.enrolments()[0].rollback_detected_at.is_some(),
            format >= 4,
            "the states of earlier formats had no rollback"
        );
        // The next change writes the current format.
        phone.clock.monotonic_ms.store(400_000, Ordering::SeqCst);
        assert!(device.pending().is_empty());
        assert_eq!(phone.state.bytes.lock().unwrap().clone().unwrap()[..5], *b"CSGN\x08");
        assert_eq!(phone.start().requests().len(), if format >= 4 { 4 } else { 3 });
    }
}

#[tokio::test]
async fn every_member_of_format_4_is_read() {
    let stored = include_bytes!("states/format-4.bin");
    let state = seal::open(stored, &[7; 32]).unwrap();
    assert_eq!((state.keys_to_delete.len(), state.pending_keys.len()), (1, 1));
    let enrolment = &state.enrolments[0];
    assert_eq!(enrolment.policy.calls, CallPolicy::Block);
    assert_eq!((enrolment.number, enrolment.rollback_detected_at), (43, Some(Timestamp::from_seconds(START_SECS))));
    assert_eq!((enrolment.rotation.is_some(), enrolment.replaced_keys.len()), (true, 1));
    let kinds = enrolment.entries.iter().map(|entry| match &entry.state {
        EntryState::Settled(settled) => Some(settled.decision.kind),
        EntryState::Queued(decision) | EntryState::Abandoned(decision) => Some(decision.kind),
        EntryState::Pending | EntryState::Ended(_) => None,
    });
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds, [Some(DecisionKind::Approve), None, Some(DecisionKind::Deny), None]);
    // The current format has the same content.
    let again = seal::open(&seal::seal(&state, &[7; 32]).unwrap(), &[7; 32]).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&state).unwrap());
}

#[tokio::test]
async fn pending_keys_of_format_4_are_deleted_after_start() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    phone.secrets.0.lock().unwrap().insert("sealing-key".into(), vec![7; 32]);
    let stored = include_bytes!("states/format-4.bin").to_vec();
    let state = seal::open(&stored, &[7; 32]).unwrap();
    for handle in state.keys_to_delete.iter().chain(&state.pending_keys) {
        phone.secrets.0.lock().unwrap().insert(handle.0.clone(), vec![1; 32]);
    }
    *phone.state.bytes.lock().unwrap() = Some(stored);
    let device = phone.start();
    assert_eq!(secret_count(&phone), 3);
    device.refresh().await.unwrap();
    assert_eq!(secret_count(&phone), 1, "only the sealing key is left");
}
