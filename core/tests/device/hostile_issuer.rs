//! A hostile issuer on the phone: the size of the state, and the time of another issuer's messages.
//!
//! The measurement: `cargo test -p countersign-core --test device hostile_issuer -- --nocapture`.
#![expect(clippy::print_stdout, reason = "the output is the measurement")]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::push;
use countersign_core::adapters::desktop::StateFile;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::inbox::{Closed, ClosedState};
use countersign_core::message::request::{Context, Request};
use countersign_core::platform::StateStore as _;
use countersign_core::{Authenticator, Outcome};

/// The maximum size of what a hostile issuer adds to the state without decisions of the user.
const MAX_HOSTILE_BYTES: usize = 640 * 1024;
/// The number of messages that are measured.
const REPEATS: u32 = 20;

/// The number of rounds of the hostile issuer.
const ROUNDS: usize = 60;

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

/// Measures a phone whose first bank fills its part of the state, and a quiet phone, in turn.
#[tokio::test]
async fn hostile_issuer_fills_only_its_bounded_part_of_the_state() {
    let (mut quiet, mut full) = (Measured::new().await, Measured::new().await);
    let before = stored(&quiet.phone).len();
    let sizes = fill(&full.first, &full.phone, &full.device).await;
    for _ in 0..REPEATS {
        quiet.step().await;
        full.step().await;
    }
    let after = stored(&full.phone).len();
    let change = |of: fn(&Measured) -> Duration| {
        let [quiet, full] = [of(&quiet), of(&full)].map(|sum| sum.as_secs_f64() * 1000.0 / f64::from(REPEATS));
        format!("{quiet:.2} -> {full:.2} ms (x {:.2})", full / quiet)
    };
    let largest = sizes.iter().max().unwrap() - before;
    println!(
        "HOSTILE {ROUNDS} rounds: state {before} -> {after} bytes, at most {largest} more; another issuer's push {}, refresh {}; refresh of \
         both {}; write to the disk {}",
        change(|measured| measured.push),
        change(|measured| measured.refresh),
        change(|measured| measured.both),
        change(|measured| measured.disk),
    );
    // Counters in the state can get another digit.
    let half = sizes[ROUNDS / 2];
    assert!(sizes[ROUNDS / 2..].iter().all(|size| size.abs_diff(half) < 8), "the state still grows: {sizes:?}");
    assert!(largest < MAX_HOSTILE_BYTES, "{largest}");
}

/// A phone with two banks, and the time of the messages of the second one.
struct Measured {
    first: Arc<Bank>,
    other: Arc<Bank>,
    phone: Phone,
    device: Authenticator,
    folder: tempfile::TempDir,
    /// The time of pushes of the other bank.
    push: Duration,
    /// The time of refreshes in which only the other bank responds.
    refresh: Duration,
    /// The time of refreshes in which both banks respond.
    both: Duration,
    /// The time of writes of the state to a file.
    disk: Duration,
}

impl Measured {
    async fn new() -> Self {
        let (first, other) = (Bank::new(), Bank::named("other"));
        let (phone, device) = Phone::enrolled(&first).await;
        phone.enrol_at(&other, &device).await;
        let folder = tempfile::tempdir().unwrap();
        let (push, refresh, both, disk) = Default::default();
        Self { first, other, phone, device, folder, push, refresh, both, disk }
    }

    async fn step(&mut self) {
        let message = self.other.push(&self.other.sign(&self.other.payment()));
        let began = Instant::now();
        self.device.receive(&message).unwrap();
        self.push += began.elapsed();
        self.first.fail_next(BankFault::Unreachable);
        let began = Instant::now();
        self.device.refresh().await.unwrap();
        self.refresh += began.elapsed();
        let began = Instant::now();
        self.device.refresh().await.unwrap();
        self.both += began.elapsed();
        let (store, bytes) = (StateFile::open(self.folder.path()).unwrap(), stored(&self.phone));
        let began = Instant::now();
        store.save(&bytes).unwrap();
        self.disk += began.elapsed();
    }
}
