//! Enrolling a phone, and the end of an enrolment.

use crate::bank::{Bank, BankFault};
use crate::key_store::Failure;
use crate::phone::Phone;
use crate::{approve, push};
use countersign_core::device::seal;
use countersign_core::jose::{Digest, SigningKey};
use countersign_core::message::decision::{DenyReason, Verification};
use countersign_core::message::enrolment::{Account, Enrolled, PushAddress, PushKind};
use countersign_core::message::offer::OfferError;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{KeyStoreError, TransportError};
use countersign_core::{AuthenticatorError, Issuers, Outcome, Received, TrustedIssuer};

#[tokio::test]
async fn enrolment_is_pending_with_code_until_status_push() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    let info = phone.enrol(&device).await;
    assert_eq!(info.state, EnrolmentState::Pending);
    assert_eq!(info.confirm_code, Some(bank.expected_code()));
    let status = bank.status(EnrolmentState::Active);
    let push = bank.push(&bank.sign(&status));
    assert!(matches!(device.receive(&push), Ok(Received::Status(_, EnrolmentState::Active))));
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
    assert_eq!(device.enrolments()[0].confirm_code, None);
    // The same status and an older one after a restart.
    let device = phone.start();
    let older = countersign_core::message::status::Status { seq: 1, status: EnrolmentState::Suspended, ..status };
    device.receive(&bank.push(&bank.sign(&older))).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
}

#[tokio::test]
async fn enrolment_with_unpinned_metadata_fails_and_leaves_no_key() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    let mut offer = bank.offer();
    offer.pins = vec![SigningKey::from_scalar(&[5; 32]).unwrap().public().thumbprint()];
    let address = PushAddress { kind: PushKind::Stream, token: None };
    assert!(matches!(device.enrol(offer, address.clone()).await, Err(AuthenticatorError::Rejected(_))));
    assert_eq!(phone.last_code(), Some("kid"));
    bank.fail_next(BankFault::ForgedKey);
    assert!(matches!(device.enrol(bank.offer(), address.clone()).await, Err(AuthenticatorError::Rejected(_))));
    assert_eq!(phone.last_code(), Some("signature"));
    *phone.presence.0.lock().unwrap() = Some(KeyStoreError::Cancelled);
    let cancelled = device.enrol(bank.offer(), address).await;
    assert_eq!(cancelled.err(), Some(AuthenticatorError::KeyStore(KeyStoreError::Cancelled)));
    let names: Vec<String> = phone.secrets.0.lock().unwrap().keys().cloned().collect();
    assert_eq!(names, ["sealing-key"]);
    assert!(device.enrolments().is_empty());
}

#[tokio::test]
async fn uvk_that_verifies_nobody_is_not_enrolled() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    phone.faults.set(Failure::VerifiesNobody);
    let address = || PushAddress { kind: PushKind::Stream, token: None };
    let error = device.enrol(bank.offer(), address()).await.unwrap_err();
    assert_eq!(error, AuthenticatorError::KeyStore(KeyStoreError::NoVerification));
    assert!(error.to_string().contains("set up a screen lock"), "{error}");
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 1, "the new keys are deleted");
    assert!(bank.kept.lock().unwrap().enrolments.is_empty(), "no enrolment was sent");
    assert!(phone.presence.1.lock().unwrap().is_empty(), "the user was not prompted");
    phone.faults.clear();
    phone.enrol(&device).await;
}

/// Earlier versions enrolled such a key.
#[tokio::test]
async fn enrolled_uvk_that_verifies_nobody_only_denies() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    drop(device);
    let sealing = *phone.secrets.0.lock().unwrap()["sealing-key"].first_chunk().unwrap();
    let mut state = seal::open(phone.state.bytes.lock().unwrap().as_ref().unwrap(), &sealing).unwrap();
    std::sync::Arc::make_mut(&mut state.enrolments[0]).keys.verification = Verification::None;
    *phone.state.bytes.lock().unwrap() = Some(seal::seal(&state, &sealing).unwrap());
    let device = phone.start();
    let txn = push(&bank, &device, &bank.payment());
    let error = approve(&device, &txn).await;
    assert_eq!(error, Err(AuthenticatorError::KeyStore(KeyStoreError::NoVerification)));
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    device.rotate_all_keys(&Bank::enrolment_id()).await.unwrap();
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed), "with the replaced key");
}

#[tokio::test]
async fn enrolment_with_lost_response_is_repeated_byte_for_byte() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    bank.kept.lock().unwrap().lose_enrolled = true;
    let info = phone.enrol(&device).await;
    let kept = bank.kept.lock().unwrap();
    assert_eq!(kept.enrolments.len(), 2);
    assert_eq!(kept.enrolments[0], kept.enrolments[1]);
    drop(kept);
    assert_eq!(info.confirm_code, Some(bank.expected_code()));
}

