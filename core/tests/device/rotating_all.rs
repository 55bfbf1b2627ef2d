//! Rotation of all keys with a new UVK: the user is verified twice, no approval uses a key that may
//! not count, and no kill, lost response, rejection or closed prompt costs an enrolment or a key.

use std::sync::Arc;

use crate::bank::{Bank, BankFault};
use crate::key_store::Failure;
use crate::phone::Phone;
use crate::{approve, assert_works, id, push, secret_count, state_of};
use countersign_core::details::DetailTypes;
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::receipt;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{KeyStoreError, PromptPurpose, TransportError};
use countersign_core::{Authenticator, AuthenticatorError, Outcome};

/// A phone whose update with all new keys was not delivered, or whose receipt was lost.
async fn on_the_way(fault: BankFault) -> (Arc<Bank>, Phone, Authenticator) {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.fail_next(fault);
    assert!(matches!(device.rotate_all_keys(&id()).await, Err(AuthenticatorError::Transport(_))));
    (bank, phone, device)
}

#[tokio::test]
async fn rotation_of_all_keys_prompts_twice_and_deletes_old_uvk() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    assert_works(&bank, &device).await;
    let before = phone.presence.1.lock().unwrap().len();
    let old = bank.keys();
    device.rotate_all_keys(&id()).await.unwrap();
    let prompts = phone.presence.1.lock().unwrap().split_off(before);
    assert_eq!(prompts.len(), 2);
    assert!(prompts.iter().all(|prompt| prompt.purpose == PromptPurpose::ReplaceKeys));
    assert!(prompts.iter().all(|prompt| prompt.issuer_name == "Example Bank"));
    let new = bank.keys();
    assert!(new.dk != old.dk && new.ek != old.ek && new.uvk != old.uvk);
    assert_eq!(secret_count(&phone), 6, "three new ones, and DK and EK of before for what is on its way");
    assert_works(&bank, &device).await;
    phone.pass(601);
    let device = phone.start();
    assert_works(&bank, &device).await;
    assert_eq!(secret_count(&phone), 4);
    // Approvals and denials with the old and the new keys: one history, each with the key that
    // signed it.
    let evidence = device.evidence_of(&id()).unwrap().unwrap();
    let history = evidence.verify(&DetailTypes::default()).unwrap().history.unwrap();
    assert_eq!((history.earlier(), history.entries.len(), history.withheld()), (0, 6, 0));
}

#[tokio::test]
async fn pending_request_is_approved_with_replaced_uvk() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let [approved, denied, kept] = [(); 3].map(|()| push(&bank, &device, &bank.payment()));
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&kept, DenyReason::NotMe).await, Ok(Outcome::Queued));
    device.rotate_all_keys(&id()).await.unwrap();
    assert_eq!(approve(&device, &approved).await, Ok(Outcome::Confirmed));
    assert_eq!(device.deny(&denied, DenyReason::Other).await, Ok(Outcome::Confirmed));
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert!(matches!(state_of(&device, &kept), EntryState::Settled(_)), "signed anew by the new DK");
}

