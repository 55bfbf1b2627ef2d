//! Two phones of one account: the first decision wins, and the other phone learns of it.

use countersign_core::Outcome;
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::inbox::ClosedState;
use countersign_core::message::receipt;
use countersign_server::gateway;

use super::bank::{Bank, CODE};
use super::phone::TestPhone;

#[tokio::test]
async fn first_decision_wins_and_second_is_rejected() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let first = TestPhone::enrolled(&folder.path().join("first"), &bank).await;
    let second = TestPhone::enrolled(&folder.path().join("second"), &bank).await;
    let approval_request = bank.ask_code().await;
    let (at_first, at_second) = (first.asked().await, second.asked().await);
    assert_ne!(at_first, at_second);

    let denied = first.device.deny(&at_first, DenyReason::NotMe).await.unwrap();
    assert_eq!(denied, Outcome::Confirmed);
    let late = second.approve(&at_second, Some(CODE)).await.unwrap();
    assert_eq!(late, Outcome::Failed(receipt::Outcome::AlreadyDecided));
    assert_eq!(
        bank.outcome(&approval_request).await,
        gateway::Outcome::Denied { reason: gateway::DenialReason::User(DenyReason::NotMe) }
    );
}

#[tokio::test]
async fn other_phone_learns_decision_from_inbox() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let first = TestPhone::enrolled(&folder.path().join("first"), &bank).await;
    let second = TestPhone::enrolled(&folder.path().join("second"), &bank).await;
    let approval_request = bank.ask_code().await;
    let (at_first, at_second) = (first.asked().await, second.asked().await);

    assert_eq!(first.approve(&at_first, Some(CODE)).await.unwrap(), Outcome::Confirmed);
    second.refresh().await;
    assert_eq!(second.entry(&at_second), EntryState::Ended(ClosedState::Decided));
    assert!(second.approve(&at_second, Some(CODE)).await.is_err());
    assert!(bank.approved(&approval_request).await);
}
