//! The process is killed before and after each external effect: a call of the key store, a network
//! call, a write of the state. After the restart nothing is lost and nothing counts twice.
#![expect(clippy::print_stdout, reason = "the output reports the number of kill points")]

use std::collections::HashSet;
use std::sync::Arc;

use crate::bank::{Bank, BankFault};
use crate::fuse::once;
use crate::phone::Phone;
use crate::{approve, assert_works, id, push, secret_count, state_of};
use countersign_core::details::DetailTypes;
use countersign_core::device::EntryState;
use countersign_core::message::claims::Txn;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{PushAddress, PushKind};
use countersign_core::message::proof::KeySet;
use countersign_core::message::status::EnrolmentState;
use countersign_core::{Authenticator, Outcome};

/// A phone with a pending request, its bank, and another request in flight.
struct Scene {
    bank: Arc<Bank>,
    phone: Phone,
    waiting: Txn,
    coming: Txn,
    /// The request in flight, signed once.
    jws: String,
}

impl Scene {
    async fn new() -> (Self, Authenticator) {
        let bank = Bank::new();
        let (phone, device) = Phone::enrolled(&bank).await;
        let waiting = push(&bank, &device, &bank.payment());
        let coming = bank.payment();
        let jws = bank.sign(&coming);
        (Self { bank, phone, waiting, coming: coming.txn, jws }, device)
    }

    /// Returns how often the phone has the request that was in flight.
    fn came(&self, device: &Authenticator) -> usize {
        device.requests().iter().filter(|(_, entry)| entry.request.txn == self.coming).count()
    }

    /// Returns the different decisions on the pending request that reached the bank.
    fn answers(&self) -> usize {
        let sent = self.bank.kept.lock().unwrap().decisions.clone();
        sent.into_iter().collect::<HashSet<_>>().len()
    }
}

/// Kills the job one boundary later each time, restarts the phone and calls `look`, until the job
/// finishes. `look` also gets the result of a finished job. Prints and returns the number of
/// boundaries.
async fn at_every_point<T>(
    name: &str,
    job: impl AsyncFn(&Scene, &Authenticator) -> T,
    look: impl AsyncFn(&Scene, Authenticator, Option<T>),
) -> u64 {
    at_every_point_after(name, async |_, _| {}, job, look).await
}

/// Does the same with preparation that is not killed.
async fn at_every_point_after<T>(
    name: &str,
    before: impl AsyncFn(&Scene, &Authenticator),
    job: impl AsyncFn(&Scene, &Authenticator) -> T,
    look: impl AsyncFn(&Scene, Authenticator, Option<T>),
) -> u64 {
    for points in 0.. {
        let (scene, device) = Scene::new().await;
        before(&scene, &device).await;
        scene.phone.fuse.after(points);
        let done = once(job(&scene, &device));
        let ended = done.is_some();
        drop(device);
        scene.phone.fuse.never();
        look(&scene, scene.phone.start(), done).await;
        if ended {
            println!("CRASH {name}: {points} points, 0 lost, 0 doubled");
            return points;
        }
    }
    unreachable!("a job has an end");
}

/// Asserts that a decision in progress counts once: the request is still pending, or the decision
/// was stored and is delivered.
async fn answered_once(scene: &Scene, device: &Authenticator, again: impl AsyncFn() -> Outcome) {
    match state_of(device, &scene.waiting) {
        EntryState::Pending => {
            assert_eq!(scene.answers(), 0, "sent before it was kept");
            assert_eq!(again().await, Outcome::Confirmed);
        }
        EntryState::Queued(_) => assert_eq!(device.refresh().await.unwrap().failed, []),
        EntryState::Settled(_) => {}
        ended @ (EntryState::Abandoned(_) | EntryState::Ended(_)) => panic!("lost: {ended:?}"),
    }
    assert!(matches!(state_of(device, &scene.waiting), EntryState::Settled(_)), "lost");
    assert_eq!(scene.answers(), 1, "doubled");
    let evidence = device.evidence(&scene.waiting).unwrap().unwrap();
    let history = evidence.verify(&DetailTypes::default()).unwrap().history.unwrap();
    assert_eq!(history.earlier(), 0, "counted twice");
}

