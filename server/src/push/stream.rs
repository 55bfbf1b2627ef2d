//! Pushes over a connection that the phone keeps open (Server-Sent Events), for apps in the
//! foreground and phones without push services.
//!
//! The connections are kept in memory. Each has a small buffer. A slow phone loses the oldest
//! pushes. The number of connections is limited in total, for each account and for each phone. A
//! new connection of an account or phone replaces its oldest one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign_protocol::message::claims::RoutingHandle;
use tokio::sync::broadcast;

use super::Payload;

/// The longest time for which a connection stays open. The phone connects again.
pub(crate) const MAX_LIFETIME: Duration = Duration::from_secs(3_600);

/// The pushes that are kept for one connection.
const MAX_BUFFERED: usize = 16;

/// The connections of one phone. It needs one, and a second one while it changes networks.
const MAX_PER_PHONE: usize = 4;

/// The connections of all phones, and of the phones of one account, unless the server says
/// otherwise.
const MAX_IN_TOTAL: usize = 2_048;
const MAX_PER_ACCOUNT: usize = 20;

/// The open connections of all phones. Cheap to clone; all clones share them.
#[derive(Clone)]
pub struct Streams(Arc<Inner>);

struct Inner {
    limit: usize,
    per_account: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    by_handle: HashMap<RoutingHandle, Vec<Entry>>,
    next: u64,
}

/// The sending half of a connection. Dropping it ends the connection.
struct Entry {
    id: u64,
    account: String,
    sender: broadcast::Sender<Payload>,
}

impl Default for Streams {
    fn default() -> Self {
        Self::new(MAX_IN_TOTAL, MAX_PER_ACCOUNT)
    }
}

impl Streams {
    /// Returns the streams of a server that allows `limit` in total and `per_account` for the
    /// phones of one account.
    #[must_use]
    pub fn new(limit: usize, per_account: usize) -> Self {
        Self(Arc::new(Inner { limit, per_account, open: Mutex::default() }))
    }

    /// Connects the phone behind a routing handle. Closes the oldest connection of the phone or of
    /// the account if there are too many. Returns `None` if all phones together have too many.
    pub(crate) fn connect(&self, handle: &RoutingHandle, account: &str) -> Option<Connection> {
        let mut open = self.lock();
        open.make_room(MAX_PER_PHONE, |other, _| other == handle);
        open.make_room(self.0.per_account, |_, entry| entry.account == account);
        if open.count(|_, _| true) >= self.0.limit {
            return None;
        }
        let (sender, receiver) = broadcast::channel(MAX_BUFFERED);
        let id = open.next;
        open.next = id.wrapping_add(1);
        open.by_handle.entry(handle.clone()).or_default().push(Entry { id, account: account.to_owned(), sender });
        Some(Connection { receiver, id, handle: handle.clone(), streams: self.clone() })
    }

