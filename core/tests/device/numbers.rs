//! A restored older state, or a copy of the phone: what the phone detects, and what it may still
//! do.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use countersign_core::jose::base64url;
use countersign_core::message::claims::Txn;
use countersign_core::message::decision::{Decision, DenyReason};
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::number::Number;
use countersign_core::message::status::EnrolmentState;
use countersign_core::message::update::Update;
use countersign_core::message::{open, receipt};
use countersign_core::platform::KeyStoreError;
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Rejected};

use crate::bank::{Bank, BankFault};
use crate::fuse::once;
use crate::phone::Phone;
use crate::{approve, push};

fn stored(phone: &Phone) -> Option<Vec<u8>> {
    phone.state.bytes.lock().unwrap().clone()
}

/// Starts the same phone again, with its keys and a separate state.
fn copy(bank: &Arc<Bank>, phone: &Phone, state: Option<Vec<u8>>) -> (Phone, Authenticator) {
    let copy = Phone { secrets: phone.secrets.clone(), ..Phone::new(bank) };
    *copy.state.bytes.lock().unwrap() = state;
    let device = copy.start();
    (copy, device)
}

/// Stops the phone, restores this older state and starts the phone again.
fn rolled_back(phone: &Phone, device: Authenticator, old: Option<Vec<u8>>) -> Authenticator {
    drop(device);
    *phone.state.bytes.lock().unwrap() = old;
    phone.start()
}

async fn decide(bank: &Bank, device: &Authenticator) -> Result<Outcome, AuthenticatorError> {
    let txn: Txn = push(bank, device, &bank.payment());
    approve(device, &txn).await
}

/// Returns the numbers of the decisions that arrived, including repetitions.
fn numbers(bank: &Bank) -> Vec<u64> {
    let keys = bank.keys();
    let signed_by = |kid| [&keys.uvk, &keys.dk].into_iter().find(|key| key.thumbprint() == kid);
    let kept = bank.kept.lock().unwrap();
    kept.decisions.iter().map(|jws| open::<Decision>(jws, signed_by).unwrap().message.number.get()).collect()
}

fn rollback_detected(device: &Authenticator) -> bool {
    device.enrolments().iter().any(|enrolment| enrolment.rollback_detected_at.is_some())
}

const NUMBER_USED: Result<Outcome, AuthenticatorError> = Ok(Outcome::Failed(receipt::Outcome::NumberUsed));

#[tokio::test]
async fn messages_are_numbered_in_order_and_repeats_keep_theirs() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Confirmed));
    bank.fail_next(BankFault::LoseResponse);
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Queued));
    drop(device);
    let device = phone.start();
    assert!(device.refresh().await.unwrap().failed.is_empty());
    let push = PushAddress { kind: PushKind::None, token: None };
    device.update_push_address(&Bank::enrolment_id(), push).await.unwrap();
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Confirmed));
    assert_eq!(numbers(&bank), [1, 2, 2, 4], "3 was the update's");
    let update = bank.kept.lock().unwrap().updates[0].clone();
    let dk = bank.keys().dk;
    assert_eq!(open::<Update>(&update, |_| Some(&dk)).unwrap().message.number.get(), 3);
    assert!(!rollback_detected(&device));
}

#[tokio::test]
async fn concurrent_decisions_have_distinct_numbers() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let (one, two) = (push(&bank, &device, &bank.payment()), push(&bank, &device, &bank.payment()));
    let (first, second) = tokio::join!(approve(&device, &one), device.deny(&two, DenyReason::Other));
    assert_eq!((first, second), (Ok(Outcome::Confirmed), Ok(Outcome::Confirmed)));
    // A number without a signed message is skipped.
    *phone.presence.0.lock().unwrap() = Some(KeyStoreError::Cancelled);
    assert!(decide(&bank, &device).await.is_err());
    *phone.presence.0.lock().unwrap() = None;
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Confirmed));
    let mut numbers = numbers(&bank);
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 4]);
    device.refresh().await.unwrap();
    assert!(!rollback_detected(&device));
}

#[tokio::test]
async fn rollback_is_detected_by_inbox_and_device_continues() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = stored(&phone);
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Confirmed));
    let device = rolled_back(&phone, device, old);
    assert!(!rollback_detected(&device), "nothing on the phone tells");
    phone.pass(5);
    device.refresh().await.unwrap();
    assert_eq!(device.enrolments()[0].rollback_detected_at, Some(bank.now()));
    assert_eq!(phone.last_code(), Some("rollback_detected"));
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Confirmed));
    assert_eq!(numbers(&bank), [1, 2]);
    // The mark remains, and a refresh without news does not change it.
    phone.pass(5);
    device.refresh().await.unwrap();
    assert_eq!(phone.start().enrolments()[0].rollback_detected_at, Some(bank.now().plus(-5)));
}

#[tokio::test]
async fn approval_after_rollback_suspends_and_denial_still_works() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = stored(&phone);
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Confirmed));
    let device = rolled_back(&phone, device, old);
    assert_eq!(decide(&bank, &device).await, NUMBER_USED);
    assert_eq!((device.enrolments()[0].state, rollback_detected(&device)), (EnrolmentState::Suspended, true));
    assert_eq!(phone.last_code(), Some("rollback_detected"));
    assert_eq!(decide(&bank, &device).await, Err(AuthenticatorError::NotActive(EnrolmentState::Suspended)));
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    assert_eq!(numbers(&bank), [1, 1, 2]);
}

