//! Rotation of DK and EK: which key counts when. No kill, lost response or rejection costs an
//! enrolment or a key.

use crate::bank::{Bank, BankFault};
use crate::key_store::Failure;
use crate::phone::Phone;
use crate::{approve, assert_works, id, push, secret_count, state_of};
use countersign_core::device::EntryState;
use countersign_core::message::decision::{Decision, DenyReason};
use countersign_core::message::open;
use countersign_core::message::receipt;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{KeyStoreError, TransportError};
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Received};

#[tokio::test]
async fn rotation_replaces_dk_and_ek_and_deletes_old_ones_later() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    device.rotate_keys(&id()).await.unwrap();
    let new = bank.keys();
    assert!(new.dk != old.dk && new.ek != old.ek && new.uvk == old.uvk);
    assert_works(&bank, &device).await;
    assert_eq!(secret_count(&phone), 6);
    phone.pass(601);
    let device = phone.start();
    device.refresh().await.unwrap();
    assert_eq!(secret_count(&phone), 4);
    assert_works(&bank, &device).await;
    device.rotate_keys(&id()).await.unwrap();
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn messages_for_replaced_keys_are_received_and_decided() {
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
async fn decisions_queued_before_rotation_are_delivered_after() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let unsent = || bank.fail_next(BankFault::Unreachable);
    let approved = push(&bank, &device, &bank.payment());
    unsent();
    assert_eq!(approve(&device, &approved).await, Ok(Outcome::Queued));
    let denied = push(&bank, &device, &bank.payment());
    unsent();
    assert_eq!(device.deny(&denied, DenyReason::NotMe).await, Ok(Outcome::Queued));
    let taken = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::LoseResponse);
    assert_eq!(device.deny(&taken, DenyReason::Other).await, Ok(Outcome::Queued));
    device.rotate_keys(&id()).await.unwrap();
    // While a decision waits for a receipt that may be addressed to the old key, that key counts.
    phone.pass(250);
    bank.fail_next(BankFault::Unreachable);
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
    assert_eq!(secret_count(&phone), 4);
}

#[tokio::test]
async fn lost_rotation_receipt_is_fetched_with_the_new_dk() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.fail_next(BankFault::LoseResponse);
    let lost = device.rotate_keys(&id()).await;
    assert_eq!(lost, Err(AuthenticatorError::Transport(TransportError::Timeout)));
    drop(device);
    let device = phone.start();
    let txn = push(&bank, &device, &bank.payment());
    // The bank no longer accepts the old key. The decision is sent again with the new one.
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    let updates = bank.kept.lock().unwrap().updates.clone();
    assert!(updates.len() > 1 && updates.iter().all(|update| *update == updates[0]), "byte for byte");
    assert_works(&bank, &device).await;
    assert_eq!(bank.kept.lock().unwrap().updates.len(), updates.len(), "asked for no more");
}

/// A front end forwards a denial, loses its receipt, and later rejects the repetition itself. The
/// bank accepted the first bytes, so the phone must not sign other bytes with their number.
#[tokio::test]
async fn accepted_denial_signed_again_is_already_decided() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let denied = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::LoseResponse);
    assert_eq!(device.deny(&denied, DenyReason::NotMe).await, Ok(Outcome::Queued));
    device.rotate_keys(&id()).await.unwrap();
    bank.fail_next_at("/decisions", BankFault::Respond(403, r#"{"code":"rejected"}"#.into()));
    drop(device);
    let device = phone.start();
    assert_eq!(device.refresh().await.unwrap().failed, []);
    let EntryState::Settled(settled) = state_of(&device, &denied) else { panic!("{:?}", state_of(&device, &denied)) };
    assert_eq!(settled.outcome, receipt::Outcome::AlreadyDecided);
    {
        let kept = bank.kept.lock().unwrap();
        assert_eq!(kept.state, Some(EnrolmentState::Active), "not suspended");
        assert_eq!(kept.numbers.len(), 3, "denial, update, denial: each has its own number");
        let claims = |jws: &str| {
            let key = settled.decision.key.clone().unwrap();
            open::<Decision>(jws, |_| Some(&key)).map(|decision| decision.message)
        };
        let again = claims(&settled.decision.jws).unwrap();
        assert_eq!((again.txn, again.reason, again.number.get()), (denied, Some(DenyReason::NotMe), 3));
    }
    assert_eq!(device.enrolments()[0].rollback_detected_at, None, "no copy is reported");
    assert_works(&bank, &device).await;
}

/// Only 401 and 403 say that the server knows another key. After every other error the phone
/// neither changes keys nor signs again.
#[tokio::test]
async fn error_of_the_server_is_not_taken_for_an_unknown_key() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let unavailable = || BankFault::Respond(503, r#"{"code":"unavailable"}"#.into());
    let error = AuthenticatorError::Server { status: 503, code: "unavailable".into() };
    let denied = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&denied, DenyReason::NotMe).await, Ok(Outcome::Queued));
    let before = state_of(&device, &denied);
    device.rotate_keys(&id()).await.unwrap();
    bank.fail_next_at("/decisions", unavailable());
    assert_eq!(device.refresh().await.unwrap().failed[0].error, error);
    assert_eq!(state_of(&device, &denied), before, "the denial is not signed again");
    assert_eq!(device.refresh().await.unwrap().failed, []);

    bank.fail_next(BankFault::LoseResponse);
    assert!(device.rotate_keys(&id()).await.is_err());
    let request = bank.payment();
    bank.fail_next(unavailable());
    assert_eq!(device.fetch(&id(), &request.txn).await.err(), Some(error));
    let updates = bank.kept.lock().unwrap().updates.len();
    device.refresh().await.unwrap();
    assert_eq!(bank.kept.lock().unwrap().updates.len(), updates + 1, "the rotation was not settled before");
}

