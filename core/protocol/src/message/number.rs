//! The number of a message that a phone signs: each counts once for an enrolment, so that a copy of the phone's state, or an
//! older one that was put back, cannot act unseen.

use serde::{Deserialize, Serialize};

use super::claims::ClaimError;

/// The phone's own counter, from 1. A number may be left out and may arrive late; it counts for the first bytes that use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Number(u64);

impl Number {
    /// The highest: every JSON reader keeps whole numbers up to here (RFC 7493 §2.2).
    pub const MAX: u64 = (1 << 53) - 1;

    /// The one after `last`, where 0 stands for none; nothing when there is none left.
    #[must_use]
    pub const fn after(last: u64) -> Option<Self> {
        if last < Self::MAX { Some(Self(last + 1)) } else { None }
    }

    /// As a plain number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Number {
    type Error = ClaimError;

    fn try_from(number: u64) -> Result<Self, ClaimError> {
        if (1..=Self::MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(ClaimError("a number is whole, from 1 to 2^53 - 1"))
        }
    }
}

impl From<Number> for u64 {
    fn from(number: Number) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_whole_from_one_and_safe_in_every_reader() {
        for good in ["1", "9007199254740991"] {
            assert_eq!(serde_json::to_string(&serde_json::from_str::<Number>(good).unwrap()).unwrap(), good);
        }
        for bad in ["0", "-1", "1.0", "1e3", "\"1\"", "null", "true", "9007199254740992", "18446744073709551616"] {
            assert!(serde_json::from_str::<Number>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn there_is_one_after_each_but_the_last() {
        assert_eq!(Number::after(0).map(Number::get), Some(1));
        assert_eq!(Number::after(Number::MAX - 1).map(Number::get), Some(Number::MAX));
        assert_eq!(Number::after(Number::MAX), None);
        assert_eq!(Number::after(u64::MAX), None);
    }
}
