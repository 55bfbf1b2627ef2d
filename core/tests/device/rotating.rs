//! New DK and EK: what counts when, and that no kill, lost answer or refusal costs an enrolment or a key.

use crate::bank::{Bank, Misdeed};
use crate::phone::{Fault, Phone};
use crate::{approve, push, state_of};
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::receipt;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{KeyStoreError, TransportError};
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Received};

fn id() -> countersign_core::message::claims::EnrolmentId {
    Bank::enrolment_id()
}

/// How many secrets the phone holds: the sealing key and the keys.
fn held(phone: &Phone) -> usize {
    phone.secrets.0.lock().unwrap().len()
}

/// The enrolment works in every way: push, approval by UVK, denial by DK, inbox.
async fn works(bank: &Bank, device: &Authenticator) {
    let txn = push(bank, device, &bank.payment());
    assert_eq!(approve(device, &txn).await, Ok(Outcome::Confirmed));
    let txn = push(bank, device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    assert_eq!(device.refresh().await.unwrap().failed, []);
}

#[tokio::test]
async fn new_keys_replace_dk_and_ek_and_the_old_ones_go_when_nothing_for_them_lives() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    device.rotate_keys(&id()).await.unwrap();
    let new = bank.keys();
    assert!(new.dk != old.dk && new.ek != old.ek && new.uvk == old.uvk);
    works(&bank, &device).await;
    assert_eq!(held(&phone), 6);
    phone.pass(601);
    let device = phone.start();
    device.refresh().await.unwrap();
    assert_eq!(held(&phone), 4);
    works(&bank, &device).await;
    device.rotate_keys(&id()).await.unwrap();
    works(&bank, &device).await;
}

#[tokio::test]
async fn what_was_made_for_the_old_keys_still_comes_and_can_be_answered() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let (first, second) = (push(&bank, &device, &bank.payment()), push(&bank, &device, &bank.payment()));
    let late = bank.payment();
    let late_push = bank.push(&bank.sign(&late));
    let inbox = bank.payment();
    device.rotate_keys(&id()).await.unwrap();
    phone.pass(250);
    device.refresh().await.unwrap();
    assert!(matches!(device.receive(&late_push), Ok(Received::Request(_))), "sealed to the old key");
    bank.kept.lock().unwrap().requests.push(bank.sign(&inbox));
    assert_eq!(device.refresh().await.unwrap().new, std::slice::from_ref(&inbox.txn));
    assert_eq!(approve(&device, &first).await, Ok(Outcome::Confirmed));
    assert_eq!(device.deny(&second, DenyReason::Other).await, Ok(Outcome::Confirmed));
    assert_eq!(approve(&device, &late.txn).await, Ok(Outcome::Confirmed));
    assert_eq!(device.deny(&inbox.txn, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn answers_given_before_reach_the_bank_after() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let unsent = || bank.misbehave(Misdeed::Unreachable);
    let approved = push(&bank, &device, &bank.payment());
    unsent();
    assert_eq!(approve(&device, &approved).await, Ok(Outcome::Queued));
    let denied = push(&bank, &device, &bank.payment());
    unsent();
    assert_eq!(device.deny(&denied, DenyReason::NotMe).await, Ok(Outcome::Queued));
    let taken = push(&bank, &device, &bank.payment());
    bank.misbehave(Misdeed::LoseAnswer);
    assert_eq!(device.deny(&taken, DenyReason::Other).await, Ok(Outcome::Queued));
    device.rotate_keys(&id()).await.unwrap();
    // As long as an answer waits for a receipt that may be addressed to the old key, that key counts.
    phone.pass(250);
    bank.misbehave(Misdeed::Unreachable);
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    phone.pass(600);
    assert_eq!(device.refresh().await.unwrap().failed, []);
    for txn in [&approved, &denied, &taken] {
        assert!(matches!(state_of(&device, txn), EntryState::Settled(_)));
    }
    let decisions = bank.kept.lock().unwrap().decisions.clone();
    let repeated = decisions.iter().filter(|sent| **sent == decisions[0]).count();
    assert_eq!(repeated, 2, "the denial that was taken: byte for byte");
    let receipts = bank.kept.lock().unwrap().receipts.len();
    assert_eq!(receipts, 4, "update, approval, both denials: each counted once");
    device.refresh().await.unwrap();
    assert_eq!(held(&phone), 4);
}

#[tokio::test]
async fn a_lost_receipt_is_asked_for_with_the_new_key_and_pushes_for_the_new_keys_come_before_it() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.misbehave(Misdeed::LoseAnswer);
    let lost = device.rotate_keys(&id()).await;
    assert_eq!(lost, Err(AuthenticatorError::Transport(TransportError::Timeout)));
    drop(device);
    let device = phone.start();
    let txn = push(&bank, &device, &bank.payment());
    // The bank knows the old key no more. The answer finds out, and goes out with the new one.
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    let updates = bank.kept.lock().unwrap().updates.clone();
    assert!(updates.len() > 1 && updates.iter().all(|update| *update == updates[0]), "byte for byte");
    works(&bank, &device).await;
    assert_eq!(bank.kept.lock().unwrap().updates.len(), updates.len(), "asked for no more");
}

