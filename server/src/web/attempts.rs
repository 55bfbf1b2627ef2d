//! The waits between password attempts: per network over all names, and per name over all networks.
//!
//! The counts are in memory, in maps of bounded size. A restart resets them. That gives an attacker
//! five more attempts and costs no user a sign-in. The number of attempts in a day is limited by
//! `daily_limit`, which a restart does not reset. Times are seconds of uptime, so that a step of
//! the wall clock makes no wait longer.
//!
//! The limits differ in strength. A network that fails waits longer after each attempt. A name that
//! fails is only slowed down: a caller who has not failed from its own network gets a turn within
//! [`SOFT_WAIT_SECS`], so nobody can lock another user out for long. After five failures in a row
//! every attempt for a name waits (PSD2 RTS, Article 4(3)(b)), except from a familiar browser.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use countersign_protocol::jose::Digest;

use super::address::Network;

/// The number of attempts for one name without a wait.
const FREE_OF_NAME: u32 = 5;
/// The number of attempts of one network for one name before it loses its guaranteed turn.
const OWN_FAILURES: u32 = 3;
/// The first wait in seconds. Each further attempt doubles it.
const FIRST_WAIT_SECS: i64 = 10;
/// The longest wait in seconds.
const MAX_WAIT_SECS: i64 = 900;
/// The longest wait because of other callers' failures, in seconds.
const SOFT_WAIT_SECS: i64 = 30;
/// How long failures are counted after the last one, in seconds.
const FAILURES_KEPT_SECS: i64 = 3_600;
/// The maximum number of entries in one map. When a map is full, the entries with the fewest
/// failures are removed.
const MAX_ENTRIES: usize = 10_000;

/// The counts of the server.
#[derive(Default)]
pub(super) struct Attempts(Mutex<Counts>);

/// The target of an attempt: a name, or a browser that has signed in with that name before and is
/// counted separately.
pub(super) type Target = Digest;

/// An attempt. It is counted before the password is verified, so that concurrent attempts are all
/// counted.
pub(super) struct Attempt {
    /// The caller's networks, the narrowest first. Empty if they are unknown.
    networks: Vec<Network>,
    target: Target,
    /// The end of the target's wait before this attempt.
    until: i64,
}

#[derive(Default)]
struct Counts {
    networks: Bounded<Network>,
    targets: Bounded<Target>,
    /// The attempts of one network for one target. `until` is the time of its guaranteed turn, or 0
    /// without one.
    pairs: Bounded<(Target, Option<Network>)>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    failures: u32,
    until: i64,
    forget: i64,
}

impl Attempts {
    /// Counts an attempt from `networks`, the narrowest first. An attempt from an unknown network
    /// is limited only by its target.
    ///
    /// # Errors
    /// The number of seconds to wait. The attempt is not counted then.
    pub(super) fn begin(&self, networks: Vec<Network>, target: Target, now: i64) -> Result<Attempt, i64> {
        let mut counts = self.lock();
        let until = networks.iter().map(|network| counts.networks.live(network, now).until).max();
        if let Some(until) = until.filter(|until| *until > now) {
            return Err(until.saturating_sub(now));
        }
        let of_target = counts.targets.live(&target, now);
        let pair = (target, networks.first().copied());
        let of_pair = counts.pairs.live(&pair, now);
        let wait = of_target.until.saturating_sub(now);
        if wait > 0 {
            if pair.1.is_some() && of_pair.failures >= OWN_FAILURES {
                return Err(wait);
            }
            let turn = if of_pair.until == 0 { now.saturating_add(wait.min(SOFT_WAIT_SECS)) } else { of_pair.until };
            if turn > now {
                counts.pairs.set(pair, Count { until: turn, ..of_pair }, now);
                return Err(turn.saturating_sub(now));
            }
        }
        for network in &networks {
            let failed = counts.networks.live(network, now).failed(network.free_attempts(), now);
            counts.networks.set(*network, failed, now);
        }
        counts.targets.set(target, of_target.failed(FREE_OF_NAME, now), now);
        let failures = of_pair.failures.saturating_add(1);
        counts.pairs.set(pair, Count { failures, until: 0, ..of_pair }, now);
        Ok(Attempt { networks, target, until: of_target.until })
    }

