//! The base direction of a text.

use serde::{Deserialize, Serialize};

use super::class::is_letter;
use crate::names::stable_names;

/// The base direction of a text, from its first letter (UAX 9, rules P2 and P3). A text without
/// letters is left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left, for example Hebrew and Arabic.
    Rtl,
}

stable_names!(
    /// Returns `ltr` or `rtl`, the values of the HTML attribute `dir`.
    Direction, as_str {
        Ltr => "ltr",
        Rtl => "rtl",
    }
);

impl Direction {
    /// Returns the direction of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        match text.chars().find(|&c| is_letter(c)) {
            Some(first) if in_right_to_left_block(first) => Self::Rtl,
            _ => Self::Ltr,
        }
    }

    /// Returns `value` between an LRI or RLI and a PDI (UAX 9 §2.4.2), for renderers that have only
    /// plain text.
    ///
    /// The value must come from this module. A value that contains isolates of its own could close
    /// the outer one.
    #[must_use]
    pub fn isolate(self, value: &str) -> String {
        let open = match self {
            Self::Ltr => '\u{2066}',
            Self::Rtl => '\u{2067}',
        };
        format!("{open}{value}\u{2069}")
    }
}

/// Returns whether `c` is in a range whose letters have Bidi_Class R or AL (UCD, DerivedBidiClass).
fn in_right_to_left_block(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_follows_first_letter() {
        assert_eq!(Direction::of("ACME"), Direction::Ltr);
        assert_eq!(Direction::of("42 שקל ACME"), Direction::Rtl);
        assert_eq!(Direction::of("بنك"), Direction::Rtl);
        assert_eq!(Direction::of("123"), Direction::Ltr);
        assert_eq!([Direction::Ltr, Direction::Rtl].map(Direction::as_str), ["ltr", "rtl"]);
    }

    #[test]
    fn isolation_wraps_and_closes_value() {
        assert_eq!(Direction::Ltr.isolate("a"), "\u{2066}a\u{2069}");
        assert_eq!(Direction::Rtl.isolate("א"), "\u{2067}א\u{2069}");
    }
}
