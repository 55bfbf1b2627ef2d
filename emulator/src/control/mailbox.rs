//! Stands where push services stand: keeps what they would have carried, until a test takes it to its phone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use countersign_server::push::{Payload, Relay, Service};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::problem::wrong;
use super::{Answer, Control};
use crate::web::Body;

/// Pushes that are kept; of more, the oldest go. With 4096 bytes each, 16 MiB.
const MOST: usize = 4096;

/// The longest wait for a push.
const LONGEST_WAIT_MS: u64 = 60_000;

/// What phones with an address of FCM or APNs would have been sent.
#[derive(Default)]
pub(crate) struct Mailbox {
    /// Token and payload, oldest first.
    kept: Mutex<VecDeque<(String, Payload)>>,
    arrived: Notify,
}

#[async_trait]
impl Relay for Mailbox {
    async fn send(&self, _: Service, token: &str, payload: Payload) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.pop_front();
        }
        kept.push_back((token.to_owned(), payload));
        drop(kept);
        self.arrived.notify_waiters();
    }
}

impl Mailbox {
    /// Takes out everything for that token.
    fn take(&self, token: &str) -> Vec<Payload> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, others) = kept.drain(..).partition(|(to, _)| to == token);
        *kept = others;
        let taken: VecDeque<(String, Payload)> = taken;
        taken.into_iter().map(|(_, payload)| payload).collect()
    }

    /// Takes out everything for that token, as soon as there is something.
    async fn next(&self, token: &str) -> Vec<Payload> {
        loop {
            let mut arrived = std::pin::pin!(self.arrived.notified());
            // From here on an arrival is not missed, also between the look and the wait.
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
    /// The data of each, as an app gets it.
    pushes: Vec<BTreeMap<String, String>>,
}

/// `POST /pushes`: takes every push for a token, oldest first; waits for the first one as long as the caller wants.
pub(super) async fn pushes(State(control): State<Control>, Body(body): Body<Wanted>) -> Answer<Pushes> {
    if body.wait_ms > LONGEST_WAIT_MS {
        return Err(wrong("bad_wait", format!("`wait_ms` is at most {LONGEST_WAIT_MS}")));
    }
    let taken = tokio::select! {
        biased;
        taken = control.mailbox.next(&body.token) => taken,
        () = tokio::time::sleep(Duration::from_millis(body.wait_ms)) => Vec::new(),
        () = control.stop.requested() => Vec::new(),
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
    async fn each_token_gets_its_own_oldest_first_and_once() {
        let mailbox = Mailbox::default();
        for (token, number) in [("a", 1), ("b", 2), ("a", 3)] {
            mailbox.send(Service::Fcm, token, payload(number)).await;
        }
        assert_eq!(mailbox.take("a"), [payload(1), payload(3)]);
        assert_eq!((mailbox.take("a"), mailbox.take("b")), (vec![], vec![payload(2)]));
    }

    #[tokio::test]
    async fn a_wait_ends_with_its_own_push_and_no_other() {
        let mailbox = Arc::new(Mailbox::default());
        let waiting = tokio::spawn({
            let mailbox = mailbox.clone();
            async move { mailbox.next("a").await }
        });
        tokio::task::yield_now().await;
        mailbox.send(Service::Apns, "b", payload(1)).await;
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        mailbox.send(Service::Apns, "a", payload(2)).await;
        assert_eq!(waiting.await.unwrap(), [payload(2)]);
    }

    #[tokio::test]
    async fn of_too_many_the_oldest_go() {
        let mailbox = Mailbox::default();
        for number in 0..MOST + 2 {
            mailbox.send(Service::Fcm, "a", payload(number)).await;
        }
        let kept = mailbox.take("a");
        assert_eq!((kept.len(), &kept[0]), (MOST, &payload(2)));
    }
}
