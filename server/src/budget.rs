//! Budgets of callers: how many calls each of them may make in a time.
//!
//! A budget is checked in memory, before anything is written. It follows a clock that is never
//! set, so steps of the system clock have no effect. A restart fills every budget.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The callers whose use is remembered. A caller is forgotten when its budget is full again.
const MAX_CALLERS: usize = 100_000;

/// The time after which a call over the budget is answered. A caller that repeats its calls at once
/// therefore gets at most one answer per second on each of its connections.
pub(crate) const REJECTION_DELAY: Duration = Duration::from_secs(1);

/// The budgets of all callers of one kind.
pub(crate) struct Budgets<K> {
    /// The time at which each budget is full again.
    full_at: Mutex<HashMap<K, Instant>>,
    /// The time in which one call is added to a budget.
    interval: Duration,
    /// The time in which an empty budget becomes full.
    capacity: Duration,
}

/// A call over the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OverBudget {
    /// The whole seconds after which the next call is within the budget.
    pub(crate) retry_after_s: u64,
}

impl<K: Eq + Hash + Clone> Budgets<K> {
    /// Makes budgets of `per_minute` calls per minute, of which `burst` can come at once.
    pub(crate) fn new(per_minute: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(60) / per_minute.max(1);
        Self { full_at: Mutex::default(), interval, capacity: interval.saturating_mul(burst.max(1)) }
    }

    /// Takes one call from the budget of `caller`. Answers a call over the budget after
    /// [`REJECTION_DELAY`].
    ///
    /// # Errors
    /// [`OverBudget`] if nothing is left.
    pub(crate) async fn take(&self, caller: &K) -> Result<(), OverBudget> {
        let taken = self.take_at(caller, Instant::now());
        if taken.is_err() {
            tokio::time::sleep(REJECTION_DELAY).await;
        }
        taken
    }

    fn take_at(&self, caller: &K, now: Instant) -> Result<(), OverBudget> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MAX_CALLERS {
            full_at.retain(|_, full| *full > now);
        }
        let owed = full_at.get(caller).map_or(Duration::ZERO, |full| full.saturating_duration_since(now));
        let after = owed.saturating_add(self.interval);
        let over = after.saturating_sub(self.capacity);
        if !over.is_zero() || full_at.len() >= MAX_CALLERS {
            return Err(OverBudget { retry_after_s: over.as_secs().saturating_add(1) });
        }
        full_at.insert(caller.clone(), now + after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVER: Result<(), OverBudget> = Err(OverBudget { retry_after_s: 2 });

    #[test]
    fn budget_is_a_burst_and_then_a_rate() {
        let (budgets, now) = (Budgets::new(60, 3), Instant::now());
        let take = |caller: &'static str, second: u64| budgets.take_at(&caller, now + Duration::from_secs(second));
        assert_eq!([take("a", 0), take("a", 0), take("a", 0)], [Ok(()); 3]);
        assert_eq!([take("a", 0), take("a", 0)], [OVER; 2]);
        assert_eq!(take("b", 0), Ok(()), "another caller has its own budget");
        assert_eq!([take("a", 1), take("a", 1)], [Ok(()), OVER]);
        assert_eq!([take("a", 9), take("a", 9), take("a", 9), take("a", 9)], [Ok(()), Ok(()), Ok(()), OVER]);
    }

    #[test]
    fn callers_are_forgotten_when_their_budget_is_full() {
        let (budgets, now) = (Budgets::new(60, 1), Instant::now());
        for caller in 0..MAX_CALLERS {
            budgets.take_at(&caller, now).unwrap();
        }
        assert!(budgets.take_at(&MAX_CALLERS, now).is_err(), "the memory is bounded");
        budgets.take_at(&MAX_CALLERS, now + Duration::from_secs(1)).unwrap();
        assert_eq!(budgets.full_at.lock().unwrap().len(), 1);
    }
}