#[tokio::test]
async fn queued_approval_is_sent_before_uvk_rotation_begins() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    for fault in [BankFault::Unreachable, BankFault::LoseResponse] {
        let waits = push(&bank, &device, &bank.payment());
        bank.fail_next(fault);
        assert_eq!(approve(&device, &waits).await, Ok(Outcome::Queued));
        let asked = phone.presence.1.lock().unwrap().len();
        for fault in [BankFault::Unreachable, BankFault::Respond(403, r#"{"code":"rejected"}"#.into())] {
            bank.fail_next(fault);
            assert_eq!(device.rotate_all_keys(&id()).await, Err(AuthenticatorError::RotationConflict));
            assert_eq!(
                (secret_count(&phone), bank.keys(), bank.kept.lock().unwrap().updates.len()),
                (4, old.clone(), 0)
            );
            assert_eq!(phone.presence.1.lock().unwrap().len(), asked, "nobody was prompted");
        }
        assert_eq!(device.refresh().await.unwrap().failed, []);
        assert!(matches!(state_of(&device, &waits), EntryState::Settled(_)));
    }
    let waits = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(approve(&device, &waits).await, Ok(Outcome::Queued));
    device.rotate_all_keys(&id()).await.unwrap();
    assert!(matches!(state_of(&device, &waits), EntryState::Settled(_)));
    assert!(bank.keys().uvk != old.uvk);
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn waiting_uvk_rotation_delays_approvals_but_not_denials() {
    let (bank, phone, device) = on_the_way(BankFault::Unreachable).await;
    let (approved, denied) = (push(&bank, &device, &bank.payment()), push(&bank, &device, &bank.payment()));
    let asked = phone.presence.1.lock().unwrap().len();
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(approve(&device, &approved).await, Err(AuthenticatorError::RotationConflict));
    assert_eq!(phone.presence.1.lock().unwrap().len(), asked, "nobody was prompted");
    assert_eq!(state_of(&device, &approved), EntryState::Pending);
    assert_eq!(device.deny(&denied, DenyReason::Other).await, Ok(Outcome::Confirmed));
    let old = bank.keys();
    assert_eq!(approve(&device, &approved).await, Ok(Outcome::Confirmed));
    assert!(bank.keys().uvk != old.uvk);
    assert_works(&bank, &device).await;
    assert_eq!(secret_count(&phone), 6);
}

#[tokio::test]
async fn lost_receipt_of_all_keys_is_fetched_with_the_new_dk() {
    let (bank, phone, device) = on_the_way(BankFault::LoseResponse).await;
    drop(device);
    let device = phone.start();
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    let updates = bank.kept.lock().unwrap().updates.clone();
    assert!(updates.len() > 1 && updates.iter().all(|update| *update == updates[0]), "byte for byte");
    assert_works(&bank, &device).await;
    assert_eq!((bank.kept.lock().unwrap().updates.len(), secret_count(&phone)), (updates.len(), 6));
}

#[tokio::test]
async fn either_rotation_call_finishes_a_waiting_rotation() {
    let (bank, _phone, device) = on_the_way(BankFault::Unreachable).await;
    let old = bank.keys();
    device.rotate_keys(&id()).await.unwrap();
    let new = bank.keys();
    assert!(new.uvk != old.uvk);
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(
        device.rotate_keys(&id()).await,
        Err(AuthenticatorError::Transport(TransportError::Unreachable)),
        "DK and EK wait"
    );
    device.rotate_all_keys(&id()).await.unwrap();
    assert!(bank.keys().uvk != new.uvk);
    assert_eq!(bank.kept.lock().unwrap().receipts.len(), 3);
    let (bank, _phone, device) = on_the_way(BankFault::LoseResponse).await;
    device.rotate_all_keys(&id()).await.unwrap();
    assert_eq!(bank.kept.lock().unwrap().receipts.len(), 1, "finished, and not begun again");
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn expired_rotation_of_all_keys_keeps_old_keys() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    bank.kept.lock().unwrap().update_outcome = Some(receipt::Outcome::Policy);
    let result = device.rotate_all_keys(&id()).await;
    assert_eq!(result, Err(AuthenticatorError::NotAccepted(receipt::Outcome::Policy)));
    assert_eq!((secret_count(&phone), bank.keys()), (4, old.clone()));
    assert_works(&bank, &device).await;
    bank.kept.lock().unwrap().update_outcome = None;
    bank.fail_next(BankFault::Unreachable);
    assert!(device.rotate_all_keys(&id()).await.is_err());
    assert_eq!(secret_count(&phone), 7);
    // It is too late. The approval checks the state of the update and is signed with the old key.
    phone.pass(301);
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    assert_eq!((secret_count(&phone), bank.keys()), (4, old));
    device.rotate_all_keys(&id()).await.unwrap();
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn failed_prompt_or_invalidated_key_keeps_the_old_keys() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    let reasons = [KeyStoreError::Cancelled, KeyStoreError::NotVerified, KeyStoreError::Invalidated];
    // The keys in the order of creation: DK, UVK, EK, then the new ones.
    for (at, reason) in [1, 4].into_iter().flat_map(|at| reasons.clone().map(|reason| (at, reason))) {
        phone.faults.made.lock().unwrap().truncate(3);
        phone.faults.set(Failure::FailsToSign(at, reason.clone()));
        assert_eq!(device.rotate_all_keys(&id()).await, Err(AuthenticatorError::KeyStore(reason)), "{at}");
        assert_eq!((secret_count(&phone), bank.keys()), (4, old.clone()), "{at}");
        phone.faults.clear();
        assert_works(&bank, &device).await;
    }
    assert!(bank.kept.lock().unwrap().updates.is_empty());
    // The UVK is invalidated. Operations without it continue until the bank makes a new offer.
    phone.faults.set(Failure::FailsToSign(1, KeyStoreError::Invalidated));
    assert_eq!(device.rotate_all_keys(&id()).await, Err(AuthenticatorError::KeyStore(KeyStoreError::Invalidated)));
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    device.rotate_keys(&id()).await.unwrap();
    assert_eq!(bank.keys().uvk, old.uvk);
}

#[tokio::test]
async fn uvk_that_verifies_nobody_replaces_no_key() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    phone.faults.set(Failure::VerifiesNobody);
    let result = device.rotate_all_keys(&id()).await;
    assert_eq!(result, Err(AuthenticatorError::KeyStore(KeyStoreError::NoVerification)));
    assert_eq!((secret_count(&phone), bank.keys()), (4, old));
    assert!(bank.kept.lock().unwrap().updates.is_empty());
    // Keys without user verification may say that they verify nobody.
    device.rotate_keys(&id()).await.unwrap();
    phone.faults.clear();
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn revocation_during_rotation_of_all_keys_deletes_all_keys() {
    let (bank, phone, device) = on_the_way(BankFault::Unreachable).await;
    assert_eq!(secret_count(&phone), 7);
    let status = bank.push(&bank.sign(&bank.status(EnrolmentState::Revoked)));
    device.receive(&status).unwrap_or_else(|error| panic!("{error}"));
    device.refresh().await.unwrap();
    assert_eq!(secret_count(&phone), 1);
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let status = bank.push(&bank.sign(&bank.status(EnrolmentState::Suspended)));
    device.receive(&status).unwrap_or_else(|error| panic!("{error}"));
    let result = device.rotate_all_keys(&id()).await;
    assert_eq!(result, Err(AuthenticatorError::NotActive(EnrolmentState::Suspended)));
    assert_eq!(secret_count(&phone), 4);
}
