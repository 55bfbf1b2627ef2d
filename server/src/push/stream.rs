//! Pushes over a connection that the phone keeps open (Server-Sent Events), for apps in the
//! foreground and phones without push services.
//!
//! The connections are kept in memory. Each has a small buffer. A slow phone loses the oldest
//! pushes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_protocol::message::claims::RoutingHandle;
use tokio::sync::broadcast;

use super::Payload;

/// The pushes that are kept for one connection.
const MAX_BUFFERED: usize = 16;

/// The connections of one phone. It needs one, and a second one while it changes networks.
const MAX_CONNECTIONS: usize = 4;

/// The open connections of all phones.
#[derive(Clone, Default)]
pub struct Streams {
    by_handle: Arc<Mutex<HashMap<RoutingHandle, broadcast::Sender<Payload>>>>,
}

impl Streams {
    /// Connects the phone behind a routing handle. Returns `None` if it has too many connections.
    pub(crate) fn connect(&self, handle: &RoutingHandle) -> Option<Connection> {
        let mut by_handle = self.by_handle.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = by_handle.entry(handle.clone()).or_insert_with(|| broadcast::channel(MAX_BUFFERED).0);
        if sender.receiver_count() >= MAX_CONNECTIONS {
            return None;
        }
        Some(Connection { receiver: Some(sender.subscribe()), handle: handle.clone(), streams: self.clone() })
    }

    /// Sends the payload to every connection of the phone behind a routing handle.
    pub(super) fn send(&self, handle: &RoutingHandle, payload: Payload) {
        let by_handle = self.by_handle.lock().unwrap_or_else(PoisonError::into_inner);
        let reached = by_handle.get(handle).and_then(|sender| sender.send(payload).ok()).unwrap_or_default();
        tracing::debug!(reached, "push by stream");
    }

    fn disconnect(&self, handle: &RoutingHandle) {
        let mut by_handle = self.by_handle.lock().unwrap_or_else(PoisonError::into_inner);
        if by_handle.get(handle).is_some_and(|sender| sender.receiver_count() == 0) {
            by_handle.remove(handle);
        }
    }
}

/// One open connection. Dropping it closes it.
pub(crate) struct Connection {
    /// Present until the drop. The drop ends the subscription before it counts the remaining ones.
    receiver: Option<broadcast::Receiver<Payload>>,
    handle: RoutingHandle,
    streams: Streams,
}

impl Connection {
    /// Returns the next push, or `None` at the end. Pushes that did not fit into the buffer are
    /// skipped.
    pub(crate) async fn next(&mut self) -> Option<Payload> {
        let receiver = self.receiver.as_mut()?;
        loop {
            match receiver.recv().await {
                Ok(payload) => return Some(payload),
                Err(broadcast::error::RecvError::Lagged(lost)) => tracing::debug!(lost, "slow stream"),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.receiver = None;
        self.streams.disconnect(&self.handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(number: usize) -> Payload {
        Payload::sealed(&handle("h"), number.to_string()).unwrap()
    }

    fn handle(text: &str) -> RoutingHandle {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn push_reaches_each_connection_of_its_phone_only() {
        let streams = Streams::default();
        let (mut one, mut two) = (streams.connect(&handle("h")).unwrap(), streams.connect(&handle("h")).unwrap());
        let mut other = streams.connect(&handle("other")).unwrap();
        streams.send(&handle("h"), payload(1));
        streams.send(&handle("other"), payload(2));
        assert_eq!(one.next().await, Some(payload(1)));
        assert_eq!(two.next().await, Some(payload(1)));
        assert_eq!(other.next().await, Some(payload(2)));
    }

    #[tokio::test]
    async fn push_without_connection_is_lost() {
        let streams = Streams::default();
        streams.send(&handle("h"), payload(1));
        drop(streams.connect(&handle("h")));
        assert!(streams.by_handle.lock().unwrap().is_empty());
        let mut late = streams.connect(&handle("h")).unwrap();
        streams.send(&handle("h"), payload(2));
        assert_eq!(late.next().await, Some(payload(2)));
    }

    #[tokio::test]
    async fn slow_connection_keeps_the_newest_pushes() {
        let streams = Streams::default();
        let mut slow = streams.connect(&handle("h")).unwrap();
        for reference in 0..MAX_BUFFERED + 3 {
            streams.send(&handle("h"), payload(reference));
        }
        assert_eq!(slow.next().await, Some(payload(3)));
    }

    #[test]
    fn connections_of_a_phone_are_limited() {
        let streams = Streams::default();
        let held: Vec<_> = (0..MAX_CONNECTIONS).map(|_| streams.connect(&handle("h")).unwrap()).collect();
        assert!(streams.connect(&handle("h")).is_none());
        drop(held);
        assert!(streams.connect(&handle("h")).is_some());
    }
}
