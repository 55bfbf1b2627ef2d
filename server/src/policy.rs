//! The limits and requirements that an operator can set, and the rules for an account's history.
//!
//! The rules are pure functions over the `Guard` of an account. Time and a right binding value
//! reset it. A new request never does.

use countersign_protocol::message::app_version::AppVersion;
use countersign_protocol::message::claims::Timestamp;
use countersign_protocol::message::enrolment::{self, CallPolicy};
use countersign_protocol::message::request::{BindingMode, MAX_STEP_BACK_SECS};
use countersign_protocol::review::Model;
use serde::Deserialize;

use crate::model::validity::waits;
use crate::model::{Guard, Load};

/// The `[policy]` section of the configuration. Times are seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestPolicy {
    /// The lifetime of a request unless the client requests less. At most 600 (ADP/1, section 4).
    pub request_lifetime_s: u32,
    /// The time between two polls of a client (CIBA Core, section 7.3).
    pub interval_s: u32,
    /// The weakest binding mode that is accepted.
    pub binding_floor: BindingMode,
    /// If true, clients may have the binding mode `choice`. A user who guesses picks the right one
    /// of three values in one of three cases.
    pub allow_choice: bool,
    /// The oldest version of the bank's app that can approve.
    pub min_app_version: Option<AppVersion>,
    /// If true, a new phone shows a six-digit code that must be typed on the page where it was
    /// added.
    pub confirm_code: bool,
    /// The minimum time for which the approval screen must have been shown, in milliseconds.
    pub min_shown_ms: u32,
    /// `allow` or `block`: if a phone may approve during a telephone call.
    pub calls: CallPolicy,
    /// The earliest display model that an approval may have. Phones of earlier versions cannot
    /// approve.
    pub display_model_floor: Model,
    /// Phones of one account. Accounts that have more keep them.
    pub phones_per_account: u32,
    /// Requests per minute for one account, from all clients.
    pub account_requests_per_minute: u32,
    /// Requests per minute from one client, for all accounts.
    pub client_requests_per_minute: u32,
    /// Rejected requests per minute from one client, for example with unknown user names. Further
    /// requests of the client are rejected without being checked.
    pub client_rejected_requests_per_minute: u32,
    /// Requests per minute from one client for one account. Less than
    /// `account_requests_per_minute`, so that an attacker who misuses one client does not block the
    /// others.
    pub client_account_requests_per_minute: u32,
    /// Pending requests for one account, from all clients.
    pub account_pending_requests: u32,
    /// Pending requests for one account from one client. Less than `account_pending_requests`, for
    /// the same reason.
    pub client_account_pending_requests: u32,
    /// Calls per minute of one phone.
    pub phone_calls_per_minute: u32,
    /// Calls of one phone that can come at once.
    pub phone_calls_burst: u32,
    /// Calls per minute of one client, to all endpoints. At most a sixth of them can come at once.
    pub client_calls_per_minute: u32,
    /// Consecutive wrong binding values that start a cool-down of the account.
    pub binding_failures: u32,
    /// The length of the cool-down. No request is accepted during it.
    pub cool_down_s: u32,
    /// Denials as `not_me` within `quiet_s` that start the quiet time of the account.
    pub not_me_denials: u32,
    /// The length of the quiet time. Requests are delivered through the inbox only, without pushes.
    pub quiet_s: u32,
}

impl Default for RequestPolicy {
    fn default() -> Self {
        Self {
            request_lifetime_s: 300,
            interval_s: 5,
            binding_floor: BindingMode::None,
            allow_choice: false,
            min_app_version: None,
            confirm_code: true,
            min_shown_ms: 0,
            calls: CallPolicy::Allow,
            display_model_floor: Model::UNNAMED,
            phones_per_account: 10,
            account_requests_per_minute: 90,
            client_requests_per_minute: 600,
            client_rejected_requests_per_minute: 60,
            client_account_requests_per_minute: 30,
            // The size of an inbox (ADP/1, section 9).
            account_pending_requests: 16,
            client_account_pending_requests: 5,
            phone_calls_per_minute: 60,
            phone_calls_burst: 120,
            client_calls_per_minute: 6_000,
            binding_failures: 5,
            cool_down_s: 900,
            not_me_denials: 3,
            quiet_s: 600,
        }
    }
}

