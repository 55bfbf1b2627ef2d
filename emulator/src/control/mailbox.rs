//! A stand-in for the push services: stores pushes until a test collects them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use countersign_server::push::{Payload, PushError, Relay, Service};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::problem::wrong;
use super::{Answer, Control};
use crate::web::Body;

/// The number of stored pushes; the oldest are dropped. With 4,096 bytes each, they take 16 MiB.
const MOST: usize = 4096;

/// The longest wait for a push, in milliseconds.
const MAX_WAIT_MS: u64 = 60_000;

/// Pushes for phones with an FCM or APNs address.
#[derive(Default)]
pub(crate) struct Mailbox {
    /// Token and payload, oldest first.
    kept: Mutex<VecDeque<(String, Payload)>>,
    arrived: Notify,
}

#[async_trait]
impl Relay for Mailbox {
    async fn send(&self, _: Service, token: &str, payload: Payload) -> Result<(), PushError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.pop_front();
        }
        kept.push_back((token.to_owned(), payload));
        drop(kept);
        self.arrived.notify_waiters();
        Ok(())
    }
}

impl Mailbox {
    /// Removes and returns all pushes for a token.
    fn take(&self, token: &str) -> Vec<Payload> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, others) = kept.drain(..).partition(|(to, _)| to == token);
        *kept = others;
        let taken: VecDeque<(String, Payload)> = taken;
        taken.into_iter().map(|(_, payload)| payload).collect()
    }

    /// Waits for pushes for a token, then removes and returns them.
    async fn next(&self, token: &str) -> Vec<Payload> {
        loop {
            let mut arrived = std::pin::pin!(self.arrived.notified());
            // From here on, an arrival between the check and the wait is not missed.
            arrived.as_mut().enable();
            let taken = self.take(token);
            if !taken.is_empty() {
                return taken;
            }
            arrived.await;
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    token: String,
    #[serde(default)]
    wait_ms: u64,
}

#[derive(Serialize)]
pub(super) struct Pushes {
    /// The data of each push, as an app receives it.
    pushes: Vec<BTreeMap<String, String>>,
}

/// `POST /pushes`: returns all pushes for a token, oldest first. Waits up to `wait_ms` for the
/// first.
pub(super) async fn pushes(State(control): State<Control>, Body(body): Body<Wanted>) -> Answer<Pushes> {
    if body.wait_ms > MAX_WAIT_MS {
        return Err(wrong("bad_wait", format!("`wait_ms` is at most {MAX_WAIT_MS}")));
    }
    let taken = tokio::select! {
        biased;
        taken = control.mailbox.next(&body.token) => taken,
        () = tokio::time::sleep(Duration::from_millis(body.wait_ms)) => Vec::new(),
        () = control.stop.cancelled() => Vec::new(),
    };
    Ok(Json(Pushes { pushes: taken.iter().map(Payload::members).collect() }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_core::message::push::{Push, PushContent};

    use super::*;

    fn payload(number: usize) -> Payload {
        let handle = "h".repeat(22).parse().unwrap();
        Payload::of(Push { handle, content: PushContent::Wake(number.to_string().parse().unwrap()) }).unwrap()
    }

    #[tokio::test]
    async fn pushes_are_returned_per_token_in_order_and_once() {
        let mailbox = Mailbox::default();
        for (token, number) in [("a", 1), ("b", 2), ("a", 3)] {
            mailbox.send(Service::Fcm, token, payload(number)).await.unwrap();
        }
        assert_eq!(mailbox.take("a"), [payload(1), payload(3)]);
        assert_eq!((mailbox.take("a"), mailbox.take("b")), (vec![], vec![payload(2)]));
    }

    #[tokio::test]
    async fn wait_ends_only_with_a_push_for_its_token() {
        let mailbox = Arc::new(Mailbox::default());
        let waiting = tokio::spawn({
            let mailbox = mailbox.clone();
            async move { mailbox.next("a").await }
        });
        tokio::task::yield_now().await;
        mailbox.send(Service::Apns, "b", payload(1)).await.unwrap();
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        mailbox.send(Service::Apns, "a", payload(2)).await.unwrap();
        assert_eq!(waiting.await.unwrap(), [payload(2)]);
    }

    #[tokio::test]
    async fn oldest_pushes_are_dropped_when_full() {
        let mailbox = Mailbox::default();
        for number in 0..MOST + 2 {
            mailbox.send(Service::Fcm, "a", payload(number)).await.unwrap();
        }
        let kept = mailbox.take("a");
        assert_eq!((kept.len(), &kept[0]), (MOST, &payload(2)));
    }
}
