//! Features that the bank announces: an earlier bank, a bank that is updated, and one that runs an
//! earlier version again.

use std::sync::Arc;

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, id, push, state_of, ticket};
use countersign_core::details::DetailTypes;
use countersign_core::device::EntryState;
use countersign_core::evidence::VerifiedEvidence;
use countersign_core::jose::{Digest, SigningKey, base64url};
use countersign_core::message::claims::Locale;
use countersign_core::message::decision::{Decision, DenyReason};
use countersign_core::review::{self, Model};
use countersign_core::{Authenticator, AuthenticatorError, Outcome};

/// Returns the claims of the last decision that arrived.
fn last_decision(bank: &Bank) -> Decision {
    let kept = bank.kept.lock().unwrap();
    let claims = kept.decisions.last().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(claims).unwrap()).unwrap()
}

fn verified(device: &Authenticator) -> VerifiedEvidence {
    device.evidence_of(&id()).unwrap().unwrap().verify(&DetailTypes::default()).unwrap()
}

async fn approved(bank: &Bank, device: &Authenticator) -> Outcome {
    let txn = push(bank, device, &bank.payment());
    approve(device, &txn).await.unwrap()
}

/// Returns a phone that enrolled at an earlier version of the bank.
async fn enrolled_earlier() -> (Arc<Bank>, Phone, Authenticator) {
    let bank = Bank::new();
    bank.kept.lock().unwrap().is_earlier = true;
    let (phone, device) = Phone::enrolled(&bank).await;
    (bank, phone, device)
}

#[tokio::test]
async fn history_is_signed_only_for_a_bank_that_announces_it() {
    let (bank, phone, device) = enrolled_earlier().await;
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    assert_eq!(last_decision(&bank).history, None);
    // The bank is updated. The phone learns it with its next metadata, within a day.
    bank.kept.lock().unwrap().is_earlier = false;
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    assert_eq!(last_decision(&bank).history, None);
    phone.pass(86_401);
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    assert_eq!(last_decision(&bank).history.unwrap().count, 0);
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    assert_eq!(last_decision(&bank).history.unwrap().count, 1);
    let verified = verified(&phone.start());
    let history = verified.history.unwrap();
    assert_eq!((history.earlier(), history.entries.len(), verified.unchained.len()), (0, 2, 2));
}

#[tokio::test]
async fn phone_follows_a_bank_that_runs_an_earlier_version_again() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    bank.kept.lock().unwrap().is_earlier = true;
    assert_eq!(
        approved(&bank, &device).await,
        Outcome::Unconfirmed,
        "rejected, because the phone does not know it yet"
    );
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    assert_eq!(last_decision(&bank).history, None);
    // The later version again: the next approval has a history without waiting for a day.
    bank.kept.lock().unwrap().is_earlier = false;
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    assert_eq!(last_decision(&bank).history.unwrap().count, 2, "one confirmed, one queued");
    assert_eq!(device.refresh().await.unwrap().failed, []);
    let verified = verified(&device);
    assert_eq!((verified.history.unwrap().withheld(), verified.unchained.len()), (0, 1));
}

#[tokio::test]
async fn decisions_made_at_once_have_different_histories() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let [approval, denied] = [(); 2].map(|()| push(&bank, &device, &bank.payment()));
    let ticket_of = ticket(&device, &approval).unwrap();
    // During the prompt of an approval, the user denies another request.
    let (other, txn) = (device.clone(), denied.clone());
    *phone.presence.2.lock().unwrap() = Some(Box::new(move || {
        let denial = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(other.deny(&txn, DenyReason::NotMe))
        });
        assert_eq!(denial.join().unwrap(), Ok(Outcome::Confirmed));
    }));
    let result = ticket_of.approve(Some("123456".into())).await;
    assert_eq!(result, Err(AuthenticatorError::DecisionConflict));
    assert_eq!(state_of(&device, &approval), EntryState::Pending, "nothing was stored or sent");
    assert_eq!(bank.kept.lock().unwrap().decisions.len(), 1);
    assert_eq!(approve(&device, &approval).await, Ok(Outcome::Confirmed));
    let history = verified(&device).history.unwrap();
    assert_eq!((history.entries.len(), history.withheld()), (2, 0));
}

#[tokio::test]
async fn decision_that_was_not_stored_is_not_in_the_history() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    phone.state.full.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(matches!(approve(&device, &txn).await, Err(AuthenticatorError::State(_))));
    phone.state.full.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    assert_eq!(last_decision(&bank).history.unwrap().count, 0);
}

