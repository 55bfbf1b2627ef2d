//! The end of an enrolment, from either side. Keys go on the server's signed word and on nothing else.

use countersign_core::AuthenticatorError;
use countersign_core::message::status::EnrolmentState;
use countersign_server::gateway::{ApprovalRequestError, RequestedBinding};

use super::bank::{Bank, USER};
use super::handset::Handset;

/// The key that seals the state stays.
const SEALING_KEY_ONLY: usize = 1;

#[tokio::test]
async fn the_phone_leaves() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = Handset::open(folder.path());
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
async fn the_server_removes_the_phone() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = Handset::open(folder.path());
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
async fn a_server_that_is_gone_deletes_no_key() {
    let (mut bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = Handset::open(folder.path());
    let id = phone.enrol(&bank).await;
    bank.stop().await;
    assert!(matches!(phone.device.unenrol(&id).await, Err(AuthenticatorError::Transport(_))));
    assert!(!phone.device.refresh().await.unwrap().failed.is_empty());
    assert_eq!(phone.state(), EnrolmentState::Active);
    assert_eq!(phone.secrets().len(), SEALING_KEY_ONLY + 3);
}
