//! Servers and phones that stop at the worst moment: nothing is lost, nothing counts twice.

use countersign_core::Outcome;
use countersign_core::device::EntryState;
use countersign_core::message::receipt;

use super::bank::{Bank, CODE};
use super::phone::{Delivery, TestPhone};

#[tokio::test]
async fn server_restart_between_decision_and_receipt() {
    let (mut bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    let approval_request = bank.ask_code().await;
    let txn = phone.asked().await;
    phone.wire.delivery(Delivery::ReceiptLost);
    assert_eq!(phone.approve(&txn, Some(CODE)).await.unwrap(), Outcome::Queued);
    bank.stop().await;
    phone.wire.delivery(Delivery::Arrives);
    assert!(!phone.device.refresh().await.unwrap().failed.is_empty(), "nobody answers");
    assert!(matches!(phone.entry(&txn), EntryState::Queued(_)));

    bank.start(|_| ()).await;
    phone.refresh().await;
    let EntryState::Settled(settled) = phone.entry(&txn) else { panic!("no receipt was taken") };
    assert_eq!(settled.outcome, receipt::Outcome::Accepted);
    let sent = phone.wire.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "sent again byte for byte");
    assert!(bank.approved(&approval_request).await);
}

#[tokio::test]
async fn phone_killed_between_signing_and_sending() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    let approval_request = bank.ask_code().await;
    let txn = phone.asked().await;
    phone.wire.delivery(Delivery::Hangs);
    tokio::select! {
        outcome = phone.approve(&txn, Some(CODE)) => panic!("it was sent: {outcome:?}"),
        () = phone.wire.reached.notified() => {}
    }
    assert!(phone.wire.sent().is_empty());
    assert!(!bank.approved(&approval_request).await);

    let phone = phone.restarted();
    assert!(matches!(phone.entry(&txn), EntryState::Queued(_)), "signed and kept");
    phone.refresh().await;
    assert!(matches!(phone.entry(&txn), EntryState::Settled(_)));
    assert!(bank.approved(&approval_request).await);
    phone.refresh().await;
    assert_eq!(phone.wire.sent().len(), 1, "sent once");
}

#[tokio::test]
async fn restarted_phone_keeps_its_state() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    bank.ask_code().await;
    let txn = phone.asked().await;
    let enrolments = phone.device.enrolments();
    let now = phone.device.now(&enrolments[0].id).unwrap();
    let phone = phone.restarted();
    assert_eq!(phone.device.enrolments(), enrolments);
    assert_eq!(phone.entry(&txn), EntryState::Pending);
    assert!(phone.device.now(&enrolments[0].id).unwrap() >= now);
    assert_eq!(phone.approve(&txn, Some(CODE)).await.unwrap(), Outcome::Confirmed);
}