    /// Sends the payload to every connection of the phone behind a routing handle.
    pub(super) fn send(&self, handle: &RoutingHandle, payload: &Payload) {
        let open = self.lock();
        let entries = open.by_handle.get(handle).map(Vec::as_slice).unwrap_or_default();
        let reached = entries.iter().filter(|entry| entry.sender.send(payload.clone()).is_ok()).count();
        tracing::debug!(reached, "push by stream");
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn entries(&self) -> impl Iterator<Item = (&RoutingHandle, &Entry)> {
        self.by_handle.iter().flat_map(|(handle, entries)| entries.iter().map(move |entry| (handle, entry)))
    }

    fn count(&self, filter: impl Fn(&RoutingHandle, &Entry) -> bool) -> usize {
        self.entries().filter(|(handle, entry)| filter(handle, entry)).count()
    }

    /// Closes the oldest of these connections while there are `limit` or more.
    fn make_room(&mut self, limit: usize, filter: impl Fn(&RoutingHandle, &Entry) -> bool) {
        while self.count(&filter) >= limit {
            let found = self.entries().filter(|(handle, entry)| filter(handle, entry));
            let Some((id, handle)) = found.map(|(handle, entry)| (entry.id, handle.clone())).min_by_key(|(id, _)| *id)
            else {
                return;
            };
            self.remove(&handle, id);
        }
    }

    fn remove(&mut self, handle: &RoutingHandle, id: u64) {
        if let Some(entries) = self.by_handle.get_mut(handle) {
            entries.retain(|entry| entry.id != id);
            if entries.is_empty() {
                self.by_handle.remove(handle);
            }
        }
    }
}

/// One open connection. Dropping it closes it.
pub(crate) struct Connection {
    receiver: broadcast::Receiver<Payload>,
    id: u64,
    handle: RoutingHandle,
    streams: Streams,
}

impl Connection {
    /// Returns the next push, or `None` at the end. Pushes that did not fit into the buffer are
    /// skipped.
    pub(crate) async fn next(&mut self) -> Option<Payload> {
        loop {
            match self.receiver.recv().await {
                Ok(payload) => return Some(payload),
                Err(broadcast::error::RecvError::Lagged(lost)) => tracing::debug!(lost, "slow stream"),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.streams.lock().remove(&self.handle, self.id);
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

    fn connect(streams: &Streams, phone: &str) -> Connection {
        streams.connect(&handle(phone), "alice").unwrap()
    }

    #[tokio::test]
    async fn push_reaches_each_connection_of_its_phone_only() {
        let streams = Streams::default();
        let (mut one, mut two) = (connect(&streams, "h"), connect(&streams, "h"));
        let mut other = connect(&streams, "other");
        streams.send(&handle("h"), &payload(1));
        streams.send(&handle("other"), &payload(2));
        assert_eq!(one.next().await, Some(payload(1)));
        assert_eq!(two.next().await, Some(payload(1)));
        assert_eq!(other.next().await, Some(payload(2)));
    }

    #[tokio::test]
    async fn push_without_connection_is_lost() {
        let streams = Streams::default();
        streams.send(&handle("h"), &payload(1));
        drop(connect(&streams, "h"));
        assert!(streams.lock().by_handle.is_empty());
        let mut late = connect(&streams, "h");
        streams.send(&handle("h"), &payload(2));
        assert_eq!(late.next().await, Some(payload(2)));
    }

    #[tokio::test]
    async fn slow_connection_keeps_the_newest_pushes() {
        let streams = Streams::default();
        let mut slow = connect(&streams, "h");
        for reference in 0..MAX_BUFFERED + 3 {
            streams.send(&handle("h"), &payload(reference));
        }
        assert_eq!(slow.next().await, Some(payload(3)));
    }

    #[tokio::test]
    async fn new_connection_replaces_the_oldest_of_its_phone() {
        let streams = Streams::default();
        let mut other = connect(&streams, "other");
        let mut held: Vec<_> = (0..=MAX_PER_PHONE).map(|_| connect(&streams, "h")).collect();
        assert_eq!(held[0].next().await, None);
        streams.send(&handle("h"), &payload(1));
        streams.send(&handle("other"), &payload(2));
        for connection in &mut held[1..] {
            assert_eq!(connection.next().await, Some(payload(1)));
        }
        assert_eq!(other.next().await, Some(payload(2)));
    }

    #[tokio::test]
    async fn new_connection_replaces_the_oldest_of_its_account() {
        let streams = Streams::default();
        let mut bob = streams.connect(&handle("bob"), "bob").unwrap();
        let mut held: Vec<_> = (0..=MAX_PER_ACCOUNT).map(|number| connect(&streams, &format!("h{number}"))).collect();
        assert_eq!(held[0].next().await, None);
        streams.send(&handle("h1"), &payload(1));
        streams.send(&handle("bob"), &payload(2));
        assert_eq!((held[1].next().await, bob.next().await), (Some(payload(1)), Some(payload(2))));
    }

    #[test]
    fn connections_of_all_phones_are_limited() {
        let streams = Streams::new(2, 2);
        let (first, _second) = (connect(&streams, "a"), connect(&streams, "b"));
        assert!(streams.connect(&handle("c"), "bob").is_none());
        drop(first);
        assert!(streams.connect(&handle("c"), "bob").is_some());
    }
}
