//! The places for connections: their number is limited in total and for each address.
//!
//! If all places are taken, a new connection replaces the one that has been inactive for the
//! longest time. A connection is active when it reads or writes bytes. Therefore connections that
//! send and read nothing cannot keep others out. Streams of phones are never replaced here. They
//! have their own limit.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::address::Address;

/// A connection that was active in this time is not replaced. The new one waits.
const MIN_INACTIVITY: Duration = Duration::from_secs(1);

/// The pause before the places are searched again.
const SEARCH_INTERVAL: Duration = Duration::from_millis(20);

/// The time between two warnings that most places are taken.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// The places. Cheap to clone; all clones share them.
#[derive(Clone)]
pub(super) struct Places(Arc<Inner>);

struct Inner {
    limit: usize,
    per_address: usize,
    min_inactivity: Duration,
    start: Instant,
    next: AtomicU64,
    open: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    by_id: HashMap<u64, Arc<Open>>,
    warned: Option<Instant>,
}

/// An open connection.
pub(super) struct Open {
    /// The address of the peer, unless all peers are the proxy.
    address: Option<Address>,
    start: Instant,
    /// The last time at which the connection read or wrote bytes, in milliseconds after `start`.
    active: AtomicU64,
    /// The number of calls.
    calls: AtomicU32,
    is_stream: AtomicBool,
    replaced: Notify,
}

/// A place. Dropping it frees it.
pub(super) struct Place {
    id: u64,
    open: Arc<Open>,
    places: Places,
}

impl Places {
    /// Makes places for `limit` connections, and for `per_address` ones from one address.
    pub(super) fn new(limit: usize, per_address: usize) -> Self {
        Self::with_inactivity(limit, per_address, MIN_INACTIVITY)
    }

    fn with_inactivity(limit: usize, per_address: usize, min_inactivity: Duration) -> Self {
        let (start, next, open) = (Instant::now(), AtomicU64::default(), Mutex::default());
        Self(Arc::new(Inner { limit, per_address, min_inactivity, start, next, open }))
    }

    /// Takes a place for a connection from that address. Waits while every other connection is
    /// active. Returns `None` if the address has too many streams.
    pub(super) async fn take(&self, address: Option<Address>) -> Option<Place> {
        loop {
            match self.try_take(address) {
                Attempt::Taken(place) => return Some(place),
                Attempt::Refused => return None,
                Attempt::Full => tokio::time::sleep(SEARCH_INTERVAL).await,
            }
        }
    }

    /// Returns true if every place is taken.
    pub(super) fn are_taken(&self) -> bool {
        self.lock().by_id.len() >= self.0.limit
    }

