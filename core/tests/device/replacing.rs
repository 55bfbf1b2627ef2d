//! New keys with another UVK: the user agrees twice, nothing is approved by a key that may count no more, and no kill, lost answer,
//! refusal or closed prompt costs an enrolment or a key.

use std::sync::Arc;

use crate::bank::{Bank, Misdeed};
use crate::phone::{Fault, Phone};
use crate::{approve, push, state_of};
use countersign_core::details::DetailTypes;
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::receipt;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{KeyStoreError, PromptPurpose, TransportError};
use countersign_core::{Authenticator, AuthenticatorError, Outcome};

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

/// A phone whose update with all new keys did not get through, or whose receipt was lost.
async fn on_the_way(misdeed: Misdeed) -> (Arc<Bank>, Phone, Authenticator) {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.misbehave(misdeed);
    assert!(matches!(device.rotate_all_keys(&id()).await, Err(AuthenticatorError::Transport(_))));
    (bank, phone, device)
}

#[tokio::test]
async fn all_three_keys_are_replaced_under_two_prompts_and_the_old_uvk_goes_at_once() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    works(&bank, &device).await;
    let before = phone.presence.1.lock().unwrap().len();
    let old = bank.keys();
    device.rotate_all_keys(&id()).await.unwrap();
    let prompts = phone.presence.1.lock().unwrap().split_off(before);
    assert_eq!(prompts.len(), 2);
    assert!(prompts.iter().all(|prompt| prompt.purpose == PromptPurpose::ReplaceKeys));
    assert!(prompts.iter().all(|prompt| prompt.issuer_name == "Example Bank"));
    let new = bank.keys();
    assert!(new.dk != old.dk && new.ek != old.ek && new.uvk != old.uvk);
    assert_eq!(held(&phone), 6, "three new ones, and DK and EK of before for what is on its way");
    works(&bank, &device).await;
    phone.pass(601);
    let device = phone.start();
    works(&bank, &device).await;
    assert_eq!(held(&phone), 4);
    // Approvals and denials by the keys of before and of now: one history, each with the key that signed it.
    let evidence = device.evidence_of(&id()).unwrap().unwrap();
    assert_eq!(evidence.verify(&DetailTypes::default()).unwrap().len(), 6);
}

#[tokio::test]
async fn what_was_asked_before_is_approved_by_the_new_key_and_denials_go_on() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let [approved, denied, kept] = [(); 3].map(|()| push(&bank, &device, &bank.payment()));
    bank.misbehave(Misdeed::Unreachable);
    assert_eq!(device.deny(&kept, DenyReason::NotMe).await, Ok(Outcome::Queued));
    device.rotate_all_keys(&id()).await.unwrap();
    assert_eq!(approve(&device, &approved).await, Ok(Outcome::Confirmed));
    assert_eq!(device.deny(&denied, DenyReason::Other).await, Ok(Outcome::Confirmed));
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert!(matches!(state_of(&device, &kept), EntryState::Settled(_)), "signed anew by the new DK");
}

#[tokio::test]
async fn an_approval_that_waits_goes_first_and_holds_new_keys_back_until_it_is_there() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    for misdeed in [Misdeed::Unreachable, Misdeed::LoseAnswer] {
        let waits = push(&bank, &device, &bank.payment());
        bank.misbehave(misdeed);
        assert_eq!(approve(&device, &waits).await, Ok(Outcome::Queued));
        let asked = phone.presence.1.lock().unwrap().len();
        for misdeed in [Misdeed::Unreachable, Misdeed::Answer(403, r#"{"code":"rejected"}"#.into())] {
            bank.misbehave(misdeed);
            assert_eq!(device.rotate_all_keys(&id()).await, Err(AuthenticatorError::Unsettled));
            assert_eq!((held(&phone), bank.keys(), bank.kept.lock().unwrap().updates.len()), (4, old.clone(), 0));
            assert_eq!(phone.presence.1.lock().unwrap().len(), asked, "nobody was prompted");
        }
        assert_eq!(device.refresh().await.unwrap().failed, []);
        assert!(matches!(state_of(&device, &waits), EntryState::Settled(_)));
    }
    let waits = push(&bank, &device, &bank.payment());
    bank.misbehave(Misdeed::Unreachable);
    assert_eq!(approve(&device, &waits).await, Ok(Outcome::Queued));
    device.rotate_all_keys(&id()).await.unwrap();
    assert!(matches!(state_of(&device, &waits), EntryState::Settled(_)));
    assert!(bank.keys().uvk != old.uvk);
    works(&bank, &device).await;
}

#[tokio::test]
async fn while_new_keys_wait_a_denial_is_given_and_an_approval_only_once_they_are_settled() {
    let (bank, phone, device) = on_the_way(Misdeed::Unreachable).await;
    let (approved, denied) = (push(&bank, &device, &bank.payment()), push(&bank, &device, &bank.payment()));
    let asked = phone.presence.1.lock().unwrap().len();
    bank.misbehave(Misdeed::Unreachable);
    assert_eq!(approve(&device, &approved).await, Err(AuthenticatorError::Unsettled));
    assert_eq!(phone.presence.1.lock().unwrap().len(), asked, "nobody was prompted");
    assert_eq!(state_of(&device, &approved), EntryState::Pending);
    assert_eq!(device.deny(&denied, DenyReason::Other).await, Ok(Outcome::Confirmed));
    let old = bank.keys();
    assert_eq!(approve(&device, &approved).await, Ok(Outcome::Confirmed));
    assert!(bank.keys().uvk != old.uvk);
    works(&bank, &device).await;
    assert_eq!(held(&phone), 6);
}

