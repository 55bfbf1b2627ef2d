//! The rules that the issuer's metadata sets for requests and apps: binding modes, the minimum app
//! version, and the lifetime of the metadata itself.

use countersign_core::device::EntryState;
use countersign_core::message::claims::Locale;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::metadata::{MAX_LIFETIME_SECS, Metadata};
use countersign_core::message::request::{Binding, BindingMode, Request};
use countersign_core::review::{NotApprovable, NotRendered, Obstacle};
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Rejected};

use crate::bank::Bank;
use crate::phone::Phone;
use crate::{approve, push, state_of, ticket};

/// A request for a choice among three values, one of which [`approve`] gives.
fn choice(bank: &Bank) -> Request {
    let options = ["123 456", "17", "42"].map(str::to_owned).to_vec();
    Request { binding: Binding::Choice { options }, ..bank.payment() }
}

fn refused(reason: NotApprovable) -> Result<Outcome, AuthenticatorError> {
    Err(AuthenticatorError::NotRendered(NotRendered::NotApprovable(reason)))
}

/// Returns the number of times that the device fetched metadata.
fn fetched(bank: &Bank) -> u32 {
    bank.kept.lock().unwrap().metadata_calls
}

fn required_version(device: &Authenticator) -> Option<String> {
    device.enrolments()[0].required_app_version.map(|version| version.to_string())
}

#[tokio::test]
async fn binding_mode_that_metadata_does_not_name_only_denies() {
    let bank = Bank::new();
    bank.kept.lock().unwrap().change_metadata = Some(|metadata| {
        metadata.binding_modes = vec![BindingMode::None, BindingMode::Display, BindingMode::Entry];
    });
    let (_phone, device) = Phone::enrolled(&bank).await;
    let (one, two) = (push(&bank, &device, &choice(&bank)), push(&bank, &device, &choice(&bank)));
    assert_eq!(approve(&device, &one).await, refused(NotApprovable::BindingNotAllowed));
    let session = device.request(&one).unwrap().approval_session(Locale::En, true).unwrap();
    assert_eq!(session.state().obstacle, Some(Obstacle::NotApprovable { code: NotApprovable::BindingNotAllowed }));
    assert_eq!(state_of(&device, &one), EntryState::Pending);
    assert_eq!(device.deny(&two, DenyReason::Other).await, Ok(Outcome::Confirmed));
    let other = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &other).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn refresh_fetches_metadata_for_an_unnamed_binding_mode() {
    let bank = Bank::new();
    bank.kept.lock().unwrap().change_metadata = Some(|metadata| metadata.binding_modes = vec![BindingMode::Entry]);
    let (_phone, device) = Phone::enrolled(&bank).await;
    device.refresh().await.unwrap();
    assert_eq!(fetched(&bank), 1, "all pending requests have a named mode");
    let txn = push(&bank, &device, &choice(&bank));
    device.refresh().await.unwrap();
    assert_eq!(approve(&device, &txn).await, refused(NotApprovable::BindingNotAllowed));
    bank.kept.lock().unwrap().change_metadata = None;
    device.refresh().await.unwrap();
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    device.refresh().await.unwrap();
    assert_eq!(fetched(&bank), 3);
}

#[tokio::test]
async fn metadata_that_forbids_a_mode_counts_before_the_prompt() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &choice(&bank));
    let ready = ticket(&device, &txn).unwrap_or_else(|error| panic!("{error}"));
    bank.kept.lock().unwrap().change_metadata = Some(|metadata| metadata.binding_modes = vec![BindingMode::Entry]);
    // A pending request with another unnamed mode makes the refresh fetch the metadata.
    push(&bank, &device, &Request { binding: Binding::Scan, ..bank.payment() });
    device.refresh().await.unwrap();
    let prompts = phone.presence.1.lock().unwrap().len();
    let expected = Err(AuthenticatorError::NotApprovable(NotApprovable::BindingNotAllowed));
    assert_eq!(ready.approve(Some("123 456".into())).await, expected);
    assert_eq!(phone.presence.1.lock().unwrap().len(), prompts, "no prompt");
}

#[tokio::test]
async fn outdated_app_can_deny_and_not_approve() {
    for app in [None, Some("2.13.9"), Some("2.9")] {
        let bank = Bank::new();
        let (phone, device) = Phone::enrolled(&bank).await;
        let txn = push(&bank, &device, &bank.payment());
        drop(device);
        bank.kept.lock().unwrap().change_metadata = Some(|metadata| {
            metadata.min_app_version = Some("2.14".parse().unwrap());
        });
        *phone.app_version.lock().unwrap() = app.map(|app| app.parse().unwrap());
        let device = phone.start();
        assert_eq!(required_version(&device), None, "the phone does not know it yet");
        assert!(ticket(&device, &txn).is_ok());
        phone.pass(86_401);
        let txn = push(&bank, &device, &bank.payment());
        device.refresh().await.unwrap();
        assert_eq!(required_version(&device).as_deref(), Some("2.14"));
        assert_eq!(approve(&device, &txn).await, refused(NotApprovable::AppOutdated));
        let session = device.request(&txn).unwrap().approval_session(Locale::En, true).unwrap();
        assert_eq!(session.state().obstacle, Some(Obstacle::NotApprovable { code: NotApprovable::AppOutdated }));
        assert_eq!(session.deny(DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    }
}

#[tokio::test]
async fn updated_app_approves_what_the_outdated_one_could_not() {
    let bank = Bank::new();
    bank.kept.lock().unwrap().change_metadata = Some(|metadata| {
        metadata.min_app_version = Some("2.14".parse().unwrap());
    });
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, refused(NotApprovable::AppOutdated));
    drop(device);
    *phone.app_version.lock().unwrap() = Some("2.14.0".parse().unwrap());
    let device = phone.start();
    assert_eq!(required_version(&device), None);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn refresh_lifts_a_withdrawn_app_requirement() {
    let bank = Bank::new();
    bank.kept.lock().unwrap().change_metadata = Some(|metadata| {
        metadata.min_app_version = Some("2.14".parse().unwrap());
    });
    let (_phone, device) = Phone::enrolled(&bank).await;
    bank.kept.lock().unwrap().change_metadata = None;
    device.refresh().await.unwrap();
    assert_eq!(required_version(&device), None);
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn metadata_with_too_long_lifetime_is_rejected() {
    let bank = Bank::new();
    for change in [
        |metadata: &mut Metadata| metadata.exp = metadata.iat.plus(MAX_LIFETIME_SECS + 1),
        |metadata: &mut Metadata| metadata.exp = metadata.iat,
    ] {
        bank.kept.lock().unwrap().change_metadata = Some(change);
        let phone = Phone::new(&bank);
        let device = phone.start();
        let enrolled = device.enrol(bank.offer(), PushAddress { kind: PushKind::None, token: None }).await;
        assert_eq!(enrolled.err(), Some(AuthenticatorError::Rejected(Rejected)));
        assert_eq!(phone.last_code(), Some("lifetime"));
    }
    bank.kept.lock().unwrap().change_metadata = Some(|metadata| metadata.exp = metadata.iat.plus(MAX_LIFETIME_SECS));
    let (phone, device) = Phone::enrolled(&bank).await;
    phone.pass(u64::try_from(MAX_LIFETIME_SECS).unwrap());
    device.refresh().await.unwrap();
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}
