//! Decisions that can no longer be accepted, and enrolments that the user removes without the bank.

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, assert_works, id, push, secret_count, state_of, ticket};
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::inbox::{Closed, ClosedState};
use countersign_core::message::request::Request;
use countersign_core::message::status::EnrolmentState;
use countersign_core::review::NotApprovable;
use countersign_core::{AuthenticatorError, Outcome};

const DAY_SECS: u64 = 24 * 3600;

#[tokio::test]
async fn approval_that_the_bank_forgot_ends_and_unblocks_rotation() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    // The bank has deleted the request, so that no inbox lists it.
    bank.kept.lock().unwrap().reject_decisions = true;
    phone.pass(DAY_SECS);
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    assert!(matches!(state_of(&device, &txn), EntryState::Queued(_)), "the receipt could still exist");
    assert_eq!(device.rotate_all_keys(&id()).await, Err(AuthenticatorError::RotationConflict));
    phone.pass(301);
    device.refresh().await.unwrap();
    assert!(matches!(state_of(&device, &txn), EntryState::Abandoned(_)));
    assert_eq!(device.refresh().await.unwrap().failed, [], "it is not sent any more");
    assert_eq!(device.rotate_all_keys(&id()).await, Ok(()));
    drop(device);
    let history = phone.start().history(&id()).unwrap();
    assert_eq!(history.iter().map(|entry| (entry.outcome, entry.abandoned)).collect::<Vec<_>>(), [(None, true)]);
}

#[tokio::test]
async fn rotation_abandons_an_approval_that_the_bank_forgot() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    bank.kept.lock().unwrap().reject_decisions = true;
    phone.pass(DAY_SECS + 301);
    assert_eq!(device.rotate_all_keys(&id()).await, Ok(()));
    assert!(matches!(state_of(&device, &txn), EntryState::Abandoned(_)));
}

#[tokio::test]
async fn unsigned_errors_alone_never_abandon_a_decision() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::LoseResponse);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    phone.pass(10 * DAY_SECS);
    // A front end rejects decisions, and no signed inbox arrives.
    bank.set(|kept| (kept.reject_decisions, kept.reject_inboxes) = (true, true));
    device.refresh().await.unwrap();
    assert!(matches!(state_of(&device, &txn), EntryState::Queued(_)));
    // The bank fails to process the decision, and an inbox arrives.
    bank.set(|kept| {
        (kept.reject_decisions, kept.reject_inboxes, kept.fail_decisions) = (false, false, true);
    });
    device.refresh().await.unwrap();
    assert!(matches!(state_of(&device, &txn), EntryState::Queued(_)));
    bank.kept.lock().unwrap().fail_decisions = false;
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert!(matches!(state_of(&device, &txn), EntryState::Settled(_)), "the receipt counts, however late");
}

#[tokio::test]
async fn rejection_is_reported_and_its_end_is_in_the_history() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.kept.lock().unwrap().reject_decisions = true;
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Unconfirmed));
    assert!(matches!(state_of(&device, &txn), EntryState::Queued(_)), "the error is not signed");
    bank.kept.lock().unwrap().closed = vec![Closed { txn: txn.clone(), state: ClosedState::Expired }];
    device.refresh().await.unwrap();
    assert!(matches!(state_of(&device, &txn), EntryState::Abandoned(_)));
    let history = device.history(&id()).unwrap();
    assert_eq!((history[0].reason, history[0].abandoned), (Some(DenyReason::NotMe), true), "nothing is lost");
}

#[tokio::test]
async fn request_whose_decision_would_be_too_long_can_only_be_denied() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    // The composed form of U+0958 has two characters.
    let payment = |count: usize| {
        let payee = "\u{0958}".repeat(70);
        format!(r#"{{"instructedAmount":{{"currency":"EUR","amount":"{count}.00"}},"creditorName":"{payee}"}}"#)
    };
    let all: Vec<String> = (1..=19).map(payment).collect();
    let detail = format!(r#"{{"type":"payment_initiation","payments":[{}]}}"#, all.join(","));
    let request = Request { details: Some(vec![serde_json::from_str(&detail).unwrap()]), ..bank.payment() };
    assert!(bank.sign(&request).len() <= 8192, "the request itself fits");
    bank.kept.lock().unwrap().requests.push(bank.sign(&request));
    assert_eq!(device.refresh().await.unwrap().new, std::slice::from_ref(&request.txn));
    let txn = request.txn;
    let review = device.request(&txn).unwrap().review(countersign_core::message::claims::Locale::En).unwrap();
    assert_eq!(review.approvable(), Err(AuthenticatorError::NotApprovable(NotApprovable::TooMany)));
    let prompts = phone.presence.1.lock().unwrap().len();
    assert!(ticket(&device, &txn).is_err());
    assert_eq!(phone.presence.1.lock().unwrap().len(), prompts);
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn update_that_would_be_too_long_is_not_signed_or_sent() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let push = countersign_core::message::enrolment::PushAddress {
        kind: countersign_core::message::enrolment::PushKind::Fcm,
        token: Some("x".repeat(64 * 1024)),
    };
    assert_eq!(device.update_push_address(&id(), push).await, Err(AuthenticatorError::TooLong));
    assert!(bank.kept.lock().unwrap().updates.is_empty());
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn forgotten_enrolment_leaves_no_key_and_keeps_its_history() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let [settled, queued, pending] = [(); 3].map(|()| push(&bank, &device, &bank.payment()));
    assert_eq!(approve(&device, &settled).await, Ok(Outcome::Confirmed));
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&queued, DenyReason::NotMe).await, Ok(Outcome::Queued));
    let calls = bank.calls();
    assert_eq!(device.forget(&id()).await, Ok(()));
    assert_eq!(device.forget(&id()).await, Ok(()), "it is idempotent");
    assert_eq!((bank.calls(), secret_count(&phone)), (calls, 1), "no call, and only the sealing key is left");
    drop(device);
    let device = phone.start();
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Revoked);
    assert!(device.pending().is_empty());
    assert_eq!(state_of(&device, &pending), EntryState::Ended(ClosedState::Cancelled));
    let history = device.history(&id()).unwrap();
    assert_eq!(history.iter().map(|entry| entry.abandoned).collect::<Vec<_>>(), [false, true]);
    assert!(device.evidence(&settled).unwrap().is_some());
    assert!(device.receive(&bank.push(&bank.sign(&bank.payment()))).is_err());
    assert_eq!(device.refresh().await.unwrap().failed, []);
    let unknown = device.forget(&"enrolment-2".parse().unwrap()).await;
    assert_eq!(unknown, Err(AuthenticatorError::UnknownEnrolment));
    let other = Bank::named("other");
    phone.enrol_at(&other, &device).await;
    let txn = push(&other, &device, &other.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn revoked_enrolment_has_no_pending_requests() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let [pending, queued] = [(); 2].map(|()| push(&bank, &device, &bank.payment()));
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(approve(&device, &queued).await, Ok(Outcome::Queued));
    let status = bank.push(&bank.sign(&bank.status(EnrolmentState::Revoked)));
    assert!(device.receive(&status).is_ok());
    assert!(device.pending().is_empty());
    assert_eq!(state_of(&device, &pending), EntryState::Ended(ClosedState::Cancelled));
    assert!(matches!(state_of(&device, &queued), EntryState::Abandoned(_)), "it can no longer be sent");
}
