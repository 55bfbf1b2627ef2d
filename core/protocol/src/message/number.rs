//! The numbers of messages that a phone signs.
//!
//! The server accepts each number once per enrolment. A copy of the phone's state, or a restored
//! older state, reuses a number and is detected.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::claims::ClaimError;

/// The phone's message counter, from 1.
///
/// Numbers can be skipped and can arrive late. The server accepts the first message that uses a
/// number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Number(u64);

impl Number {
    /// The highest number. Every JSON reader keeps integers up to this value exactly (RFC 7493
    /// §2.2).
    pub const MAX: u64 = (1 << 53) - 1;

    /// The last number.
    pub const LAST: Self = Self(Self::MAX);

    /// Returns the number after `last`, or `None` if there is none left. 0 stands for no number.
    #[must_use]
    pub const fn after(last: u64) -> Option<Self> {
        if last < Self::MAX { Some(Self(last + 1)) } else { None }
    }

    /// Returns the number as an integer.
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
            Err(ClaimError("not a message number: use an integer from 1 to 2^53 - 1"))
        }
    }
}

impl From<Number> for u64 {
    fn from(number: Number) -> Self {
        number.0
    }
}

/// Reads the highest number that the server knows: an integer from 0 to [`Number::MAX`]. 0 stands
/// for no number.
///
/// # Errors
/// The deserializer's error for any other value.
pub fn deserialize_highest<'de, D: Deserializer<'de>>(value: D) -> Result<u64, D::Error> {
    let number = u64::deserialize(value)?;
    if number <= Number::MAX { Ok(number) } else { Err(D::Error::custom("a message number above 2^53 - 1")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_accepts_integers_from_one_to_limit() {
        for good in ["1", "9007199254740991"] {
            assert_eq!(serde_json::to_string(&serde_json::from_str::<Number>(good).unwrap()).unwrap(), good);
        }
        for bad in ["0", "-1", "1.0", "1e3", "\"1\"", "null", "true", "9007199254740992", "18446744073709551616"] {
            assert!(serde_json::from_str::<Number>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn number_after_last_is_none() {
        assert_eq!(Number::after(0).map(Number::get), Some(1));
        assert_eq!(Number::after(Number::MAX - 1).map(Number::get), Some(Number::MAX));
        assert_eq!(Number::after(Number::MAX), None);
        assert_eq!(Number::after(u64::MAX), None);
    }

    #[test]
    fn highest_number_is_zero_to_the_last() {
        let read = |text: &str| deserialize_highest(&mut serde_json::Deserializer::from_str(text)).ok();
        assert_eq!((read("0"), read("9007199254740991")), (Some(0), Some(Number::MAX)));
        for bad in ["-1", "1.0", "\"1\"", "null", "9007199254740992", "18446744073709551615"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
