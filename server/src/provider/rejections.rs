//! The number of rejected requests of each client in the last minute. A client that tries user
//! names is stopped early.
//!
//! The numbers are kept in memory, so that a rejected request writes nothing. A restart forgets
//! them. Only authenticated clients are counted, so there are no more entries than clients.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use countersign_protocol::message::claims::Timestamp;

/// The length of the window, in seconds.
const WINDOW_SECS: i64 = 60;

/// The rejected requests of each client.
#[derive(Default)]
pub(super) struct Rejections(Mutex<HashMap<String, Window>>);

/// The rejected requests of one client since a time.
#[derive(Clone, Copy)]
struct Window {
    since: Timestamp,
    count: u32,
}

impl Rejections {
    /// Returns the number of rejected requests of the client in the current window.
    pub(super) fn count(&self, client: &str, now: Timestamp) -> u32 {
        let windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.get(client).filter(|window| window.covers(now)).map_or(0, |window| window.count)
    }

    /// Counts a rejected request.
    pub(super) fn add(&self, client: &str, now: Timestamp) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(client.to_owned()).or_insert(Window { since: now, count: 0 });
        if !window.covers(now) {
            *window = Window { since: now, count: 0 };
        }
        window.count = window.count.saturating_add(1);
    }
}

impl Window {
    fn covers(&self, now: Timestamp) -> bool {
        (0..WINDOW_SECS).contains(&now.since(self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_requests_are_counted_per_client_and_minute() {
        let rejections = Rejections::default();
        let at = Timestamp::from_seconds;
        for second in [100, 130, 159] {
            rejections.add("shop", at(second));
        }
        assert_eq!((rejections.count("shop", at(159)), rejections.count("other", at(159))), (3, 0));
        assert_eq!(rejections.count("shop", at(160)), 0);
        rejections.add("shop", at(160));
        assert_eq!(rejections.count("shop", at(219)), 1);
        assert_eq!(rejections.count("shop", at(90)), 0, "a clock that was set back ends the window");
    }
}
