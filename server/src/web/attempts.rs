//! How often a password may be tried: from one address over all names, and for one name from all addresses.
//!
//! Counted in memory, in maps of bounded size: what a stranger tries writes nothing to the disk. A restart forgets the
//! counts, which gives an attacker five more tries and costs nobody a sign-in.
//!
//! The two limits do not weigh the same. An address that fails waits longer and longer. A name that fails only slows
//! down: whoever has not failed from their own address is promised a turn within [`SOFT_WAIT`], so that nobody can lock
//! somebody else out.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use countersign_protocol::jose::Digest;

use super::address::Address;

/// Attempts from one address that cost nothing before waiting begins.
const FREE_OF_ADDRESS: u32 = 5;
/// Attempts for one name that cost nothing before waiting begins.
const FREE_OF_NAME: u32 = 10;
/// Attempts of one address for one name that do not lose it its promised turn.
const OWN_FAILURES: u32 = 3;
/// The first wait, in seconds; each further attempt doubles it.
const FIRST_WAIT: i64 = 10;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 900;
/// The longest wait for the failures of others, in seconds.
const SOFT_WAIT: i64 = 30;
/// How long failures are remembered after the last one, in seconds.
const REMEMBERED: i64 = 3_600;
/// The most entries of one map. When it is full those with the fewest failures make room.
const MOST: usize = 10_000;

/// The counts. One for the whole server.
#[derive(Default)]
pub(super) struct Attempts(Mutex<Counts>);

/// Whose password is tried: a name, or a browser that signed in under that name before and is counted by itself.
pub(super) type Target = Digest;

/// An attempt that was counted, before its password is looked at: attempts made at the same time are all counted.
pub(super) struct Attempt {
    address: Option<Address>,
    target: Target,
    /// The target's wait before this attempt.
    until: i64,
}

#[derive(Default)]
struct Counts {
    addresses: Bounded<Address>,
    targets: Bounded<Target>,
    /// What one address did to one target; `until` is when its promised turn comes, 0 without a promise.
    pairs: Bounded<(Target, Option<Address>)>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    failures: u32,
    until: i64,
    forget: i64,
}

impl Attempts {
    /// Counts an attempt from `address`; one that is not known is limited by its target only.
    ///
    /// # Errors
    /// The seconds to wait instead. Nothing is counted then.
    pub(super) fn begin(&self, address: Option<Address>, target: Target, now: i64) -> Result<Attempt, i64> {
        let mut counts = self.lock();
        let of_address = address.map(|address| counts.addresses.live(&address, now)).unwrap_or_default();
        if of_address.until > now {
            return Err(of_address.until.saturating_sub(now));
        }
        let of_target = counts.targets.live(&target, now);
        let pair = counts.pairs.live(&(target, address), now);
        let wait = of_target.until.saturating_sub(now);
        if wait > 0 {
            if address.is_some() && pair.failures >= OWN_FAILURES {
                return Err(wait);
            }
            let turn = if pair.until == 0 { now.saturating_add(wait.min(SOFT_WAIT)) } else { pair.until };
            if turn > now {
                counts.pairs.set((target, address), Count { until: turn, ..pair }, now);
                return Err(turn.saturating_sub(now));
            }
        }
        if let Some(address) = address {
            counts.addresses.set(address, of_address.failed(FREE_OF_ADDRESS, now), now);
        }
        counts.targets.set(target, of_target.failed(FREE_OF_NAME, now), now);
        counts.pairs.set((target, address), Count { failures: pair.failures.saturating_add(1), until: 0, ..pair }, now);
        Ok(Attempt { address, target, until: of_target.until })
    }

    /// The password was right: what this address failed for this target is forgiven, what it failed for others is not.
    pub(super) fn succeeded(&self, attempt: &Attempt) {
        let failures = self.lock().pairs.0.remove(&(attempt.target, attempt.address)).unwrap_or_default().failures;
        self.forgive(attempt, failures);
    }