#[tokio::test]
async fn killed_approval_is_neither_lost_nor_doubled() {
    let points = at_every_point(
        "approve",
        async |scene, device| approve(device, &scene.waiting).await,
        async |scene, device, done| {
            assert!(done.is_none_or(|done| done == Ok(Outcome::Confirmed)));
            answered_once(scene, &device, async || approve(&device, &scene.waiting).await.unwrap()).await;
            assert_works(&scene.bank, &device).await;
        },
    )
    .await;
    // Before and after: the signature, the write that stores it, the proof of possession (the
    // second one with the bank's nonce), the call, the write of the receipt.
    assert!(points >= 10, "{points}");
}

#[tokio::test]
async fn killed_denial_is_neither_lost_nor_doubled() {
    let points = at_every_point(
        "deny",
        async |scene, device| device.deny(&scene.waiting, DenyReason::NotMe).await,
        async |scene, device, done| {
            assert!(done.is_none_or(|done| done == Ok(Outcome::Confirmed)));
            let again = async || device.deny(&scene.waiting, DenyReason::NotMe).await.unwrap();
            answered_once(scene, &device, again).await;
            assert_works(&scene.bank, &device).await;
        },
    )
    .await;
    assert!(points >= 10, "{points}");
}

#[tokio::test]
async fn killed_receive_stores_the_request_once_or_not_at_all() {
    let points = at_every_point(
        "receive",
        async |scene, device| device.receive(&scene.bank.push(&scene.jws)).is_ok(),
        async |scene, device, done| {
            assert!(done.is_none_or(|received| received));
            assert!(device.receive(&scene.bank.push(&scene.jws)).is_ok());
            assert_eq!(scene.came(&device), 1);
            assert_eq!(approve(&device, &scene.coming).await, Ok(Outcome::Confirmed));
            assert_works(&scene.bank, &device).await;
        },
    )
    .await;
    // Before and after the write.
    assert!(points >= 2, "{points}");
}

#[tokio::test]
async fn killed_refresh_sends_and_fetches_everything_once() {
    let points = at_every_point_after(
        "refresh",
        async |scene, device| {
            scene.bank.fail_next(BankFault::Unreachable);
            assert_eq!(approve(device, &scene.waiting).await, Ok(Outcome::Queued));
            scene.bank.kept.lock().unwrap().requests.push(scene.jws.clone());
        },
        async |_, device| device.refresh().await.unwrap().failed,
        async |scene, device, done| {
            let ended = done.is_some();
            assert!(done.is_none_or(|failed| failed.is_empty()));
            assert!(!ended || scene.came(&device) == 1);
            answered_once(scene, &device, async || panic!("lost")).await;
            assert_eq!(device.refresh().await.unwrap().failed, []);
            assert_eq!(scene.came(&device), 1);
            scene.bank.kept.lock().unwrap().requests.clear();
            assert_works(&scene.bank, &device).await;
        },
    )
    .await;
    // Before and after each of: proof, call and receipt of the decision; proof, call and write of
    // the inbox.
    assert!(points >= 12, "{points}");
}

#[tokio::test]
async fn killed_push_address_update_can_be_repeated() {
    let id = id();
    let address = || PushAddress { kind: PushKind::None, token: None };
    let points = at_every_point(
        "change push address",
        async |_, device| device.update_push_address(&id, address()).await,
        async |scene, device, done| {
            assert!(done.is_none_or(|done| done == Ok(())));
            assert_eq!(device.update_push_address(&id, address()).await, Ok(()));
            assert_works(&scene.bank, &device).await;
        },
    )
    .await;
    // Before and after each of: the write of the number, the signature, the proof, the call, the
    // receipt.
    assert!(points >= 8, "{points}");
}

/// Checks that the first refresh after a restart ends a rotation. Returns the keys that the bank
/// knows.
async fn rotation_is_settled(scene: &Scene, device: &Authenticator) -> KeySet {
    let ring = scene.bank.keys();
    device.refresh().await.unwrap();
    scene.phone.pass(601);
    assert_eq!(device.refresh().await.unwrap().failed, []);
    assert_eq!(scene.bank.keys(), ring, "settled by the first refresh");
    // One key may remain: it was created, and the process was killed before its name was returned.
    assert!((4..=5).contains(&secret_count(&scene.phone)), "{} secrets", secret_count(&scene.phone));
    ring
}

