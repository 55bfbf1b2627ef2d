//! Ending an enrolment from either side. Keys are deleted only after a signed message of the
//! server.

use countersign_core::AuthenticatorError;
use countersign_core::message::status::EnrolmentState;
use countersign_server::gateway::{ApprovalRequestError, RequestedBinding};

use super::bank::{Bank, USER};
use super::phone::TestPhone;

/// The key that seals the state is kept.
const SEALING_KEY_ONLY: usize = 1;

#[tokio::test]
async fn unenrolling_deletes_the_keys_after_the_receipt() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::open(folder.path());
    let id = phone.enrol(&bank).await;
    assert_eq!(phone.secrets().len(), SEALING_KEY_ONLY + 3);
    phone.device.unenrol(&id).await.unwrap();
    assert_eq!(phone.state(), EnrolmentState::Revoked);
    assert_eq!(phone.secrets().len(), SEALING_KEY_ONLY);
    assert!(bank.gateway().phones(USER).await.unwrap().iter().all(|phone| phone.state == EnrolmentState::Revoked));
    let asked = bank.try_ask(RequestedBinding::Entry("123456".into())).await;
    assert!(matches!(asked, Err(ApprovalRequestError::NoDevice)));
}

#[tokio::test]
async fn revocation_by_the_server_deletes_the_keys() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::open(folder.path());
    let id = phone.enrol(&bank).await;
    bank.ask_code().await;
    let txn = phone.asked().await;
    assert!(bank.gateway().unenrol(USER, &id).await.unwrap());
    phone.refresh().await;
    assert_eq!(phone.state(), EnrolmentState::Revoked);
    assert_eq!(phone.secrets().len(), SEALING_KEY_ONLY);
    assert!(phone.approve(&txn, Some("314159")).await.is_err());
    let phone = phone.restarted();
    assert_eq!(phone.state(), EnrolmentState::Revoked);
}

#[tokio::test]
async fn unreachable_server_deletes_no_key() {
    let (mut bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::open(folder.path());
    let id = phone.enrol(&bank).await;
    bank.stop().await;
    assert!(matches!(phone.device.unenrol(&id).await, Err(AuthenticatorError::Transport(_))));
    assert!(!phone.device.refresh().await.unwrap().failed.is_empty());
    assert_eq!(phone.state(), EnrolmentState::Active);
    assert_eq!(phone.secrets().len(), SEALING_KEY_ONLY + 3);
}
