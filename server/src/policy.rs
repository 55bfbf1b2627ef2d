//! What the server allows: the figures an operator may set, and the rules that follow from an account's history.
//!
//! The rules are pure functions over the account's guard: history in, history out. Nothing but time and a right answer
//! resets it; a new request never does.

use countersign_protocol::message::enrolment::{self, CallPolicy};
use countersign_protocol::message::request::BindingMode;
use serde::Deserialize;

use crate::store::requests::GuardRow;

/// The `[policy]` section of the configuration. Times are seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestPolicy {
    /// How long a request waits for its decision unless the client asks for less. At most 600 (ADP/1 §4).
    pub request_lifetime_s: u32,
    /// How long a client waits between two polls (CIBA Core §7.3).
    pub interval_s: u32,
    /// The weakest way to tie a request to the screen where it began that is still accepted.
    pub binding_floor: BindingMode,
    /// Whether a new phone shows a six-digit code that must be typed where the phone was added.
    pub confirm_code: bool,
    /// How long the approval screen must have been shown, in milliseconds.
    pub min_shown_ms: u32,
    /// Whether a phone may approve while a telephone call is going on: `let` or `refuse`.
    pub calls: CallPolicy,
    /// Requests a minute for one account, from all clients; more are refused.
    pub asks_per_minute: u32,
    /// Requests a minute from one client, for all accounts; more are refused.
    pub client_asks_per_minute: u32,
    /// Requests a minute from one client for one account. Less than `asks_per_minute`: whoever can make one client ask
    /// must not be able to keep the others from asking.
    pub asks_per_minute_of_one_client: u32,
    /// Requests for one account, from all clients, that may wait at the same time.
    pub waiting_asks: u32,
    /// Requests for one account from one client that may wait at the same time. Less than `waiting_asks`, as above.
    pub waiting_asks_of_one_client: u32,
    /// Wrong binding values in a row after which the account's requests are refused for a while.
    pub binding_failures: u32,
    /// How long they are refused.
    pub cool_down_s: u32,
    /// Denials as `not_me` within `quiet_s` after which requests no longer ring and only wait in the inbox.
    pub not_me_denials: u32,
    /// How long requests stay quiet after that.
    pub quiet_s: u32,
}

impl Default for RequestPolicy {
    fn default() -> Self {
        Self {
            request_lifetime_s: 300,
            interval_s: 5,
            binding_floor: BindingMode::None,
            confirm_code: true,
            min_shown_ms: 0,
            calls: CallPolicy::Allow,
            asks_per_minute: 90,
            client_asks_per_minute: 600,
            asks_per_minute_of_one_client: 30,
            // As many as an inbox holds (ADP/1 §9).
            waiting_asks: 16,
            waiting_asks_of_one_client: 5,
            binding_failures: 5,
            cool_down_s: 900,
            not_me_denials: 3,
            quiet_s: 600,
        }
    }
}

/// Why an account may not be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many requests a minute for this account or from this client, or too many waiting: ask again later.
    #[error("too many requests: ask again later")]
    TooMany,
    /// Too many wrong binding values: the account rests.
    #[error("too many wrong codes: the account takes no requests for a while")]
    CoolDown,
}

impl RequestPolicy {
    /// What phones are told to keep to.
    pub(crate) const fn of_phones(&self) -> enrolment::EnrolmentPolicy {
        let Self { binding_floor, min_shown_ms, calls, .. } = *self;
        enrolment::EnrolmentPolicy { binding_floor, min_shown_ms, calls }
    }

    /// Whether the account may be asked now, by its history and its load.
    pub(crate) fn admits(&self, guard: &GuardRow, load: &Load, now: i64) -> Result<(), Refusal> {
        if guard.cool_until > now {
            return Err(Refusal::CoolDown);
        }
        let limits = [
            (load.of_account, self.asks_per_minute),
            (load.of_client, self.client_asks_per_minute),
            (load.of_client_for_account, self.asks_per_minute_of_one_client),
            (load.waiting, self.waiting_asks),
            (load.waiting_of_client, self.waiting_asks_of_one_client),
        ];
        let over = limits.iter().any(|&(load, limit)| load >= i64::from(limit));
        if over { Err(Refusal::TooMany) } else { Ok(()) }
    }

