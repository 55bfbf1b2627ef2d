//! The confirmation code of a new phone: three wrong codes, or none in time, end the enrolment.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;
use countersign_protocol::message::request::without_separators;

use super::InvalidTransition;
use super::enrolment::{Enrolment, Standing};

/// The time after the enrolment in which the code can be typed, in seconds.
const CONFIRMATION_WINDOW_SECS: i64 = 600;

/// The number of wrong codes that ends the enrolment.
const MAX_WRONG_CODES: u32 = 3;

/// The code that a pending enrolment waits for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PendingConfirmation {
    /// The six digits that the phone shows.
    pub(crate) code: String,
    /// The number of wrong codes typed so far.
    pub(crate) wrong_codes: u32,
}

/// The result of a typed code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// The code was right. The enrolment is active.
    Accepted,
    /// The code was wrong. The enrolment is still pending.
    WrongCode {
        /// The number of tries left.
        left: u32,
    },
    /// The code was wrong for the last time, or it was too late. The enrolment must be revoked.
    Ended,
}

impl Enrolment {
    /// Compares a typed code with the expected one. A right code makes the enrolment active. A
    /// wrong code is counted. For [`Confirmation::Ended`] the caller revokes the enrolment.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the enrolment is not pending.
    pub(crate) fn confirm(&mut self, typed: &str, now: Timestamp) -> Result<Confirmation, InvalidTransition> {
        let late = self.confirmation_is_late(now);
        let Standing::Pending(pending) = &mut self.standing else {
            let from = self.standing.status().as_str();
            return Err(InvalidTransition { subject: "enrolment", from, to: "active" });
        };
        let right =
            Digest::of_secret(pending.code.as_bytes()) == Digest::of_secret(without_separators(typed).as_bytes());
        if right && !late {
            self.standing = Standing::Active;
            return Ok(Confirmation::Accepted);
        }
        pending.wrong_codes = pending.wrong_codes.saturating_add(1);
        match MAX_WRONG_CODES.checked_sub(pending.wrong_codes) {
            Some(left) if left > 0 && !late => Ok(Confirmation::WrongCode { left }),
            _ => Ok(Confirmation::Ended),
        }
    }

    /// Returns true if the enrolment is pending and its code can no longer be typed.
    pub(crate) fn confirmation_is_late(&self, now: Timestamp) -> bool {
        matches!(self.standing, Standing::Pending(_)) && self.created.plus(CONFIRMATION_WINDOW_SECS) <= now
    }
}

#[cfg(test)]
mod tests {
    use super::super::enrolment::tests::pending;
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_000);

    #[test]
    fn third_wrong_code_ends_the_enrolment() {
        let mut enrolment = pending("123456", START);
        for left in [2, 1] {
            assert_eq!(enrolment.confirm("000000", START), Ok(Confirmation::WrongCode { left }));
        }
        assert_eq!(enrolment.confirm("000000", START), Ok(Confirmation::Ended));
    }

    #[test]
    fn right_code_is_accepted_with_separators_and_in_time_only() {
        let mut enrolment = pending("123456", START);
        assert_eq!(enrolment.clone().confirm("123456", START.plus(600)), Ok(Confirmation::Ended));
        assert_eq!(enrolment.confirm("123 456", START.plus(599)), Ok(Confirmation::Accepted));
        assert!(enrolment.confirm("123456", START).is_err(), "the enrolment is active");
    }
}