    /// Records a successful attempt. Failures of this network for this target are removed; failures
    /// for other targets remain.
    pub(super) fn succeeded(&self, attempt: &Attempt) {
        let failures = self.lock().pairs.0.remove(&attempt.pair()).unwrap_or_default().failures;
        self.forgive(attempt, failures);
    }

    /// Removes an attempt whose password was not verified.
    pub(super) fn withdrawn(&self, attempt: &Attempt) {
        if let Some(pair) = self.lock().pairs.0.get_mut(&attempt.pair()) {
            pair.failures = pair.failures.saturating_sub(1);
        }
        self.forgive(attempt, 1);
    }

    fn forgive(&self, attempt: &Attempt, failures: u32) {
        let mut counts = self.lock();
        // The attempt was allowed, so its networks had no wait before it.
        for network in &attempt.networks {
            if let Some(count) = counts.networks.0.get_mut(network) {
                *count = Count { failures: count.failures.saturating_sub(failures), until: 0, ..*count };
            }
        }
        if let Some(count) = counts.targets.0.get_mut(&attempt.target) {
            *count = Count { failures: count.failures.saturating_sub(failures), until: attempt.until, ..*count };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    fn pair(&self) -> (Target, Option<Network>) {
        (self.target, self.networks.first().copied())
    }
}

impl Count {
    fn failed(self, free: u32, now: i64) -> Self {
        let failures = self.failures.saturating_add(1);
        Self { failures, until: self.until.max(now.saturating_add(wait_after(failures, free))), ..self }
    }
}

/// Returns the wait in seconds after this number of failed attempts.
fn wait_after(failures: u32, free: u32) -> i64 {
    let Some(over) = failures.checked_sub(free) else { return 0 };
    2_i64.checked_pow(over).map_or(MAX_WAIT_SECS, |factor| factor.saturating_mul(FIRST_WAIT_SECS).min(MAX_WAIT_SECS))
}

/// A map with at most [`MAX_ENTRIES`] entries.
struct Bounded<K>(HashMap<K, Count>);

impl<K> Default for Bounded<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Copy + Eq + Hash> Bounded<K> {
    fn live(&self, key: &K, now: i64) -> Count {
        self.0.get(key).copied().filter(|count| count.forget > now).unwrap_or_default()
    }

    fn set(&mut self, key: K, count: Count, now: i64) {
        if self.0.len() >= MAX_ENTRIES && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        self.0.insert(key, Count { forget: now.saturating_add(FAILURES_KEPT_SECS), ..count });
    }

    /// Removes expired entries. If that is not enough, removes an eighth of the rest: the entries
    /// with the fewest failures, oldest first.
    fn make_room(&mut self, now: i64) {
        self.0.retain(|_, count| count.forget > now);
        let over = self.0.len().saturating_sub(MAX_ENTRIES - MAX_ENTRIES / 8);
        let mut all: Vec<_> = self.0.iter().map(|(key, count)| (count.failures, count.forget, *key)).collect();
        all.sort_unstable_by_key(|(failures, forget, _)| (*failures, *forget));
        for (_, _, key) in all.into_iter().take(over) {
            self.0.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(nth: u32) -> Vec<Network> {
        Network::of(std::net::Ipv4Addr::from(nth).into())
    }

    fn address_v6(text: &str) -> Vec<Network> {
        Network::of(text.parse().unwrap())
    }

    fn target(name: &str) -> Target {
        Digest::of(name.as_bytes())
    }

    #[test]
    fn wait_starts_after_free_attempts_and_doubles_to_limit() {
        assert_eq!((0..5).map(|n| wait_after(n, 5)).collect::<Vec<_>>(), [0; 5]);
        assert_eq!((5..10).map(|n| wait_after(n, 5)).collect::<Vec<_>>(), [10, 20, 40, 80, 160]);
        assert_eq!(wait_after(12, 5), 900);
        assert_eq!(wait_after(u32::MAX, 5), 900);
    }

    #[test]
    fn one_password_for_many_names_is_limited_by_address() {
        let attempts = Attempts::default();
        for nth in 0..5 {
            assert!(attempts.begin(address(1), target(&nth.to_string()), 0).is_ok());
        }
        assert_eq!(attempts.begin(address(1), target("next"), 0).err(), Some(10));
        assert!(attempts.begin(address(2), target("next"), 0).is_ok());
    }

    #[test]
    fn caller_without_failures_gets_a_turn_in_30_seconds() {
        let attempts = Attempts::default();
        let mut now = 0;
        // Every address makes as many attempts as allowed for a long time.
        for nth in 0..2_000 {
            attempts.begin(address(nth % 400), target("alice"), now).ok();
            now += 1;
        }
        let wait = attempts.begin(address(9_999), target("alice"), now).err().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        for second in 1..wait {
            attempts.begin(address(5_000 + u32::try_from(second).unwrap()), target("alice"), now + second).ok();
        }
        let attempt = attempts.begin(address(9_999), target("alice"), now + wait).ok().unwrap();
        attempts.succeeded(&attempt);
        assert!(attempts.begin(address(0), target("alice"), now + wait).is_err(), "the attack is not forgiven");
    }

    #[test]
    fn attempts_from_many_subnets_of_a_site_are_limited() {
        let attempts = Attempts::default();
        let mut allowed = 0;
        for nth in 0..200 {
            let caller = address_v6(&format!("2001:db8:0:{nth:x}::1"));
            allowed += u32::from(attempts.begin(caller, target(&nth.to_string()), 0).is_ok());
        }
        assert_eq!(allowed, 20, "one /56");
        for nth in 0..20_000 {
            let caller = address_v6(&format!("2001:db8:0:{nth:x}::1"));
            allowed += u32::from(attempts.begin(caller, target(&format!("b{nth}")), 0).is_ok());
        }
        assert_eq!(allowed, 80, "one /48");
        assert!(attempts.begin(address_v6("2001:db8:1::1"), target("other"), 0).is_ok());
    }

    #[test]
    fn success_clears_failures_for_that_name_only() {
        let attempts = Attempts::default();
        for name in ["alice", "bob", "carol", "mallory"] {
            attempts.begin(address(1), target(name), 0).ok().unwrap();
        }
        let own = attempts.begin(address(1), target("mallory"), 0).ok().unwrap();
        attempts.succeeded(&own);
        assert!(attempts.begin(address(1), target("dave"), 0).is_ok());
        assert!(attempts.begin(address(1), target("erin"), 0).is_ok(), "the fifth");
        assert_eq!(attempts.begin(address(1), target("frank"), 0).err(), Some(10));
    }

    #[test]
    fn a_withdrawn_attempt_does_not_count() {
        let attempts = Attempts::default();
        for _ in 0..50 {
            let attempt = attempts.begin(address(1), target("alice"), 0).ok().unwrap();
            attempts.withdrawn(&attempt);
        }
    }

    #[test]
    fn maps_are_bounded_and_keep_most_failures() {
        let attempts = Attempts::default();
        for _ in 0..5 {
            attempts.begin(address(0), target("alice"), 0).ok().unwrap();
        }
        for nth in 1..20_000 {
            attempts.begin(address(nth), target(&nth.to_string()), 1).ok();
        }
        let counts = attempts.lock();
        assert!(
            counts.networks.0.len() <= MAX_ENTRIES
                && counts.targets.0.len() <= MAX_ENTRIES
                && counts.pairs.0.len() <= MAX_ENTRIES
        );
        drop(counts);
        assert_eq!(attempts.begin(address(0), target("bob"), 1).err(), Some(9));
    }
}