    /// History after a wrong binding value.
    pub(crate) fn after_wrong_value(&self, guard: &mut GuardRow, now: i64) {
        guard.binding_failures += 1;
        if guard.binding_failures >= i64::from(self.binding_failures) {
            guard.binding_failures = 0;
            guard.cool_until = now + i64::from(self.cool_down_s);
        }
    }

    /// History after somebody said that a request was not theirs.
    pub(crate) fn after_not_me(&self, guard: &mut GuardRow, now: i64) {
        let window = i64::from(self.quiet_s);
        if guard.not_me == 0 || guard.not_me_since + window <= now {
            guard.not_me = 0;
            guard.not_me_since = now;
        }
        guard.not_me += 1;
        if guard.not_me >= i64::from(self.not_me_denials) {
            guard.quiet_until = now + window;
        }
    }

    /// History after an approval. `proved` tells whether a binding value was asked for and was right: only that
    /// forgives wrong ones, or an attacker could mix in requests that need none.
    pub(crate) fn after_approval(guard: &mut GuardRow, proved: bool) {
        if proved {
            guard.binding_failures = 0;
        }
        guard.not_me = 0;
        guard.quiet_until = 0;
    }
}

/// How busy an account and a client were in the last minute.
#[derive(Debug, Clone, Copy, Default, sqlx::FromRow)]
pub(crate) struct Load {
    /// Asks of the account in the last minute.
    pub(crate) of_account: i64,
    /// Asks of the client in the last minute.
    pub(crate) of_client: i64,
    /// Asks of the account from the client in the last minute.
    pub(crate) of_client_for_account: i64,
    /// Asks of the account that still wait.
    pub(crate) waiting: i64,
    /// Asks of the account from the client that still wait.
    pub(crate) waiting_of_client: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_values_end_in_a_cool_down_that_only_time_ends() {
        let policy = RequestPolicy::default();
        let mut guard = GuardRow::default();
        for second in 0..5 {
            assert_eq!(policy.admits(&guard, &Load::default(), second), Ok(()));
            policy.after_wrong_value(&mut guard, second);
        }
        assert_eq!(policy.admits(&guard, &Load::default(), 5), Err(Refusal::CoolDown));
        assert_eq!(policy.admits(&guard, &Load::default(), 4 + 900), Ok(()));
    }

    #[test]
    fn only_a_right_value_forgives_wrong_ones() {
        let policy = RequestPolicy::default();
        let mut guard = GuardRow::default();
        policy.after_wrong_value(&mut guard, 0);
        RequestPolicy::after_approval(&mut guard, false);
        assert_eq!(guard.binding_failures, 1);
        RequestPolicy::after_approval(&mut guard, true);
        assert_eq!(guard.binding_failures, 0);
    }

    #[test]
    fn repeated_not_me_makes_quiet_and_old_ones_do_not_count() {
        let policy = RequestPolicy::default();
        let mut guard = GuardRow::default();
        policy.after_not_me(&mut guard, 0);
        policy.after_not_me(&mut guard, 599);
        policy.after_not_me(&mut guard, 600);
        assert_eq!(guard.quiet_until, 0, "the first one is out of the window");
        policy.after_not_me(&mut guard, 601);
        policy.after_not_me(&mut guard, 602);
        assert_eq!(guard.quiet_until, 602 + 600);
        RequestPolicy::after_approval(&mut guard, false);
        assert_eq!(guard.quiet_until, 0);
    }

    #[test]
    fn load_is_bounded_for_account_client_and_waiting() {
        let policy = RequestPolicy::default();
        let guard = GuardRow::default();
        for load in [
            Load { of_account: 90, ..Load::default() },
            Load { of_client: 600, ..Load::default() },
            Load { of_client_for_account: 30, ..Load::default() },
            Load { waiting: 16, ..Load::default() },
            Load { waiting_of_client: 5, ..Load::default() },
        ] {
            assert_eq!(policy.admits(&guard, &load, 0), Err(Refusal::TooMany));
        }
    }
}
