//! Two issuers on one phone: a slow or hostile one does not affect the other.
#![expect(clippy::print_stdout, reason = "the output is the measurement")]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{id, push, state_of};
use countersign_core::device::EntryState;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::inbox::{Closed, ClosedState};
use countersign_core::message::request::{Context, Request};
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

/// The number of rounds of the hostile issuer.
const ROUNDS: usize = 24;

/// Fills the part of the state that the hostile bank can fill. Its requests are as long as
/// possible, and it moves the clock of its enrolment so that none of them expires. Returns the size
/// of the state after each round.
async fn fill(hostile: &Bank, phone: &Phone, device: &Authenticator) -> Vec<usize> {
    let mut sizes = Vec::new();
    for _ in 0..ROUNDS {
        hostile.now.fetch_add(200_000_000_000, Ordering::SeqCst);
        let context = Context { ip: None, place: None, agent: Some("x".repeat(4_000)), at: None };
        let requests: Vec<_> =
            (0..16).map(|_| Request { context: Some(context.clone()), ..hostile.payment() }).collect();
        hostile.kept.lock().unwrap().requests = requests.iter().map(|request| hostile.sign(request)).collect();
        device.refresh().await.unwrap();
        hostile.now.fetch_sub(200_000_000_000, Ordering::SeqCst);
        let closed = |request: Request| Closed { txn: request.txn, state: ClosedState::Cancelled };
        hostile.set(|kept| {
            kept.requests.clear();
            kept.closed = requests.into_iter().map(closed).collect();
        });
        device.refresh().await.unwrap();
        sizes.push(stored(phone).len());
    }
    sizes
}

fn stored(phone: &Phone) -> Vec<u8> {
    phone.state.bytes.lock().unwrap().clone().unwrap()
}

/// Returns the sealed records of the stored state, one for each enrolment. The last record is the
/// index.
fn records(phone: &Phone) -> Vec<Vec<u8>> {
    let bytes = stored(phone);
    let (mut rest, mut records) = (&bytes[5..], Vec::new());
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        let (record, tail) = tail.split_at(u32::from_be_bytes(*length).try_into().unwrap());
        records.push(record.to_vec());
        rest = tail;
    }
    assert_eq!(rest, b"");
    records
}

#[tokio::test]
async fn only_the_record_of_the_changed_enrolment_is_written_anew() {
    let (hostile, other) = (Bank::new(), Bank::named("other"));
    let (phone, device) = Phone::enrolled(&hostile).await;
    phone.enrol_at(&other, &device).await;
    fill(&hostile, &phone, &device).await;
    let before = records(&phone);
    let txn = push(&other, &device, &other.payment());
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    // A refresh without a response of the hostile bank.
    let request = other.payment();
    other.kept.lock().unwrap().requests.push(other.sign(&request));
    hostile.fail_next(BankFault::Unreachable);
    assert_eq!(device.refresh().await.unwrap().new, [request.txn]);
    let after = records(&phone);
    assert_eq!((before.len(), after.len()), (3, 3), "two enrolments and the index");
    assert!(before[0] == after[0], "the record of the hostile bank is copied");
    assert!(before[1] != after[1] && before[2] != after[2]);
    let changed = after[1].len() + after[2].len();
    assert!(changed < 16 * 1024, "{changed} bytes were sealed");
    // After a restart the records are still copied.
    drop(device);
    push(&other, &phone.start(), &other.payment());
    assert!(records(&phone)[0] == before[0]);
}

/// Measures a phone with a hostile issuer.
#[tokio::test]
async fn hostile_issuer_fills_only_its_bounded_part_of_the_state() {
    let (hostile, other) = (Bank::new(), Bank::named("other"));
    let (phone, device) = Phone::enrolled(&hostile).await;
    phone.enrol_at(&other, &device).await;
    let before = measured(&phone, &device, &hostile, &other).await;
    let sizes = fill(&hostile, &phone, &device).await;
    let after = measured(&phone, &device, &hostile, &other).await;
    let ratio = |of: fn(&Measured) -> Duration| of(&after).as_secs_f64() / of(&before).as_secs_f64();
    println!(
        "HOSTILE {ROUNDS} rounds: state {} -> {} bytes; another issuer's push x {:.1}, refresh x {:.1}; refresh of \
         both x {:.1}",
        before.size,
        after.size,
        ratio(|measured| measured.push),
        ratio(|measured| measured.refresh),
        ratio(|measured| measured.both),
    );
    // Counters in the state can get another digit.
    let half = sizes[ROUNDS / 2];
    assert!(sizes[ROUNDS - 1] <= half + 100, "the state still grows after {half} bytes: {}", sizes[ROUNDS - 1]);
}

struct Measured {
    size: usize,
    /// The time of a push of the other bank.
    push: Duration,
    /// The time of a refresh in which only the other bank responds.
    refresh: Duration,
    /// The time of a refresh in which both banks respond.
    both: Duration,
}

async fn measured(phone: &Phone, device: &Authenticator, hostile: &Bank, bank: &Bank) -> Measured {
    const REPEATS: u32 = 10;
    let began = Instant::now();
    for _ in 0..REPEATS {
        push(bank, device, &bank.payment());
    }
    let push = began.elapsed() / REPEATS;
    let began = Instant::now();
    for _ in 0..REPEATS {
        hostile.fail_next(BankFault::Unreachable);
        device.refresh().await.unwrap();
    }
    let refresh = began.elapsed() / REPEATS;
    let began = Instant::now();
    for _ in 0..REPEATS {
        device.refresh().await.unwrap();
    }
    let both = began.elapsed() / REPEATS;
    // The next measurement begins without these requests.
    phone.pass(400);
    Measured { size: stored(phone).len(), push, refresh, both }
}
