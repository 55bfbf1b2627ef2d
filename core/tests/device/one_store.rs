//! The state store: a second instance, and a save that fails after it wrote.

use crate::bank::Bank;
use crate::phone::Phone;
use crate::{approve, id, push, state_of, ticket};
use countersign_core::device::EntryState;
use countersign_core::error::StateError;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::{AuthenticatorError, Outcome};

const CHANGED: AuthenticatorError = AuthenticatorError::State(StateError::ChangedElsewhere);

#[tokio::test]
async fn instance_behind_another_one_signs_and_sends_nothing() {
    let bank = Bank::new();
    let (phone, first) = Phone::enrolled(&bank).await;
    let [one, two, three] = [(); 3].map(|()| push(&bank, &first, &bank.payment()));
    let second = phone.start();
    assert_eq!(approve(&second, &one).await, Ok(Outcome::Confirmed));
    let (stored, prompts) = (phone.state.bytes.lock().unwrap().clone(), phone.presence.1.lock().unwrap().len());
    let received = bank.kept.lock().unwrap().decisions.len();
    assert_eq!(approve(&first, &two).await, Err(CHANGED));
    assert_eq!(first.deny(&two, DenyReason::NotMe).await, Err(CHANGED));
    assert_eq!(first.receive(&bank.push(&bank.sign(&bank.payment()))).err(), Some(CHANGED));
    assert_eq!(first.rotate_keys(&id()).await, Err(CHANGED));
    assert_eq!(first.unenrol(&id()).await, Err(CHANGED));
    let address = PushAddress { kind: PushKind::None, token: None };
    assert_eq!(first.update_push_address(&id(), address).await, Err(CHANGED));
    assert_eq!(phone.presence.1.lock().unwrap().len(), prompts, "the user was not prompted");
    bank.set(|kept| {
        let sent = (kept.decisions.len(), kept.updates.len());
        assert_eq!((sent, kept.state), ((received, 0), Some(EnrolmentState::Active)));
    });
    assert_eq!(*phone.state.bytes.lock().unwrap(), stored, "the decision of the other instance is stored");
    assert_eq!(second.deny(&two, DenyReason::Other).await, Ok(Outcome::Confirmed));
    // An instance that is opened again is current.
    assert_eq!(phone.start().deny(&three, DenyReason::Other).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn decision_of_two_instances_at_the_prompt_is_stored_once() {
    let bank = Bank::new();
    let (phone, first) = Phone::enrolled(&bank).await;
    let [one, two] = [(); 2].map(|()| push(&bank, &first, &bank.payment()));
    let second = phone.start();
    // The second instance denies while the first one prompts the user.
    let other = two.clone();
    let deny = move || {
        let denied = crate::fuse::once(second.deny(&other, DenyReason::NotMe)).unwrap();
        assert_eq!(denied, Ok(Outcome::Confirmed));
    };
    *phone.presence.2.lock().unwrap() = Some(Box::new(deny));
    assert_eq!(approve(&first, &one).await, Err(CHANGED));
    assert_eq!(bank.kept.lock().unwrap().state, Some(EnrolmentState::Active), "no number was used twice");
    let reopened = phone.start();
    assert!(matches!(state_of(&reopened, &two), EntryState::Settled(_)));
    assert_eq!(approve(&reopened, &one).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn save_that_wrote_and_then_failed_counts() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    *phone.state.fail_after.lock().unwrap() = Some(usize::MAX);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    drop(device);
    assert!(matches!(state_of(&phone.start(), &txn), EntryState::Settled(_)));
}

#[tokio::test]
async fn save_with_unknown_effect_stops_the_instance() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let before = phone.state.bytes.lock().unwrap().clone();
    *phone.state.fail_after.lock().unwrap() = Some(40);
    let uncertain = |result| matches!(result, Err(AuthenticatorError::State(StateError::Uncertain(_))));
    assert!(uncertain(approve(&device, &txn).await));
    // The old bytes are back, but this instance does not continue.
    *phone.state.bytes.lock().unwrap() = before;
    assert!(uncertain(approve(&device, &txn).await));
    assert!(uncertain(ticket(&device, &txn).unwrap().approve(Some("123456".into())).await));
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    drop(device);
    assert_eq!(approve(&phone.start(), &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn message_that_changes_nothing_is_not_saved() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let request = bank.push(&bank.sign(&bank.payment()));
    assert!(device.receive(&request).is_ok());
    let status = bank.push(&bank.sign(&bank.status(EnrolmentState::Active)));
    assert!(device.receive(&status).is_ok());
    let saves = || phone.state.saves.load(std::sync::atomic::Ordering::SeqCst);
    let before = saves();
    for _ in 0..100 {
        assert!(device.receive(&request).is_ok());
        assert!(device.receive(&status).is_ok());
    }
    assert_eq!(saves(), before);
    push(&bank, &device, &bank.payment());
    assert_eq!(saves(), before + 1);
}