#[tokio::test]
async fn a_lost_receipt_is_asked_for_with_the_new_dk_and_the_same_bytes() {
    let (bank, phone, device) = on_the_way(Misdeed::LoseAnswer).await;
    drop(device);
    let device = phone.start();
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    let updates = bank.kept.lock().unwrap().updates.clone();
    assert!(updates.len() > 1 && updates.iter().all(|update| *update == updates[0]), "byte for byte");
    works(&bank, &device).await;
    assert_eq!((bank.kept.lock().unwrap().updates.len(), held(&phone)), (updates.len(), 6));
}

#[tokio::test]
async fn either_call_finishes_what_the_other_began() {
    let (bank, _phone, device) = on_the_way(Misdeed::Unreachable).await;
    let old = bank.keys();
    device.rotate_keys(&id()).await.unwrap();
    let new = bank.keys();
    assert!(new.uvk != old.uvk);
    bank.misbehave(Misdeed::Unreachable);
    assert_eq!(
        device.rotate_keys(&id()).await,
        Err(AuthenticatorError::Transport(TransportError::Unreachable)),
        "DK and EK wait"
    );
    device.rotate_all_keys(&id()).await.unwrap();
    assert!(bank.keys().uvk != new.uvk);
    assert_eq!(bank.kept.lock().unwrap().receipts.len(), 3);
    let (bank, _phone, device) = on_the_way(Misdeed::LoseAnswer).await;
    device.rotate_all_keys(&id()).await.unwrap();
    assert_eq!(bank.kept.lock().unwrap().receipts.len(), 1, "finished, and not begun again");
    works(&bank, &device).await;
}

#[tokio::test]
async fn a_refusal_leaves_the_old_keys_and_deletes_all_new_ones() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    bank.kept.lock().unwrap().update_outcome = Some(receipt::Outcome::Policy);
    let refused = device.rotate_all_keys(&id()).await;
    assert_eq!(refused, Err(AuthenticatorError::NotAccepted(receipt::Outcome::Policy)));
    assert_eq!((held(&phone), bank.keys()), (4, old.clone()));
    works(&bank, &device).await;
    bank.kept.lock().unwrap().update_outcome = None;
    bank.misbehave(Misdeed::Unreachable);
    assert!(device.rotate_all_keys(&id()).await.is_err());
    assert_eq!(held(&phone), 7);
    // Too late: the approval asks what became of them, and goes out by the old key.
    phone.pass(301);
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    assert_eq!((held(&phone), bank.keys()), (4, old));
    device.rotate_all_keys(&id()).await.unwrap();
    works(&bank, &device).await;
}

#[tokio::test]
async fn a_prompt_that_ends_or_a_key_that_is_gone_leaves_the_old_keys_and_nothing_else() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    let reasons = [KeyStoreError::Cancelled, KeyStoreError::NotVerified, KeyStoreError::Invalidated];
    // The keys in the order in which they were made: DK, UVK, EK, then the new ones.
    for (at, reason) in [1, 4].into_iter().flat_map(|at| reasons.clone().map(|reason| (at, reason))) {
        phone.faults.made.lock().unwrap().truncate(3);
        phone.faults.set(Fault::SignsNot(at, reason.clone()));
        assert_eq!(device.rotate_all_keys(&id()).await, Err(AuthenticatorError::KeyStore(reason)), "{at}");
        assert_eq!((held(&phone), bank.keys()), (4, old.clone()), "{at}");
        phone.faults.clear();
        works(&bank, &device).await;
    }
    assert!(bank.kept.lock().unwrap().updates.is_empty());
    // An invalidated UVK: what needs none goes on until the bank makes a new offer.
    phone.faults.set(Fault::SignsNot(1, KeyStoreError::Invalidated));
    assert_eq!(device.rotate_all_keys(&id()).await, Err(AuthenticatorError::KeyStore(KeyStoreError::Invalidated)));
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    device.rotate_keys(&id()).await.unwrap();
    assert_eq!(bank.keys().uvk, old.uvk);
}

#[tokio::test]
async fn a_key_store_that_answers_nonsense_leaves_the_old_three() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let faults = [
        Fault::AgreesOther,
        Fault::SignsOther,
        Fault::FirstAgain,
        Fault::LastAgain,
        Fault::LastPublic,
        Fault::Full(4),
        Fault::Full(5),
    ];
    for fault in faults {
        phone.faults.made.lock().unwrap().truncate(3);
        phone.faults.set(fault);
        let refused = device.rotate_all_keys(&id()).await;
        assert!(matches!(refused, Err(AuthenticatorError::KeyStore(_))), "{refused:?}");
    }
    phone.faults.clear();
    assert!(bank.kept.lock().unwrap().updates.is_empty());
    works(&bank, &device).await;
}

#[tokio::test]
async fn only_an_active_enrolment_begins_and_its_end_takes_all_keys() {
    let (bank, phone, device) = on_the_way(Misdeed::Unreachable).await;
    assert_eq!(held(&phone), 7);
    let status = bank.push(&bank.sign(&bank.status(EnrolmentState::Revoked)));
    device.receive(&status).unwrap_or_else(|error| panic!("{error}"));
    device.refresh().await.unwrap();
    assert_eq!(held(&phone), 1);
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let status = bank.push(&bank.sign(&bank.status(EnrolmentState::Suspended)));
    device.receive(&status).unwrap_or_else(|error| panic!("{error}"));
    let refused = device.rotate_all_keys(&id()).await;
    assert_eq!(refused, Err(AuthenticatorError::NotActive(EnrolmentState::Suspended)));
    assert_eq!(held(&phone), 4);
}
