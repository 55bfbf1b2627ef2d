//! The state: full disks, damage, and what it shows at rest.

use crate::bank::Bank;
use crate::phone::Phone;
use crate::{approve, push, state_of};
use countersign_core::device::EntryState;
use countersign_core::error::StateError;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::KeyStoreError;
use countersign_core::{AuthenticatorError, Outcome};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_full_disk_changes_nothing() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    phone.state.full.store(true, Ordering::SeqCst);
    assert!(matches!(approve(&device, &txn).await, Err(AuthenticatorError::State(StateError::Store(_)))));
    assert!(bank.kept.lock().unwrap().decisions.is_empty(), "sent before it was kept");
    let unsaved = device.receive(&bank.push(&bank.sign(&bank.payment())));
    assert!(matches!(unsaved, Err(AuthenticatorError::State(_))));
    assert_eq!(device.requests().len(), 1);
    phone.state.full.store(false, Ordering::SeqCst);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_reported_and_left_as_it_is() {
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
async fn the_state_at_rest_shows_nothing() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    push(&bank, &device, &bank.payment());
    let bytes = phone.state.bytes.lock().unwrap().clone().unwrap();
    for word in ["ACME", "alice", "bank.example", "42.50", "Example Bank", "handle-1"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[tokio::test]
async fn a_state_of_each_earlier_format_is_read_and_kept_on() {
    let earlier = [
        include_bytes!("states/format-1.bin").to_vec(),
        include_bytes!("states/format-2.bin").to_vec(),
        include_bytes!("states/format-3.bin").to_vec(),
    ];
    for stored in earlier {
        let keeps_keys = stored[4] >= 3;
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
        assert_eq!(evidence.is_some(), keeps_keys, "its keys were not kept before format 3");
        assert_eq!(device.enrolments()[0].restored, None);
        // The next change writes the present format.
        phone.clock.monotonic_ms.store(400_000, Ordering::SeqCst);
        assert!(device.pending().is_empty());
        assert_eq!(phone.state.bytes.lock().unwrap().clone().unwrap()[..5], *b"CSGN\x04");
        assert_eq!(phone.start().requests().len(), 3);
    }
}