/// A limit that an approval request exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyViolation {
    /// Too many requests per minute for this account or from this client, or too many pending ones.
    #[error("too many requests: try again later")]
    TooManyRequests,
    /// Too many wrong binding values. The account accepts no requests during the cool-down.
    #[error("too many wrong codes: the account accepts no requests now, try again later")]
    CoolDown,
}

impl RequestPolicy {
    /// Returns true if requests with this binding mode can be made and approved.
    pub(crate) fn accepts(&self, mode: BindingMode) -> bool {
        mode >= self.binding_floor && (mode != BindingMode::Choice || self.allow_choice)
    }

    /// Returns the part of the policy that phones apply.
    pub(crate) const fn of_phones(&self) -> enrolment::EnrolmentPolicy {
        let Self { binding_floor, min_shown_ms, calls, .. } = *self;
        enrolment::EnrolmentPolicy { binding_floor, min_shown_ms, calls }
    }

    /// Checks that a request for the account is allowed now.
    ///
    /// # Errors
    /// [`PolicyViolation`] names the limit.
    pub(crate) fn admits(&self, guard: &Guard, load: &Load, now: Timestamp) -> Result<(), PolicyViolation> {
        if self.cools_down(guard, now) {
            return Err(PolicyViolation::CoolDown);
        }
        let limits = [
            (load.of_account, self.account_requests_per_minute),
            (load.of_client, self.client_requests_per_minute),
            (load.of_client_for_account, self.client_account_requests_per_minute),
            (load.waiting, self.account_pending_requests),
            (load.waiting_of_client, self.client_account_pending_requests),
        ];
        let over = limits.iter().any(|&(load, limit)| load >= limit);
        if over { Err(PolicyViolation::TooManyRequests) } else { Ok(()) }
    }

    /// Returns true during the cool-down of the account.
    pub(crate) fn cools_down(&self, guard: &Guard, now: Timestamp) -> bool {
        waits(guard.cool_until, self.cool_down_s.into(), now)
    }

    /// Returns true during the quiet time of the account.
    pub(crate) fn is_quiet(&self, guard: &Guard, now: Timestamp) -> bool {
        waits(guard.quiet_until, self.quiet_s.into(), now)
    }

    /// Counts a wrong binding value.
    pub(crate) fn after_wrong_value(&self, guard: &mut Guard, now: Timestamp) {
        guard.binding_failures = guard.binding_failures.saturating_add(1);
        if guard.binding_failures >= self.binding_failures {
            guard.binding_failures = 0;
            guard.cool_until = now.plus(self.cool_down_s.into());
        }
    }

    /// Counts a denial as `not_me`.
    pub(crate) fn after_not_me(&self, guard: &mut Guard, now: Timestamp) {
        let window = i64::from(self.quiet_s);
        let ahead = guard.not_me_since.since(now) > MAX_STEP_BACK_SECS;
        if guard.not_me == 0 || ahead || guard.not_me_since.plus(window) <= now {
            guard.not_me = 0;
            guard.not_me_since = now;
        }
        guard.not_me = guard.not_me.saturating_add(1);
        if guard.not_me >= self.not_me_denials {
            guard.quiet_until = now.plus(window);
        }
    }

