//! The bank's signing key rolls over: to the one that was pinned beside it.

use crate::bank::{Bank, Misdeed};
use crate::phone::Phone;
use crate::{approve, push, state_of};
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::TransportError;
use countersign_core::{AuthenticatorError, Outcome, Received, Rejected};

#[tokio::test]
async fn a_push_by_the_next_key_is_rejected_and_a_refresh_gets_its_request() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.roll();
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
async fn a_fetch_renews_the_metadata_too() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    bank.roll();
    let request = bank.payment();
    bank.kept.lock().unwrap().requests.push(bank.sign(&request));
    let fetched = device.fetch(&Bank::enrolment_id(), &request.txn).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(*fetched.txn(), request.txn);
    assert_eq!(approve(&device, &request.txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn receipts_by_the_next_key_count() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.roll();
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    bank.roll();
    let id = Bank::enrolment_id();
    device.update_push_address(&id, PushAddress { kind: PushKind::None, token: None }).await.unwrap();
    assert_eq!(device.unenrol(&id).await, Ok(()));
}

#[tokio::test]
async fn without_the_metadata_an_answer_waits() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.roll();
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
async fn a_phone_that_missed_two_keys_trusts_neither_and_loses_nothing() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.misbehave(Misdeed::Unreachable);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    bank.roll();
    bank.roll();
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
async fn metadata_of_an_epoch_before_is_a_roll_back() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.roll();
    assert!(device.refresh().await.unwrap().failed.is_empty());
    bank.roll();
    bank.kept.lock().unwrap().epoch = Some(1);
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    assert_eq!(phone.last_code(), Some("epoch"));
    bank.kept.lock().unwrap().epoch = None;
    assert!(device.refresh().await.unwrap().failed.is_empty());
}

#[tokio::test]
async fn metadata_whose_time_is_over_is_renewed_by_a_refresh() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let fetched = || bank.kept.lock().unwrap().metadata_calls;
    assert_eq!((device.refresh().await.unwrap().failed, fetched()), (vec![], 1));
    phone.pass(86_401);
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
async fn nothing_is_approved_under_metadata_that_has_ended() {
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
async fn what_a_withdrawn_key_signed_is_not_approved() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    phone.pass(86_401);
    let txn = push(&bank, &device, &bank.payment());
    bank.roll();
    assert_eq!(approve(&device, &txn).await, Err(AuthenticatorError::Rejected(Rejected)));
    assert_eq!(phone.last_code(), Some("kid"));
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
}
