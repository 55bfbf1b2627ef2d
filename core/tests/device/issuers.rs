//! Two issuers on one phone: a slow one does not affect the other.

use std::sync::Arc;
use std::time::Duration;

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{id, push, state_of};
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::{Authenticator, Outcome};

/// Returns a phone with enrolments at two banks. The first one is slow from now on.
async fn two_banks() -> (Arc<Bank>, Arc<Bank>, Phone, Authenticator) {
    let (slow, other) = (Bank::new(), Bank::named("other"));
    let (phone, device) = Phone::enrolled(&slow).await;
    phone.enrol_at(&other, &device).await;
    *phone.clock.virtual_since.lock().unwrap() = Some(tokio::time::Instant::now());
    (slow, other, phone, device)
}

#[tokio::test(start_paused = true)]
async fn slow_issuer_does_not_delay_another_or_its_own_requests() {
    let (slow, other, _phone, device) = two_banks().await;
    for _ in 0..20 {
        let txn = push(&slow, &device, &slow.payment());
        slow.fail_next(BankFault::Unreachable);
        assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Queued));
    }
    let new = [&slow, &other].map(|bank| {
        let request = bank.payment();
        bank.kept.lock().unwrap().requests.push(bank.sign(&request));
        request.txn
    });
    *slow.delay.lock().unwrap() = Duration::from_secs(14);
    let began = tokio::time::Instant::now();
    let refresh = tokio::spawn({
        let device = device.clone();
        async move { device.refresh().await.unwrap() }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(state_of(&device, &new[1]), EntryState::Pending, "the other bank's request is there at once");
    let refreshed = refresh.await.unwrap();
    assert_eq!(refreshed.new, new, "the new requests of both");
    assert!(began.elapsed() <= Duration::from_secs(45), "{:?}", began.elapsed());
    assert_eq!(refreshed.failed.len(), 1, "{:?}", refreshed.failed);
    assert_eq!(refreshed.failed[0].enrolment, id());
    // The next refreshes send the rest.
    *slow.delay.lock().unwrap() = Duration::ZERO;
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert_eq!(slow.kept.lock().unwrap().decided.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn issuer_that_never_responds_uses_up_only_its_budget() {
    let (slow, other, _phone, device) = two_banks().await;
    let request = other.payment();
    other.kept.lock().unwrap().requests.push(other.sign(&request));
    *slow.delay.lock().unwrap() = Duration::from_secs(3600);
    let began = tokio::time::Instant::now();
    let refresh = tokio::spawn({
        let device = device.clone();
        async move { device.refresh().await.unwrap() }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(state_of(&device, &request.txn), EntryState::Pending, "the other bank's request is there at once");
    let refreshed = refresh.await.unwrap();
    assert_eq!(refreshed.new, [request.txn]);
    assert!(refreshed.failed.iter().all(|failure| failure.enrolment == id()), "{:?}", refreshed.failed);
    assert!(began.elapsed() <= Duration::from_secs(45), "{:?}", began.elapsed());
}