#[tokio::test]
async fn update_after_rollback_is_not_accepted() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = stored(&phone);
    let address = || PushAddress { kind: PushKind::None, token: None };
    device.update_push_address(&Bank::enrolment_id(), address()).await.unwrap();
    let device = rolled_back(&phone, device, old.clone());
    let actual = device.update_push_address(&Bank::enrolment_id(), address()).await;
    assert_eq!(actual, Err(AuthenticatorError::NotAccepted(receipt::Outcome::NumberUsed)));
    assert_eq!((device.enrolments()[0].state, rollback_detected(&device)), (EnrolmentState::Suspended, true));
    let device = rolled_back(&phone, device, old);
    let keys = bank.keys();
    let actual = device.rotate_keys(&Bank::enrolment_id()).await;
    assert_eq!(actual, Err(AuthenticatorError::NotAccepted(receipt::Outcome::NumberUsed)));
    assert_eq!((bank.keys(), rollback_detected(&device)), (keys, true), "the new keys go");
    device.unenrol(&Bank::enrolment_id()).await.unwrap();
}

#[tokio::test]
async fn copy_that_reuses_a_number_is_suspended() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let (_copied, copy) = copy(&bank, &phone, stored(&phone));
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Confirmed));
    assert_eq!(decide(&bank, &copy).await, NUMBER_USED);
    device.refresh().await.unwrap();
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Suspended, "and so is the other");
}

#[tokio::test]
async fn alternating_copies_detect_each_other() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let (_copied, copy) = copy(&bank, &phone, stored(&phone));
    assert_eq!(decide(&bank, &copy).await, Ok(Outcome::Confirmed));
    device.refresh().await.unwrap();
    assert!(rollback_detected(&device) && !rollback_detected(&copy));
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Confirmed));
    copy.refresh().await.unwrap();
    assert!(rollback_detected(&copy));
    assert_eq!(decide(&bank, &copy).await, Ok(Outcome::Confirmed));
    assert_eq!(numbers(&bank), [1, 2, 3]);
}

#[tokio::test]
async fn queued_decision_of_a_rolled_back_state_gets_its_receipt() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Queued));
    let old = stored(&phone);
    device.refresh().await.unwrap();
    let device = rolled_back(&phone, device, old);
    assert!(device.refresh().await.unwrap().failed.is_empty());
    assert_eq!(numbers(&bank), [1, 1], "the same bytes");
    assert!(!rollback_detected(&device), "nothing is missing in it");
}

#[tokio::test]
async fn denial_signed_again_after_rotation_gets_new_number() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    bank.fail_next(BankFault::Unreachable);
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Queued));
    device.rotate_keys(&Bank::enrolment_id()).await.unwrap();
    assert!(device.refresh().await.unwrap().failed.is_empty());
    let numbered = |jws: &String| {
        let numbers = &bank.kept.lock().unwrap().numbers;
        numbers.iter().find(|(_, bytes)| *bytes == jws).map(|(number, _)| *number)
    };
    let decisions = bank.kept.lock().unwrap().decisions.clone();
    assert_eq!(decisions.iter().map(numbered).collect::<Vec<_>>(), [None, Some(3)], "2 is the update");
    let [first, again] = [&decisions[0], &decisions[1]].map(|jws| {
        let payload = base64url::decode(jws.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice::<Decision>(&payload).unwrap()
    });
    assert_ne!(first.jti, again.jti, "another message");
    assert_eq!((first.txn, first.reason, first.nonce), (again.txn, again.reason, again.nonce), "the same denial");
    assert!(!rollback_detected(&device));
    assert_eq!(decide(&bank, &device).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn no_approval_is_signed_after_the_last_number() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.kept.lock().unwrap().numbers.insert(Number::MAX, String::new());
    device.refresh().await.unwrap();
    assert!(matches!(decide(&bank, &device).await, Err(AuthenticatorError::Rejected(_))));
    assert_eq!(phone.last_code(), Some("number"));
}

/// A lock that is held meanwhile would stop the second approval for ever.
#[tokio::test]
async fn diagnostics_can_use_the_device_when_numbers_end() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let (first, second) = (push(&bank, &device, &bank.payment()), push(&bank, &device, &bank.payment()));
    bank.kept.lock().unwrap().numbers.insert(Number::MAX, String::new());
    device.refresh().await.unwrap();
    let (sender, results) = mpsc::channel();
    let (again, inner) = (device.clone(), sender.clone());
    let approves = move || inner.send(once(approve(&again, &second))).unwrap();
    *phone.log.1.lock().unwrap() = Some(Box::new(approves));
    std::thread::spawn(move || sender.send(once(approve(&device, &first))));
    for _ in 0..2 {
        let result = results.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(matches!(result, Some(Err(AuthenticatorError::Rejected(_)))));
    }
}

#[tokio::test]
async fn denial_and_unenrol_are_possible_at_the_last_number() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let [approved, denied] = [(); 2].map(|()| push(&bank, &device, &bank.payment()));
    bank.kept.lock().unwrap().highest_number = Some(Number::MAX);
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert_eq!(approve(&device, &approved).await, Err(AuthenticatorError::Rejected(Rejected)));
    assert_eq!(phone.last_code(), Some("number"));
    assert_eq!(device.deny(&denied, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    assert_eq!(device.deny(&approved, DenyReason::Other).await, NUMBER_USED, "the bank ends the request");
    assert_eq!(numbers(&bank), [Number::MAX, Number::MAX]);
    assert_eq!(device.unenrol(&Bank::enrolment_id()).await, Ok(()));
}

#[tokio::test]
async fn inbox_or_receipt_with_a_number_above_the_last_is_rejected() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.kept.lock().unwrap().highest_number = Some(Number::MAX + 1);
    assert_eq!(device.refresh().await.unwrap().failed[0].error, AuthenticatorError::Rejected(Rejected));
    assert_eq!(phone.last_code(), Some("claims"));
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued), "the receipt is not valid");
    bank.kept.lock().unwrap().highest_number = None;
    assert!(!rollback_detected(&device));
}