#[tokio::test]
async fn receipt_that_names_other_keys_is_rejected() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let changes: [fn(&mut countersign_core::message::receipt::Receipt); 3] = [
        |receipt| receipt.proved = None,
        |receipt| receipt.proved.as_mut().unwrap().enrol_hash = Digest::of(b"other"),
        |receipt| {
            receipt.proved.as_mut().unwrap().uvk = SigningKey::from_scalar(&[9; 32]).unwrap().public().thumbprint();
        },
    ];
    for change in changes {
        let txn = push(&bank, &device, &bank.payment());
        bank.kept.lock().unwrap().change_receipt = Some(change);
        assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued), "not shown as approved");
        assert!(matches!(state_of(&device, &txn), EntryState::Queued(_)));
    }
    assert_eq!(device.evidence_of(&id()), Ok(None));
}

#[tokio::test]
async fn receipt_from_before_a_key_replacement_is_accepted() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::LoseResponse);
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Queued));
    device.rotate_all_keys(&id()).await.unwrap();
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert!(matches!(state_of(&device, &txn), EntryState::Settled(_)));
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    assert_eq!(verified(&device).history.unwrap().entries.len(), 2);
}

#[tokio::test]
async fn enrolment_of_an_earlier_version_learns_its_hash_once() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    drop(device);
    // A state of an earlier format does not have the hash.
    let sealing: [u8; 32] = phone.secrets.0.lock().unwrap()["sealing-key"].clone().try_into().unwrap();
    let stored = phone.state.bytes.lock().unwrap().clone().unwrap();
    let mut state = countersign_core::device::seal::open(&stored, &sealing).unwrap();
    Arc::make_mut(&mut state.enrolments[0]).history = countersign_core::device::DecisionHistory::default();
    *phone.state.bytes.lock().unwrap() = Some(countersign_core::device::seal::seal(&state, &sealing).unwrap());
    let device = phone.start();
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    bank.kept.lock().unwrap().change_receipt =
        Some(|receipt| receipt.proved.as_mut().unwrap().enrol_hash = Digest::of(b"other"));
    assert_eq!(approved(&bank, &device).await, Outcome::Queued);
}

/// Returns the display model that the last decision names.
fn last_model(bank: &Bank) -> Option<Model> {
    last_decision(bank).display_model.map(|named| named.version.known().unwrap())
}

#[tokio::test]
async fn model_is_named_only_to_a_bank_that_announces_it() {
    let (bank, phone, device) = enrolled_earlier().await;
    let request = bank.payment();
    let txn = push(&bank, &device, &request);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    let shown = |model| review::display(&request, Locale::En, &DetailTypes::default(), model).hash;
    assert_eq!((last_model(&bank), last_decision(&bank).display_hash), (None, Some(shown(Model::V3))));
    bank.kept.lock().unwrap().is_earlier = false;
    phone.pass(86_401);
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    assert_eq!(approved(&bank, &device).await, Outcome::Confirmed);
    assert_eq!(last_model(&bank), Some(Model::V4));
    verified(&device);
}

/// The bank runs an earlier version again between the review and the decision.
#[tokio::test]
async fn display_of_a_lost_model_is_reviewed_again_or_denied() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let [first, second] = [(); 2].map(|()| push(&bank, &device, &bank.payment()));
    let reviewed = ticket(&device, &first).unwrap();
    let seen = device.request(&second).unwrap().review(Locale::En).unwrap();
    bank.kept.lock().unwrap().is_earlier = true;
    // Another decision is rejected, so that the phone fetches the metadata.
    assert_eq!(approved(&bank, &device).await, Outcome::Unconfirmed);
    let result = reviewed.approve(Some("123456".into())).await;
    assert_eq!(result, Err(AuthenticatorError::DecisionConflict));
    assert_eq!(state_of(&device, &first), EntryState::Pending);
    assert_eq!(approve(&device, &first).await, Ok(Outcome::Confirmed));
    assert_eq!(last_model(&bank), None);
    assert_eq!(seen.deny(DenyReason::Other, 1).await, Ok(Outcome::Confirmed));
    assert_eq!((last_model(&bank), last_decision(&bank).display_hash), (None, None));
    drop(phone);
}

#[tokio::test]
async fn denial_signed_again_names_no_lost_model() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let seen = device.request(&txn).unwrap().review(Locale::En).unwrap();
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(seen.deny(DenyReason::NotMe, 1).await, Ok(Outcome::Queued));
    device.rotate_keys(&id()).await.unwrap();
    bank.kept.lock().unwrap().is_earlier = true;
    phone.pass(86_401);
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert_eq!((last_model(&bank), last_decision(&bank).display_hash), (None, None));
    assert!(matches!(state_of(&device, &txn), EntryState::Settled(_)));
}