    /// Resets counters after an approval. `bound` is true if a binding value was needed and was
    /// right. Only then are wrong values forgiven. Otherwise an attacker could mix in requests
    /// without a binding.
    pub(crate) fn after_approval(guard: &mut Guard, bound: bool) {
        if bound {
            guard.binding_failures = 0;
        }
        guard.not_me = 0;
        guard.quiet_until = Timestamp::from_seconds(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn wrong_values_start_a_cool_down_that_only_time_ends() {
        let policy = RequestPolicy::default();
        let mut guard = Guard::default();
        for second in 0..5 {
            assert_eq!(policy.admits(&guard, &Load::default(), at(second)), Ok(()));
            policy.after_wrong_value(&mut guard, at(second));
        }
        assert_eq!(policy.admits(&guard, &Load::default(), at(5)), Err(PolicyViolation::CoolDown));
        assert_eq!(policy.admits(&guard, &Load::default(), at(4 + 900)), Ok(()));
    }

    #[test]
    fn only_a_right_value_resets_wrong_ones() {
        let policy = RequestPolicy::default();
        let mut guard = Guard::default();
        policy.after_wrong_value(&mut guard, at(0));
        RequestPolicy::after_approval(&mut guard, false);
        assert_eq!(guard.binding_failures, 1);
        RequestPolicy::after_approval(&mut guard, true);
        assert_eq!(guard.binding_failures, 0);
    }

    #[test]
    fn repeated_not_me_in_the_window_starts_quiet_time() {
        let policy = RequestPolicy::default();
        let mut guard = Guard::default();
        policy.after_not_me(&mut guard, at(0));
        policy.after_not_me(&mut guard, at(599));
        policy.after_not_me(&mut guard, at(600));
        assert_eq!(guard.quiet_until, at(0), "the first one is out of the window");
        policy.after_not_me(&mut guard, at(601));
        policy.after_not_me(&mut guard, at(602));
        assert_eq!(guard.quiet_until, at(602 + 600));
        RequestPolicy::after_approval(&mut guard, false);
        assert_eq!(guard.quiet_until, at(0));
    }

    #[test]
    fn waits_from_a_clock_that_was_ahead_are_over() {
        let policy = RequestPolicy::default();
        let mut guard = Guard::default();
        let ahead = at(2 * 24 * 3_600);
        for _ in 0..5 {
            policy.after_wrong_value(&mut guard, ahead);
            policy.after_not_me(&mut guard, ahead);
        }
        assert!(policy.cools_down(&guard, ahead) && policy.is_quiet(&guard, ahead));
        assert!(policy.cools_down(&guard, ahead.plus(-600)) && policy.is_quiet(&guard, ahead.plus(-600)));
        assert!(!policy.cools_down(&guard, at(1_000)) && !policy.is_quiet(&guard, at(1_000)));
        assert_eq!(policy.admits(&guard, &Load::default(), at(1_000)), Ok(()));
        policy.after_not_me(&mut guard, at(1_000));
        assert_eq!((guard.not_me, guard.not_me_since), (1, at(1_000)));
    }

    #[test]
    fn choice_is_accepted_only_with_permission() {
        for floor in [BindingMode::None, BindingMode::Display, BindingMode::Choice] {
            let policy =
                |allow_choice| RequestPolicy { binding_floor: floor, allow_choice, ..RequestPolicy::default() };
            assert!(!policy(false).accepts(BindingMode::Choice) && policy(true).accepts(BindingMode::Choice));
            for stronger in [BindingMode::Entry, BindingMode::Scan] {
                assert!(policy(false).accepts(stronger) && policy(true).accepts(stronger));
            }
        }
        let policy =
            RequestPolicy { binding_floor: BindingMode::Entry, allow_choice: true, ..RequestPolicy::default() };
        assert!(!policy.accepts(BindingMode::Choice) && !policy.accepts(BindingMode::Display));
    }

    #[test]
    fn load_is_limited_per_account_and_client() {
        let policy = RequestPolicy::default();
        let guard = Guard::default();
        for load in [
            Load { of_account: 90, ..Load::default() },
            Load { of_client: 600, ..Load::default() },
            Load { of_client_for_account: 30, ..Load::default() },
            Load { waiting: 16, ..Load::default() },
            Load { waiting_of_client: 5, ..Load::default() },
        ] {
            assert_eq!(policy.admits(&guard, &load, at(0)), Err(PolicyViolation::TooManyRequests));
        }
    }
}
