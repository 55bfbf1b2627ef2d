//! The job that sends the pushes of the outbox: after a kill, after a failure, and never too late.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use countersign_protocol::message::enrolment::{PushAddress, PushKind};
use countersign_protocol::message::push::{Push, PushContent};

use super::device::Device;
use super::{Bench, entry};
use crate::policy::RequestPolicy;
use crate::push::{Channels, Payload, PushError, Relay, Service};

/// A push service that rejects the first payloads and keeps the others.
#[derive(Default)]
struct Unreliable {
    failures: AtomicUsize,
    kept: Mutex<Vec<Payload>>,
}

#[async_trait]
impl Relay for Unreliable {
    async fn send(&self, _: Service, _: &str, payload: Payload) -> Result<(), PushError> {
        if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(PushError("not now".to_owned()));
        }
        self.kept.lock().unwrap().push(payload);
        Ok(())
    }
}

/// A gateway whose push service rejects the first payloads, and a phone that uses the service.
async fn bench(failures: usize) -> (Bench, Arc<Unreliable>, Device) {
    let relay = Arc::new(Unreliable { failures: AtomicUsize::new(failures), ..Unreliable::default() });
    let channels = Channels { relay: Some(relay.clone()), ..Channels::default() };
    let bench = Bench::over(RequestPolicy::default(), channels).await;
    let phone = bench.phone().await;
    let address = PushAddress { kind: PushKind::Fcm, token: Some("token".to_owned()) };
    bench.change_enrolment(&phone, |enrolment| enrolment.push = address).await;
    bench.wait_for_outbox(0).await;
    (bench, relay, phone)
}

impl Bench {
    /// The number of pushes in the outbox, whenever they are due.
    async fn outbox(&self) -> usize {
        let later = self.clock.now().plus(86_400);
        self.store().read().await.unwrap().due_pushes(later, 100).await.unwrap().len()
    }

    /// Waits until the outbox has that many pushes.
    async fn wait_for_outbox(&self, expected: usize) {
        let reached = async {
            while self.outbox().await != expected {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached).await.unwrap();
    }
}

fn taken(relay: &Unreliable) -> Vec<Payload> {
    std::mem::take(&mut *relay.kept.lock().unwrap())
}

#[tokio::test]
async fn push_is_sent_after_a_kill_between_commit_and_send() {
    let (mut bench, relay, phone) = bench(0).await;
    taken(&relay);
    bench.pushes.abort();
    bench.request_approval(entry()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!((bench.outbox().await, taken(&relay).len()), (1, 0), "committed and not sent");

    bench.restart_pushes();
    bench.wait_for_outbox(0).await;
    let sent = taken(&relay);
    assert_eq!(sent.len(), 1);
    let push: Push = serde_json::from_str(sent[0].as_str()).unwrap();
    let PushContent::Sealed(sealed) = push.content else { panic!("not sealed") };
    assert_eq!(phone.unseal(&sealed), phone.waiting().await);
}

#[tokio::test]
async fn failed_push_is_sent_again_after_a_pause() {
    let (bench, relay, _phone) = bench(0).await;
    taken(&relay);
    relay.failures.store(1, Ordering::SeqCst);
    bench.request_approval(entry()).await;
    let delayed = async {
        loop {
            let later = bench.clock.now().plus(86_400);
            let rows = bench.store().read().await.unwrap().due_pushes(later, 1).await.unwrap();
            if rows.iter().any(|row| row.attempts == 1) {
                break rows;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let rows = tokio::time::timeout(Duration::from_secs(10), delayed).await.unwrap();
    assert_eq!(rows[0].next_attempt, bench.clock.now().plus(2));
    bench.clock.shift(2);
    bench.wait_for_outbox(0).await;
    assert_eq!(taken(&relay).len(), 1);
}

#[tokio::test]
async fn push_of_an_ended_request_is_dropped() {
    for ended in ["cancelled", "expired"] {
        let (mut bench, relay, _phone) = bench(0).await;
        taken(&relay);
        bench.pushes.abort();
        let made = bench.request_approval(entry()).await;
        match ended {
            "cancelled" => assert!(bench.gateway.cancel(&made).await.unwrap()),
            _ => bench.clock.shift(300),
        }
        bench.restart_pushes();
        bench.wait_for_outbox(0).await;
        assert_eq!(taken(&relay).len(), 0, "{ended}");
    }
}

#[tokio::test]
async fn push_that_fails_until_its_expiry_is_dropped() {
    let (bench, relay, _phone) = bench(0).await;
    taken(&relay);
    relay.failures.store(usize::MAX, Ordering::SeqCst);
    bench.request_approval(entry()).await;
    let ended = async {
        while bench.outbox().await > 0 {
            bench.clock.shift(60);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap();
    assert_eq!(taken(&relay).len(), 0);
}