#[tokio::test]
async fn an_update_that_was_never_sent_is_sent_by_a_refresh() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    bank.misbehave(Misdeed::Unreachable);
    let unsent = device.rotate_keys(&id()).await;
    assert_eq!(unsent, Err(AuthenticatorError::Transport(TransportError::Unreachable)));
    drop(device);
    let device = phone.start();
    // Meanwhile the old keys count.
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    assert_eq!(bank.keys(), old);
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert!(bank.keys().dk != old.dk);
    works(&bank, &device).await;
}

#[tokio::test]
async fn a_refusal_leaves_the_old_keys_and_deletes_the_new_ones() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    bank.kept.lock().unwrap().update_outcome = Some(receipt::Outcome::Policy);
    let refused = device.rotate_keys(&id()).await;
    assert_eq!(refused, Err(AuthenticatorError::NotAccepted(receipt::Outcome::Policy)));
    assert_eq!((held(&phone), bank.keys()), (4, old.clone()));
    works(&bank, &device).await;
    // Too late: a refresh finds out.
    bank.kept.lock().unwrap().update_outcome = None;
    bank.misbehave(Misdeed::Unreachable);
    assert!(device.rotate_keys(&id()).await.is_err());
    assert_eq!(held(&phone), 6);
    phone.pass(301);
    let failed = device.refresh().await.unwrap().failed;
    assert_eq!(failed[0].error, AuthenticatorError::NotAccepted(receipt::Outcome::Expired));
    assert_eq!((held(&phone), bank.keys()), (4, old));
    works(&bank, &device).await;
    device.rotate_keys(&id()).await.unwrap();
    works(&bank, &device).await;
}

#[tokio::test]
async fn nothing_unsigned_decides_about_keys_but_a_signed_time_after_the_end_does() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let answers = [(403, r#"{"code":"rejected"}"#), (410, "{}"), (413, r#"{"code":"too_large"}"#), (200, "accepted")];
    for (status, body) in answers {
        bank.misbehave(Misdeed::Answer(status, body.into()));
        let told = device.rotate_keys(&id()).await;
        // Refused with the old key, the new one is tried, and it is refused too.
        assert!(told.is_err(), "{status}");
        assert_eq!(held(&phone), 6, "{status}");
        works_on_old(&bank, &device).await;
    }
    phone.pass(301);
    bank.misbehave(Misdeed::Answer(413, r#"{"code":"too_large"}"#.into()));
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    assert_eq!(held(&phone), 4);
    works(&bank, &device).await;
}

/// A push and a denial, without a refresh that would send the update.
async fn works_on_old(bank: &Bank, device: &Authenticator) {
    let txn = push(bank, device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn a_key_store_that_answers_nonsense_leaves_the_old_keys() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let faults = [
        Fault::AgreesOther,
        Fault::AgreesNot(KeyStoreError::Locked),
        Fault::SignsOther,
        Fault::FirstAgain,
        Fault::LastAgain,
        Fault::Full(3),
        Fault::Full(4),
    ];
    for fault in faults {
        phone.faults.made.lock().unwrap().truncate(3);
        phone.faults.set(fault);
        let refused = device.rotate_keys(&id()).await;
        assert!(matches!(refused, Err(AuthenticatorError::KeyStore(_))), "{refused:?}");
        assert_eq!(held(&phone), 4);
    }
    phone.faults.clear();
    assert!(bank.kept.lock().unwrap().updates.is_empty());
    works(&bank, &device).await;
}

#[tokio::test]
async fn only_an_active_enrolment_rotates_and_its_end_takes_all_keys() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    device.rotate_keys(&id()).await.unwrap();
    bank.misbehave(Misdeed::Unreachable);
    assert!(device.rotate_keys(&id()).await.is_err());
    assert_eq!(held(&phone), 8, "present, coming and replaced ones");
    for state in [EnrolmentState::Suspended, EnrolmentState::Revoked] {
        let status = bank.push(&bank.sign(&bank.status(state)));
        device.receive(&status).unwrap_or_else(|error| panic!("{error}"));
        if state == EnrolmentState::Suspended {
            bank.kept.lock().unwrap().update_outcome = Some(receipt::Outcome::Policy);
            let refused = device.rotate_keys(&id()).await;
            assert_eq!(refused, Err(AuthenticatorError::NotAccepted(receipt::Outcome::Policy)));
            assert_eq!(device.rotate_keys(&id()).await, Err(AuthenticatorError::NotActive(state)));
            assert_eq!(held(&phone), 6);
        }
    }
    device.refresh().await.unwrap();
    assert_eq!(held(&phone), 1);
    assert_eq!(device.rotate_keys(&id()).await, Err(AuthenticatorError::NotActive(EnrolmentState::Revoked)));
}