    /// The password was not looked at.
    pub(super) fn withdrawn(&self, attempt: &Attempt) {
        if let Some(pair) = self.lock().pairs.0.get_mut(&(attempt.target, attempt.address)) {
            pair.failures = pair.failures.saturating_sub(1);
        }
        self.forgive(attempt, 1);
    }

    fn forgive(&self, attempt: &Attempt, failures: u32) {
        let mut counts = self.lock();
        // The attempt was allowed, so the address had no wait before it.
        if let Some(count) = attempt.address.and_then(|address| counts.addresses.0.get_mut(&address)) {
            *count = Count { failures: count.failures.saturating_sub(failures), until: 0, ..*count };
        }
        if let Some(count) = counts.targets.0.get_mut(&attempt.target) {
            *count = Count { failures: count.failures.saturating_sub(failures), until: attempt.until, ..*count };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn failed(self, free: u32, now: i64) -> Self {
        let failures = self.failures.saturating_add(1);
        Self { failures, until: self.until.max(now.saturating_add(wait_after(failures, free))), ..self }
    }
}

/// Seconds to wait after that many failed attempts.
fn wait_after(failures: u32, free: u32) -> i64 {
    let Some(over) = failures.checked_sub(free) else { return 0 };
    2_i64.checked_pow(over).map_or(LONGEST_WAIT, |factor| factor.saturating_mul(FIRST_WAIT).min(LONGEST_WAIT))
}

/// A map that never grows beyond [`MOST`] entries.
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
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        self.0.insert(key, Count { forget: now.saturating_add(REMEMBERED), ..count });
    }

    /// Drops what is over, and if that is not enough an eighth of the rest: those with the fewest failures, oldest first.
    fn make_room(&mut self, now: i64) {
        self.0.retain(|_, count| count.forget > now);
        let over = self.0.len().saturating_sub(MOST - MOST / 8);
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

    fn address(nth: u32) -> Option<Address> {
        Some(Address::of(std::net::Ipv4Addr::from(nth).into()))
    }

    fn target(name: &str) -> Target {
        Digest::of(name.as_bytes())
    }

    #[test]
    fn waiting_begins_after_the_free_attempts_doubles_and_ends_at_a_quarter_of_an_hour() {
        assert_eq!((0..5).map(|n| wait_after(n, 5)).collect::<Vec<_>>(), [0; 5]);
        assert_eq!((5..10).map(|n| wait_after(n, 5)).collect::<Vec<_>>(), [10, 20, 40, 80, 160]);
        assert_eq!(wait_after(12, 5), 900);
        assert_eq!(wait_after(u32::MAX, 5), 900);
    }

    #[test]
    fn one_password_for_many_names_is_limited_by_the_address() {
        let attempts = Attempts::default();
        for nth in 0..5 {
            assert!(attempts.begin(address(1), target(&nth.to_string()), 0).is_ok());
        }
        assert_eq!(attempts.begin(address(1), target("next"), 0).err(), Some(10));
        assert!(attempts.begin(address(2), target("next"), 0).is_ok());
    }

    #[test]
    fn whoever_did_not_fail_gets_a_turn_within_half_a_minute_however_long_the_attack() {
        let attempts = Attempts::default();
        let mut now = 0;
        // Every address tries as often as it may, for a long time.
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
    fn success_forgives_what_was_failed_for_that_name_only() {
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
    fn the_maps_stay_bounded_and_keep_who_failed_most() {
        let attempts = Attempts::default();
        for _ in 0..5 {
            attempts.begin(address(0), target("alice"), 0).ok().unwrap();
        }
        for nth in 1..20_000 {
            attempts.begin(address(nth), target(&nth.to_string()), 1).ok();
        }
        let counts = attempts.lock();
        assert!(counts.addresses.0.len() <= MOST && counts.targets.0.len() <= MOST && counts.pairs.0.len() <= MOST);
        drop(counts);
        assert_eq!(attempts.begin(address(0), target("bob"), 1).err(), Some(9));
    }
}
