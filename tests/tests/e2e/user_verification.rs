//! Without user verification nothing is signed and nothing is lost.

use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::platform::KeyStoreError;
use countersign_core::{AuthenticatorError, Outcome};

use super::bank::{Bank, CODE};
use super::phone::TestPhone;

#[tokio::test]
async fn failed_verification_signs_nothing_and_deny_works() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    let approval_request = bank.ask_code().await;
    let txn = phone.asked().await;
    for reason in [KeyStoreError::NotVerified, KeyStoreError::Cancelled, KeyStoreError::Locked] {
        phone.verification.answers(Err(reason.clone()));
        assert_eq!(phone.approve(&txn, Some(CODE)).await, Err(AuthenticatorError::KeyStore(reason)));
        assert_eq!(phone.entry(&txn), EntryState::Pending);
    }
    assert!(phone.wire.sent().is_empty());
    assert_eq!(phone.device.deny(&txn, DenyReason::Unexpected).await.unwrap(), Outcome::Confirmed);
    assert!(!bank.approved(&approval_request).await);
}

#[tokio::test]
async fn failed_verification_enrols_nothing_and_leaves_no_key() {
    use countersign_core::message::enrolment::{PushAddress, PushKind};
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::open(folder.path());
    let before = phone.secrets().len();
    phone.verification.answers(Err(KeyStoreError::Cancelled));
    let offer = bank.gateway().offer(super::bank::USER, "Alice Example").await.unwrap();
    let link = phone.device.parse_offer(&offer.uri).unwrap();
    let enrolled = phone.device.enrol(link, PushAddress { kind: PushKind::Stream, token: None }).await;
    assert_eq!(enrolled, Err(AuthenticatorError::KeyStore(KeyStoreError::Cancelled)));
    assert!(phone.device.enrolments().is_empty());
    assert_eq!(phone.secrets().len(), before);
}