#[tokio::test]
async fn killed_rotation_loses_neither_enrolment_nor_keys() {
    let id = id();
    let points = at_every_point(
        "rotate",
        async |_, device| device.rotate_keys(&id).await,
        async |scene, device, done| {
            let ended = done.is_some();
            assert!(done.is_none_or(|done| done == Ok(())));
            // Requests from before and for the bank's current keys, approved and denied.
            assert_eq!(approve(&device, &scene.waiting).await, Ok(Outcome::Confirmed));
            assert_works(&scene.bank, &device).await;
            rotation_is_settled(scene, &device).await;
            device.rotate_keys(&id).await.unwrap();
            assert_works(&scene.bank, &device).await;
            assert!(!ended || secret_count(&scene.phone) == 6);
        },
    )
    .await;
    // Before and after each of: two keys and their notes, two signatures, the write, a proof of
    // possession, the call, the write of the receipt.
    assert!(points >= 16, "{points}");
}

#[tokio::test]
async fn killed_rotation_of_all_keys_loses_nothing() {
    let id = id();
    let points = at_every_point_after(
        "rotate all",
        async |scene, device| {
            scene.bank.fail_next(BankFault::Unreachable);
            assert_eq!(approve(device, &scene.waiting).await, Ok(Outcome::Queued));
        },
        async |_, device| device.rotate_all_keys(&id).await,
        async |scene, device, done| {
            let ended = done.is_some();
            assert!(done.is_none_or(|done| done == Ok(())));
            answered_once(scene, &device, async || panic!("lost")).await;
            assert_works(&scene.bank, &device).await;
            let ring = rotation_is_settled(scene, &device).await;
            device.rotate_all_keys(&id).await.unwrap();
            assert_works(&scene.bank, &device).await;
            assert!(scene.bank.keys().uvk != ring.uvk);
            assert!(!ended || secret_count(&scene.phone) == 6);
        },
    )
    .await;
    // Before and after each of: proof, call and receipt of the approval; three keys and their
    // notes, four signatures, the write, a proof of possession, the call, the write of the receipt,
    // the deletion of the old UVK.
    assert!(points >= 36, "{points}");
}

#[tokio::test]
async fn killed_unenrolment_ends_after_restart_and_deletes_keys() {
    let id = id();
    let points = at_every_point(
        "unenrol",
        async |_, device| device.unenrol(&id).await,
        async |scene, device, done| {
            assert!(done.is_none_or(|done| done == Ok(())));
            let ended = |device: &Authenticator| device.enrolments()[0].state == EnrolmentState::Revoked;
            if !ended(&device) {
                // The bank may or may not have received it.
                assert_eq!(device.unenrol(&id).await, Ok(()));
            }
            device.refresh().await.unwrap();
            assert!(ended(&device));
            assert_eq!(scene.bank.kept.lock().unwrap().state, Some(EnrolmentState::Revoked));
            assert_eq!(secret_count(&scene.phone), 1, "all three keys are gone, the sealing key stays");
            assert!(device.deny(&scene.waiting, DenyReason::Other).await.is_err());
        },
    )
    .await;
    assert!(points >= 16, "{points}");
}

#[tokio::test]
async fn killed_enrolment_is_complete_or_absent() {
    let mut points = 0;
    loop {
        let bank = Bank::new();
        let phone = Phone::new(&bank);
        let device = phone.start();
        let address = || PushAddress { kind: PushKind::Stream, token: None };
        phone.fuse.after(points);
        let done = once(device.enrol(bank.offer(), address()));
        drop(device);
        phone.fuse.never();
        let device = phone.start();
        match device.enrolments().len() {
            0 => {
                assert!(done.is_none(), "lost");
                let result = device.enrol(bank.offer(), address()).await;
                assert!(result.is_ok(), "killed at {points}: {result:?}");
            }
            1 => assert_eq!(device.enrolments()[0].confirm_code.as_deref(), Some(&*bank.expected_code())),
            more => panic!("{more} enrolments"),
        }
        device.receive(&bank.push(&bank.sign(&bank.status(EnrolmentState::Active)))).unwrap_or_else(|e| panic!("{e}"));
        assert_works(&bank, &device).await;
        // One key may remain: it was created, and the process was killed before its name was
        // returned.
        assert!((4..=5).contains(&secret_count(&phone)), "killed at {points}: {} secrets", secret_count(&phone));
        if done.is_some() {
            assert_eq!(secret_count(&phone), 4);
            break;
        }
        points += 1;
    }
    println!("CRASH enrol: {points} points, 0 lost, 0 doubled");
    assert!(points >= 20, "{points}");
}