#[tokio::test]
async fn dropped_enrolments_leave_no_key_after_the_next_call() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    bank.kept.lock().unwrap().hang_enrolled = true;
    let address = || PushAddress { kind: PushKind::Stream, token: None };
    for _ in 0..5 {
        let mut enrolling = std::pin::pin!(device.enrol(bank.offer(), address()));
        assert!(tokio::time::timeout(std::time::Duration::from_millis(50), enrolling.as_mut()).await.is_err());
        // An operation in progress needs its keys.
        device.refresh().await.unwrap();
        assert_eq!(phone.secrets.0.lock().unwrap().len(), 4, "the keys of this enrolment only");
    }
    device.refresh().await.unwrap();
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 1);
    // A process that is killed leaves its keys to the next start.
    let enrolling = device.enrol(bank.offer(), address());
    assert!(tokio::time::timeout(std::time::Duration::from_millis(50), enrolling).await.is_err());
    drop(device);
    phone.start().refresh().await.unwrap();
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn keys_are_deleted_only_after_a_signed_revocation() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let id = Bank::enrolment_id();
    let keys = || phone.secrets.0.lock().unwrap().len();
    bank.fail_next(BankFault::Respond(200, "revoked".into()));
    assert!(device.unenrol(&id).await.is_err());
    bank.fail_next(BankFault::Respond(410, r#"{"code":"gone"}"#.into()));
    assert!(device.unenrol(&id).await.is_err());
    // The server rejects the caller, and its inbox says that the enrolment is active.
    bank.fail_next(BankFault::Respond(403, r#"{"code":"forbidden"}"#.into()));
    let forbidden = AuthenticatorError::Server { status: 403, code: "forbidden".into() };
    assert_eq!(device.unenrol(&id).await, Err(forbidden));
    assert_eq!((keys(), device.enrolments()[0].state), (4, EnrolmentState::Active));
    device.unenrol(&id).await.unwrap();
    assert_eq!((keys(), device.enrolments()[0].state), (1, EnrolmentState::Revoked));
    assert!(device.receive(&bank.push(&bank.sign(&bank.payment()))).is_err());
}

#[tokio::test]
async fn lost_unenrolment_is_not_confirmed_by_another_call() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    bank.kept.lock().unwrap().state = Some(EnrolmentState::Revoked);
    bank.fail_next(BankFault::Unreachable);
    let unreachable = AuthenticatorError::Transport(TransportError::Unreachable);
    assert_eq!(device.unenrol(&Bank::enrolment_id()).await, Err(unreachable));
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Active, "nothing signed says otherwise");
}

#[tokio::test]
async fn response_to_another_enrolment_or_state_is_rejected() {
    let changes: [fn(&mut Enrolled); 2] = [
        |enrolled| enrolled.enrol_hash = Digest::of(b"another enrolment"),
        |enrolled| enrolled.state = EnrolmentState::Suspended,
    ];
    for change in changes {
        let bank = Bank::new();
        let phone = Phone::new(&bank);
        bank.kept.lock().unwrap().change_enrolled = Some(change);
        let device = phone.start();
        let address = PushAddress { kind: PushKind::Stream, token: None };
        assert!(matches!(device.enrol(bank.offer(), address).await, Err(AuthenticatorError::Rejected(_))));
        assert!(device.enrolments().is_empty());
        assert_eq!(phone.last_code(), Some("nonce"));
    }
}

#[tokio::test]
async fn pushed_revocation_deletes_keys_even_after_a_kill() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let push = bank.push(&bank.sign(&bank.status(EnrolmentState::Revoked)));
    assert!(matches!(device.receive(&push), Ok(Received::Status(_, EnrolmentState::Revoked))));
    drop(device);
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 4);
    phone.start().refresh().await.unwrap();
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 1);
}

fn trusted(issuer: &str) -> TrustedIssuer {
    TrustedIssuer::new(issuer.parse().unwrap())
}

#[tokio::test]
async fn offer_of_a_loopback_issuer_needs_the_setting() {
    for (allow_loopback, expected) in [(false, Some(AuthenticatorError::Offer(OfferError::Loopback))), (true, None)] {
        let bank = Bank::new();
        let phone = Phone::new(&bank);
        *phone.allow_loopback.lock().unwrap() = allow_loopback;
        let mut offer = bank.offer();
        offer.issuer = "http://127.0.0.1:8460".parse().unwrap();
        let parsed = phone.start().parse_offer(&offer.to_link("https://app.example"));
        assert_eq!(parsed.err(), expected);
    }
}

#[tokio::test]
async fn offer_of_an_unlisted_issuer_is_rejected_without_a_call() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    *phone.issuers.lock().unwrap() = Issuers::Only(vec![trusted("https://other.example")]);
    let device = phone.start();
    let other = AuthenticatorError::Offer(OfferError::Issuer);
    let link = bank.offer().to_link("https://app.example");
    assert_eq!(device.parse_offer(&link).err(), Some(other.clone()));
    let address = || PushAddress { kind: PushKind::Stream, token: None };
    assert_eq!(device.enrol(bank.offer(), address()).await.err(), Some(other));
    assert_eq!((bank.calls(), phone.secrets.0.lock().unwrap().len()), (0, 1), "no call, and no key but the seal's");
    *phone.issuers.lock().unwrap() =
        Issuers::Only(vec![trusted("https://other.example"), TrustedIssuer::new(bank.issuer())]);
    let device = phone.start();
    assert!(device.parse_offer(&link).is_ok());
    phone.enrol(&device).await;
}

#[tokio::test]
async fn issuer_and_account_names_are_made_safe_to_show() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let name = format!("Bank\u{202E}\n{}", "x".repeat(300));
    bank.kept.lock().unwrap().account = Some(Account { label: "ali\u{200B}ce".into(), issuer_name: name });
    let device = phone.start();
    let account = phone.enrol(&device).await.account;
    assert_eq!(account.label, "ali⟨U+200B⟩ce");
    assert!(account.issuer_name.starts_with("Bank⟨U+202E⟩") && account.issuer_name.ends_with("x…"), "{account:?}");
    assert!(!account.issuer_name.contains(char::is_control) && account.issuer_name.chars().count() < 100);
    let status = bank.status(EnrolmentState::Active);
    device.receive(&bank.push(&bank.sign(&status))).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(device.enrolments()[0].account, account);
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    let prompt = phone.presence.1.lock().unwrap().last().cloned().unwrap();
    assert_eq!(prompt.issuer_name, account.issuer_name);
}
