//! Messages of a phone whose wall clock is wrong: each time in them was signed by the issuer,
//! and no update waits longer than the issuer can accept it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, assert_works, id, push};
use countersign_core::jose::base64url;
use countersign_core::message::claims::Timestamp;
use countersign_core::message::decision::{Decision, DenyReason};
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::receipt;
use countersign_core::message::status::EnrolmentState;
use countersign_core::message::update::{LIFETIME_SECS, Update};
use countersign_core::platform::TransportError;
use countersign_core::{Authenticator, AuthenticatorError, Outcome};
use serde::de::DeserializeOwned;

const YEAR_SECS: u64 = 365 * 24 * 3600;
/// The seconds from the start of the tests to the end of the year 9999.
const TO_YEAR_9999_SECS: u64 = 253_402_300_799 - 1_800_000_000;

/// A phone that restarted a day after its last contact, with a wall clock ahead by these seconds.
async fn restarted(ahead_secs: u64) -> (Arc<Bank>, Phone, Authenticator) {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    drop(device);
    phone.pass(24 * 3600);
    phone.reboot(ahead_secs);
    let device = phone.start();
    (bank, phone, device)
}

/// Returns the claims of a message without a check of its signature.
fn claims<M: DeserializeOwned>(compact: &str) -> M {
    let claims = base64url::decode(compact.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

fn updates(bank: &Bank) -> Vec<Update> {
    bank.kept.lock().unwrap().updates.iter().map(|update| claims(update)).collect()
}

#[tokio::test]
async fn updates_after_a_restart_have_a_signed_time() {
    for ahead in [0, 600, YEAR_SECS, TO_YEAR_9999_SECS] {
        for rejects_future_updates in [false, true] {
            let (bank, _phone, device) = restarted(ahead).await;
            bank.kept.lock().unwrap().rejects_future_updates = rejects_future_updates;
            match ahead {
                600 => device.rotate_keys(&id()).await.unwrap(),
                YEAR_SECS => device.rotate_all_keys(&id()).await.unwrap(),
                _ => {
                    let push = PushAddress { kind: PushKind::None, token: None };
                    device.update_push_address(&id(), push).await.unwrap();
                }
            }
            let [update] = updates(&bank).try_into().unwrap();
            assert_eq!((update.iat, update.exp), (bank.now(), bank.now().plus(LIFETIME_SECS)), "{ahead}");
            assert_works(&bank, &device).await;
            let (bank, _phone, device) = restarted(ahead).await;
            device.unenrol(&id()).await.unwrap();
            assert_eq!(updates(&bank)[0].iat, bank.now());
        }
    }
}

#[tokio::test]
async fn update_after_a_restart_without_network_creates_no_keys() {
    let (bank, phone, device) = restarted(YEAR_SECS).await;
    let secrets = crate::secret_count(&phone);
    for _ in 0..2 {
        bank.fail_next(BankFault::Unreachable);
        let result = device.rotate_all_keys(&id()).await;
        assert_eq!(result, Err(AuthenticatorError::Transport(TransportError::Unreachable)));
    }
    assert_eq!((crate::secret_count(&phone), updates(&bank).len()), (secrets, 0));
    device.rotate_all_keys(&id()).await.unwrap();
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn unenrol_succeeds_if_the_contact_shows_the_revocation() {
    let (bank, phone, device) = restarted(YEAR_SECS).await;
    bank.kept.lock().unwrap().state = Some(EnrolmentState::Revoked);
    device.unenrol(&id()).await.unwrap();
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Revoked);
    assert_eq!((crate::secret_count(&phone), updates(&bank).len()), (1, 0));
    assert_eq!(device.unenrol(&id()).await, Err(AuthenticatorError::NotActive(EnrolmentState::Revoked)));
}

/// The issuer's clock was ahead at the last contact. An earlier version of the phone wrote the same
/// update if its own clock was ahead.
#[tokio::test]
async fn update_dated_ahead_ends_after_the_next_contact() {
    for (ahead, all) in [(1300, false), (YEAR_SECS, true), (TO_YEAR_9999_SECS - 400, true)] {
        for rejects_future_updates in [false, true] {
            let bank = Bank::new();
            let (phone, device) = Phone::enrolled(&bank).await;
            bank.kept.lock().unwrap().rejects_future_updates = rejects_future_updates;
            let old = bank.keys();
            bank.now.fetch_add(ahead, Ordering::SeqCst);
            device.refresh().await.unwrap();
            bank.fail_next(BankFault::Unreachable);
            let begun = if all { device.rotate_all_keys(&id()).await } else { device.rotate_keys(&id()).await };
            assert!(begun.is_err());
            bank.now.fetch_sub(ahead, Ordering::SeqCst);
            let error = device.refresh().await.unwrap().failed.remove(0).error;
            match rejects_future_updates {
                true => assert!(matches!(error, AuthenticatorError::Server { status: 403, .. }), "{error}"),
                false => assert_eq!(error, AuthenticatorError::NotAccepted(receipt::Outcome::Expired)),
            }
            assert_eq!((crate::secret_count(&phone), bank.keys()), (4, old), "{ahead}");
            assert_works(&bank, &device).await;
            device.rotate_all_keys(&id()).await.unwrap();
            assert_works(&bank, &device).await;
        }
    }
}

#[tokio::test]
async fn update_that_can_still_be_accepted_is_not_abandoned() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.now.fetch_add(600, Ordering::SeqCst);
    device.refresh().await.unwrap();
    bank.fail_next(BankFault::Unreachable);
    assert!(device.rotate_all_keys(&id()).await.is_err());
    bank.now.fetch_sub(600, Ordering::SeqCst);
    bank.fail_next(BankFault::Respond(500, String::new()));
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    assert_eq!(crate::secret_count(&phone), 7, "the new keys are kept");
    device.refresh().await.unwrap();
    assert_works(&bank, &device).await;
}

#[tokio::test]
async fn decision_after_a_restart_is_not_dated_before_its_request() {
    let (bank, _phone, device) = restarted(60).await;
    let request = bank.payment();
    let txn = push(&bank, &device, &request);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    let other = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&other, DenyReason::Other).await, Ok(Outcome::Confirmed));
    for decision in &bank.kept.lock().unwrap().decisions {
        assert_eq!(claims::<Decision>(decision).iat, request.iat);
    }
}

#[tokio::test]
async fn proofs_state_a_signed_time() {
    let (bank, _phone, device) = restarted(TO_YEAR_9999_SECS).await;
    device.refresh().await.unwrap();
    let times = bank.kept.lock().unwrap().proof_times.clone();
    let start = Timestamp::from_seconds(crate::bank::START_SECS);
    assert!(times.len() > 1 && times.iter().all(|at| (start..=bank.now()).contains(at)), "{times:?}");
}