#[tokio::test]
async fn unsent_rotation_is_sent_by_refresh() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    bank.fail_next(BankFault::Unreachable);
    let unsent = device.rotate_keys(&id()).await;
    assert_eq!(unsent, Err(AuthenticatorError::Transport(TransportError::Unreachable)));
    drop(device);
    let device = phone.start();
    // The old keys still count.
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    assert_eq!(bank.keys(), old);
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert!(bank.keys().dk != old.dk);
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn rejected_or_expired_rotation_keeps_old_keys() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let old = bank.keys();
    bank.kept.lock().unwrap().update_outcome = Some(receipt::Outcome::Policy);
    let result = device.rotate_keys(&id()).await;
    assert_eq!(result, Err(AuthenticatorError::NotAccepted(receipt::Outcome::Policy)));
    assert_eq!((secret_count(&phone), bank.keys()), (4, old.clone()));
    assert_works(&bank, &device).await;
    // It is too late. A refresh detects that.
    bank.kept.lock().unwrap().update_outcome = None;
    bank.fail_next(BankFault::Unreachable);
    assert!(device.rotate_keys(&id()).await.is_err());
    assert_eq!(secret_count(&phone), 6);
    phone.pass(301);
    let failed = device.refresh().await.unwrap().failed;
    assert_eq!(failed[0].error, AuthenticatorError::NotAccepted(receipt::Outcome::Expired));
    assert_eq!((secret_count(&phone), bank.keys()), (4, old));
    assert_works(&bank, &device).await;
    device.rotate_keys(&id()).await.unwrap();
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn only_signed_time_past_expiry_settles_a_rotation() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let answers = [(403, r#"{"code":"rejected"}"#), (410, "{}"), (413, r#"{"code":"too_large"}"#), (200, "accepted")];
    for (status, body) in answers {
        bank.fail_next(BankFault::Respond(status, body.into()));
        let actual = device.rotate_keys(&id()).await;
        // After a rejection of the old key, the new key is tried and rejected too.
        assert!(actual.is_err(), "{status}");
        assert_eq!(secret_count(&phone), 6, "{status}");
        works_on_old(&bank, &device).await;
    }
    phone.pass(301);
    bank.fail_next(BankFault::Respond(413, r#"{"code":"too_large"}"#.into()));
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    assert_eq!(secret_count(&phone), 4);
    assert_works(&bank, &device).await;
}

/// Delivers a push and a denial, without a refresh that would send the update.
async fn works_on_old(bank: &Bank, device: &Authenticator) {
    let txn = push(bank, device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn faulty_key_store_leaves_the_old_keys() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let before = bank.keys();
    // The key store has three keys. A rotation creates two more, a rotation of all keys three more.
    let faults = [
        (false, Failure::AgreesOther),
        (false, Failure::FailsToAgree(KeyStoreError::Locked)),
        (false, Failure::SignsOther),
        (false, Failure::FirstAgain),
        (false, Failure::LastAgain),
        (false, Failure::Full(3)),
        (false, Failure::Full(4)),
        (true, Failure::AgreesOther),
        (true, Failure::SignsOther),
        (true, Failure::FirstAgain),
        (true, Failure::LastAgain),
        (true, Failure::Full(4)),
        (true, Failure::Full(5)),
        // Last, because a key with the public key of another one is not deleted.
        (true, Failure::LastPublic),
    ];
    for (all, fault) in faults {
        let deleted = !matches!(fault, Failure::LastPublic);
        phone.faults.made.lock().unwrap().truncate(3);
        phone.faults.set(fault);
        let result = if all { device.rotate_all_keys(&id()).await } else { device.rotate_keys(&id()).await };
        assert!(matches!(result, Err(AuthenticatorError::KeyStore(_))), "{result:?}");
        assert_eq!(secret_count(&phone) == 4, deleted);
        assert_eq!(bank.keys(), before);
    }
    phone.faults.clear();
    assert!(bank.kept.lock().unwrap().updates.is_empty());
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn rotation_needs_active_enrolment_and_end_deletes_all_keys() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    device.rotate_keys(&id()).await.unwrap();
    bank.fail_next(BankFault::Unreachable);
    assert!(device.rotate_keys(&id()).await.is_err());
    assert_eq!(secret_count(&phone), 8, "present, coming and replaced ones");
    for state in [EnrolmentState::Suspended, EnrolmentState::Revoked] {
        let status = bank.push(&bank.sign(&bank.status(state)));
        device.receive(&status).unwrap_or_else(|error| panic!("{error}"));
        if state == EnrolmentState::Suspended {
            bank.kept.lock().unwrap().update_outcome = Some(receipt::Outcome::Policy);
            let result = device.rotate_keys(&id()).await;
            assert_eq!(result, Err(AuthenticatorError::NotAccepted(receipt::Outcome::Policy)));
            assert_eq!(device.rotate_keys(&id()).await, Err(AuthenticatorError::NotActive(state)));
            assert_eq!(secret_count(&phone), 6);
        }
    }
    device.refresh().await.unwrap();
    assert_eq!(secret_count(&phone), 1);
    assert_eq!(device.rotate_keys(&id()).await, Err(AuthenticatorError::NotActive(EnrolmentState::Revoked)));
}