    fn try_take(&self, address: Option<Address>) -> Attempt {
        let mut connections = self.lock();
        let same = |open: &Open| address.is_some() && open.address == address;
        if connections.by_id.values().filter(|open| same(open)).count() >= self.0.per_address {
            // Only connections of the same address suffer, so their activity does not matter.
            if !connections.replace(same, Duration::ZERO) {
                return Attempt::Refused;
            }
        } else if connections.by_id.len() >= self.0.limit && !connections.replace(|_| true, self.0.min_inactivity) {
            return Attempt::Full;
        }
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let open = Arc::new(Open {
            address,
            start: self.0.start,
            active: AtomicU64::default(),
            calls: AtomicU32::default(),
            is_stream: AtomicBool::default(),
            replaced: Notify::new(),
        });
        open.touch();
        connections.by_id.insert(id, open.clone());
        connections.warn_if_few_are_left(self.0.limit);
        Attempt::Taken(Place { id, open, places: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Attempt {
    Taken(Place),
    /// Every connection is active. A later attempt can succeed.
    Full,
    /// The address has only streams.
    Refused,
}

impl Connections {
    /// Ends the connection that has been inactive for the longest time, at least `inactivity`.
    /// Returns false if there is none.
    fn replace(&mut self, candidate: impl Fn(&Open) -> bool, inactivity: Duration) -> bool {
        let candidates = self.by_id.iter().filter(|(_, open)| !open.is_stream() && candidate(open));
        let Some((id, open)) = candidates.min_by_key(|(id, open)| (open.active.load(Ordering::Relaxed), **id)) else {
            return false;
        };
        if open.inactivity() < inactivity {
            return false;
        }
        open.replaced.notify_one();
        let id = *id;
        self.by_id.remove(&id);
        true
    }

    fn warn_if_few_are_left(&mut self, limit: usize) {
        let few = self.by_id.len().saturating_mul(10) >= limit.saturating_mul(9);
        if few && self.warned.is_none_or(|at| at.elapsed() >= WARNING_INTERVAL) {
            self.warned = Some(Instant::now());
            tracing::warn!(
                connections = self.by_id.len(),
                limit,
                "90 % of the connections are in use: inactive ones are closed for new ones"
            );
        }
    }
}

impl Open {
    /// Records that the connection read or wrote bytes.
    pub(super) fn touch(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.active.store(millis, Ordering::Relaxed);
    }

    /// Counts a call and returns the number of calls.
    pub(super) fn count_call(&self) -> u32 {
        self.calls.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Marks the connection as a stream, which has its own limits.
    pub(super) fn set_stream(&self) {
        self.is_stream.store(true, Ordering::Relaxed);
    }

    /// Returns true if the connection is a stream.
    pub(super) fn is_stream(&self) -> bool {
        self.is_stream.load(Ordering::Relaxed)
    }

    /// Waits until another connection needs the place.
    pub(super) async fn replaced(&self) {
        self.replaced.notified().await;
    }

    fn inactivity(&self) -> Duration {
        self.start.elapsed().saturating_sub(Duration::from_millis(self.active.load(Ordering::Relaxed)))
    }
}

impl Place {
    /// Returns the connection.
    pub(super) fn open(&self) -> &Arc<Open> {
        &self.open
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().by_id.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<Address> {
        Some(Address::of([192, 0, 2, last].into()))
    }

    async fn is_replaced(place: &Place) -> bool {
        tokio::time::timeout(Duration::from_millis(10), place.open().replaced()).await.is_ok()
    }

    #[tokio::test]
    async fn inactive_connection_is_replaced_by_a_new_one() {
        let places = Places::with_inactivity(2, 2, Duration::ZERO);
        let (first, second) = (places.take(address(1)).await.unwrap(), places.take(address(2)).await.unwrap());
        assert!(places.are_taken());
        tokio::time::sleep(Duration::from_millis(2)).await;
        first.open().touch();
        let third = places.take(address(3)).await.unwrap();
        assert!(is_replaced(&second).await && !is_replaced(&first).await && !is_replaced(&third).await);
        drop(second);
        assert!(places.are_taken(), "a replaced connection does not free a second place");
        drop(third);
        assert!(!places.are_taken());
    }

    #[tokio::test]
    async fn active_connections_and_streams_are_not_replaced() {
        let places = Places::with_inactivity(2, 2, Duration::from_secs(600));
        let (active, stream) = (places.take(None).await.unwrap(), places.take(None).await.unwrap());
        stream.open().set_stream();
        assert!(matches!(places.try_take(None), Attempt::Full));
        let waiting = tokio::spawn({
            let places = places.clone();
            async move { places.take(None).await.is_some() }
        });
        drop(active);
        assert!(waiting.await.unwrap());
        assert!(!is_replaced(&stream).await);
    }

    #[tokio::test]
    async fn address_above_its_limit_replaces_its_own_connections_only() {
        let places = Places::with_inactivity(10, 2, Duration::from_secs(600));
        let other = places.take(address(1)).await.unwrap();
        let (first, second) = (places.take(address(2)).await.unwrap(), places.take(address(2)).await.unwrap());
        let third = places.take(address(2)).await.unwrap();
        assert!(is_replaced(&first).await && !is_replaced(&other).await && !is_replaced(&second).await);
        for place in [&second, &third] {
            place.open().set_stream();
        }
        assert!(places.take(address(2)).await.is_none(), "only streams are left");
        // Behind a proxy every peer is the proxy.
        for _ in 0..5 {
            std::mem::forget(places.take(None).await.unwrap());
        }
    }
}
