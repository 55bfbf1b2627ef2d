//! Checks of responses that the right key signed: each response that differs in one point from the
//! expected one is rejected, and nothing changes.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::bank::Bank;
use crate::phone::Phone;
use crate::{approve, assert_works, id, push, secret_count};
use countersign_core::jose::Digest;
use countersign_core::message::challenge::Challenge;
use countersign_core::message::claims::Txn;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::receipt::Receipt;
use countersign_core::{AuthenticatorError, Outcome};

/// Changes a challenge before the bank signs it.
type ChallengeChange = fn(&mut Challenge);

fn stream() -> PushAddress {
    PushAddress { kind: PushKind::Stream, token: None }
}

#[tokio::test]
async fn challenge_for_another_offer_or_after_its_end_is_rejected() {
    let changes: [(ChallengeChange, &str); 4] = [
        (|challenge| challenge.iss = "https://other.example".parse().unwrap(), "issuer"),
        (|challenge| challenge.offer = "another-offer".parse().unwrap(), "nonce"),
        (|challenge| challenge.exp = challenge.iat, "expired"),
        (|challenge| challenge.iat = challenge.exp.plus(1), "expired"),
    ];
    for (change, code) in changes {
        let bank = Bank::new();
        let phone = Phone::new(&bank);
        bank.kept.lock().unwrap().change_challenge = Some(change);
        let device = phone.start();
        assert!(matches!(device.enrol(bank.offer(), stream()).await, Err(AuthenticatorError::Rejected(_))), "{code}");
        assert_eq!(phone.last_code(), Some(code));
        assert_eq!(bank.kept.lock().unwrap().enrolments.len(), 0, "the code of the offer stays on the phone");
        assert_eq!(secret_count(&phone), 1, "only the key of the state");
    }
}

#[tokio::test]
async fn challenge_after_the_end_of_the_metadata_is_rejected() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    // Still valid for the phone's clock, which shows an earlier time than the bank's.
    bank.kept.lock().unwrap().change_metadata = Some(|metadata| {
        metadata.iat = metadata.iat.plus(-100);
        metadata.exp = metadata.iat.plus(100);
    });
    let device = phone.start();
    assert!(matches!(device.enrol(bank.offer(), stream()).await, Err(AuthenticatorError::Rejected(_))));
    assert_eq!(phone.last_code(), Some("expired"));
    assert_eq!(bank.kept.lock().unwrap().enrolments.len(), 0);
}

#[tokio::test]
async fn receipt_of_another_update_settles_nothing() {
    let changes: [fn(&mut Receipt); 2] = [
        |receipt| receipt.message_hash = Digest::of(b"another update"),
        |receipt| receipt.txn = Some(Txn::random().unwrap()),
    ];
    for change in changes {
        let bank = Bank::new();
        let (phone, device) = Phone::enrolled(&bank).await;
        bank.kept.lock().unwrap().change_update_receipt = Some(change);
        assert!(matches!(device.update_push_address(&id(), stream()).await, Err(AuthenticatorError::Rejected(_))));
        assert_eq!(phone.last_code(), Some("receipt"));
        // A receipt with a request must have its hash too, so the second change fails earlier.
        let before = device.enrolments()[0].clone();
        assert!(device.rotate_keys(&id()).await.is_err());
        assert_eq!(device.enrolments()[0].state, before.state);
        assert_eq!(secret_count(&phone), 6, "the old and the new keys wait for the right receipt");
        bank.kept.lock().unwrap().change_update_receipt = None;
        bank.kept.lock().unwrap().receipts.clear();
    }
}

#[tokio::test]
async fn metadata_that_has_expired_does_not_replace_expired_metadata() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    phone.pass(86_401);
    bank.kept.lock().unwrap().change_metadata = Some(|metadata| {
        metadata.iat = metadata.iat.plus(-10);
        metadata.exp = metadata.iat.plus(9);
    });
    let txn = push(&bank, &device, &bank.payment());
    assert!(matches!(approve(&device, &txn).await, Err(AuthenticatorError::Rejected(_))));
    let last = *phone.log.0.lock().unwrap().last().unwrap();
    assert_eq!((last.during, last.code), ("metadata", "expired"), "it is rejected before it is stored");
    let second = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&second, DenyReason::Other).await, Ok(Outcome::Confirmed), "a denial needs no metadata");
    bank.kept.lock().unwrap().change_metadata = None;
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn late_metadata_does_not_replace_newer_metadata() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    phone.pass(86_401);
    let arrives = Arc::new(Notify::new());
    bank.kept.lock().unwrap().delay_metadata = Some(arrives.clone());
    let late = async {
        device.refresh().await.unwrap();
    };
    let newer = async {
        phone.pass(10);
        bank.rotate_signing_key();
        device.refresh().await.unwrap();
        arrives.notify_one();
    };
    tokio::join!(late, newer);
    let calls = bank.kept.lock().unwrap().metadata_calls;
    assert_works(&bank, &device).await;
    assert_eq!(bank.kept.lock().unwrap().metadata_calls, calls, "the newer metadata has the new key");
}
