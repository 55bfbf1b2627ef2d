//! The bank rotates its signing key to the pinned next key.

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, push, state_of};
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::TransportError;
use countersign_core::{AuthenticatorError, Outcome, Received, Rejected};

#[tokio::test]
async fn push_by_unknown_server_key_is_recovered_by_refresh() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.rotate_signing_key();
    let request = bank.payment();
    let sealed = bank.push(&bank.sign(&request));
    assert!(device.receive(&sealed).is_err(), "a push brings no key");
    assert_eq!(phone.last_code(), Some("kid"));
    bank.kept.lock().unwrap().requests.push(bank.sign(&request));
    assert_eq!(device.refresh().await.unwrap().new, std::slice::from_ref(&request.txn));
    assert!(matches!(device.receive(&bank.push(&bank.sign(&bank.payment()))), Ok(Received::Request(_))));
    assert_eq!(approve(&device, &request.txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn fetch_refreshes_metadata_for_unknown_server_key() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    bank.rotate_signing_key();
    let request = bank.payment();
    bank.kept.lock().unwrap().requests.push(bank.sign(&request));
    let fetched = device.fetch(&Bank::enrolment_id(), &request.txn).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(*fetched.txn(), request.txn);
    assert_eq!(approve(&device, &request.txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn receipt_by_rotated_server_key_is_accepted() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.rotate_signing_key();
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    bank.rotate_signing_key();
    let id = Bank::enrolment_id();
    device.update_push_address(&id, PushAddress { kind: PushKind::None, token: None }).await.unwrap();
    assert_eq!(device.unenrol(&id).await, Ok(()));
}

#[tokio::test]
async fn decision_is_queued_while_metadata_is_unreachable() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.rotate_signing_key();
    bank.kept.lock().unwrap().lose_metadata = true;
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    let failed = device.refresh().await.unwrap().failed;
    assert_eq!(failed[0].error, AuthenticatorError::Transport(TransportError::Unreachable));
    bank.kept.lock().unwrap().lose_metadata = false;
    drop(device);
    let device = phone.start();
    assert!(device.refresh().await.unwrap().failed.is_empty());
    assert!(matches!(state_of(&device, &txn), EntryState::Settled(_)));
}

#[tokio::test]
async fn server_key_without_pinned_predecessor_is_rejected() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    bank.rotate_signing_key();
    bank.rotate_signing_key();
    let before = phone.state.bytes.lock().unwrap().clone();
    for failed in device.refresh().await.unwrap().failed {
        assert_eq!(failed.error, AuthenticatorError::Rejected(Rejected));
    }
    assert_eq!(phone.last_code(), Some("kid"));
    assert_eq!(*phone.state.bytes.lock().unwrap(), before);
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
    assert!(matches!(state_of(&device, &txn), EntryState::Queued(_)));
}

#[tokio::test]
async fn metadata_of_an_earlier_epoch_is_rejected() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.rotate_signing_key();
    assert!(device.refresh().await.unwrap().failed.is_empty());
    bank.rotate_signing_key();
    bank.kept.lock().unwrap().epoch = Some(1);
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    assert_eq!(phone.last_code(), Some("epoch"));
    bank.kept.lock().unwrap().epoch = None;
    assert!(device.refresh().await.unwrap().failed.is_empty());
}

#[tokio::test]
async fn expired_metadata_is_refreshed_with_the_inbox() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let fetched = || bank.kept.lock().unwrap().metadata_calls;
    assert_eq!((device.refresh().await.unwrap().failed, fetched()), (vec![], 1));
    phone.pass(86_400);
    assert_eq!((device.refresh().await.unwrap().failed, fetched()), (vec![], 1), "valid in its last second");
    phone.pass(1);
    bank.kept.lock().unwrap().lose_metadata = true;
    let request = bank.payment();
    bank.kept.lock().unwrap().requests.push(bank.sign(&request));
    assert_eq!(device.refresh().await.unwrap().new, [request.txn], "what fails keeps nothing back");
    assert_eq!((phone.last_code(), fetched()), (Some("not_renewed"), 2));
    bank.kept.lock().unwrap().lose_metadata = false;
    device.refresh().await.unwrap();
    device.refresh().await.unwrap();
    assert_eq!(fetched(), 3);
}

#[tokio::test]
async fn approval_needs_unexpired_metadata() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    phone.pass(86_401);
    bank.kept.lock().unwrap().lose_metadata = true;
    let txn = push(&bank, &device, &bank.payment());
    let unreachable = Err(AuthenticatorError::Transport(TransportError::Unreachable));
    assert_eq!(approve(&device, &txn).await, unreachable);
    assert!(matches!(state_of(&device, &txn), EntryState::Pending), "it waits");
    let second = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&second, DenyReason::NotMe).await, Ok(Outcome::Confirmed), "a denial needs no metadata");
    bank.kept.lock().unwrap().lose_metadata = false;
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn request_signed_by_withdrawn_key_is_not_approved() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    phone.pass(86_401);
    let txn = push(&bank, &device, &bank.payment());
    bank.rotate_signing_key();
    assert_eq!(approve(&device, &txn).await, Err(AuthenticatorError::Rejected(Rejected)));
    assert_eq!(phone.last_code(), Some("kid"));
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
}
