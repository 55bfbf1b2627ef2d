//! What may be shown on an approval screen.
//!
//! Everything a relying party or a payment order writes passes through here before a person sees it. A value becomes a
//! [`Text`]: the string to draw, and the flaw that stops approval if it has one. Making a `Text` never fails, so that a
//! hostile request can still be looked at and denied.
//!
//! | | [`name`], [`label`] | [`message`] |
//! |---|---|---|
//! | used for | client, payee, identifiers, choices | binding message, reference, place, browser |
//! | form | NFC (UAX 15), white space runs are one space, ends trimmed | the same; line breaks count as white space |
//! | control, bidi, invisible, tag, private-use, unassigned | flaw; drawn as `⟨U+202E⟩` | drawn as `⟨U+202E⟩` |
//! | other characters | UTS 39 identifier characters, ASCII, a short list of name punctuation | any |
//! | scripts | UTS 39 section 5: see [`TextError::MixedScripts`], [`TextError::LooksLikeLatin`], [`TextError::MixedDigits`] | any |
//! | combining marks | more than [`MAX_MARKS`], or one without a base: flaw | the excess is drawn as `⟨U+0336⟩` |
//! | length | [`MAX_NAME_CHARS`], [`MAX_LABEL_CHARS`] graphemes | [`MAX_MESSAGE_CHARS`] graphemes |
//!
//! Emoji sequences stay whole in messages: U+200D is kept between two pictographs (at most three in one sequence, enough
//! for a family of four), U+FE0E and U+FE0F directly after a pictograph. They draw something only there, and cannot hide
//! or reorder letters. Flags made of tag characters are not kept: a tag sequence can carry any hidden text.
//!
//! Direction: no [`Text`] contains a bidirectional control, and each carries its [`Direction`]. A renderer isolates every
//! value from what stands around it (HTML `dir` with `<bdi>`, Android `BidiFormatter`); where all it has is plain text,
//! [`Direction::isolate`] wraps the value in UAX 9 isolates.

mod class;
mod direction;
mod script;
mod unicode;
mod visible;

pub use class::Hidden;
pub use direction::Direction;

use thiserror::Error;
use unicode::{clusters, nfc};

/// Most graphemes in a [`name`]: the 70 characters that SEPA gives the name of a creditor.
pub const MAX_NAME_CHARS: usize = 70;
/// Most graphemes in a [`label`]: the 35 characters of an ISO 20022 identifier.
pub const MAX_LABEL_CHARS: usize = 35;
/// Most graphemes in a [`message`]; an ISO 20022 remittance line has 140.
pub const MAX_MESSAGE_CHARS: usize = 200;
/// Most combining marks on one base (UTS 39 section 5.4).
pub const MAX_MARKS: usize = 4;
/// A grapheme may be many code points (Hangul jamo, emoji); on average over a value it may be this many.
const CODE_POINTS_PER_GRAPHEME: usize = 4;

/// A value that is ready to be drawn, and whether it may be approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    shown: String,
    flaw: Option<TextError>,
}

impl Text {
    /// The string to draw: NFC, one line, at most the maximum of its kind plus `…`, without any forbidden code point.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What forbids approving a request that contains this value.
    #[must_use]
    pub fn flaw(&self) -> Option<&TextError> {
        self.flaw.as_ref()
    }

    /// Base direction of the value, for isolation.
    #[must_use]
    pub fn direction(&self) -> Direction {
        Direction::of(&self.shown)
    }
}

/// Why a value may not be approved. The first flaw found is reported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing visible is left.
    #[error("the text is empty")]
    Empty,
    /// Longer than its kind may be.
    #[error("the text is longer than {max} characters")]
    TooLong {
        /// Most graphemes allowed.
        max: usize,
    },
    /// A code point that draws nothing, reorders text or has no meaning.
    #[error("U+{:04X} ({hidden}) may not be shown", u32::from(*.code_point))]
    Hidden {
        /// The code point.
        code_point: char,
        /// Its kind.
        hidden: Hidden,
    },
    /// A visible character that no name needs: full-width forms, mathematical letters, emoji, historic scripts.
    /// Source: UTS 39 section 3.1, Identifier_Status.
    #[error("U+{:04X} may not stand in a name", u32::from(*.code_point))]
    NotInNames {
        /// The code point.
        code_point: char,
    },
    /// More than [`MAX_MARKS`] combining marks on one base, the same mark twice, or a mark without a base.
    #[error("too many combining marks, or one without a base: U+{:04X}", u32::from(*.code_point))]
    Marks {
        /// The first mark too many.
        code_point: char,
    },
    /// Scripts mixed beyond UTS 39 section 5.2 "Moderately Restrictive" (Latin beside one other script that is neither
    /// Cyrillic nor Greek), or mixed inside one word beyond "Highly Restrictive" (Latin with Chinese, Japanese, Korean).
    /// The second half is stricter than UTS 39: it stops Armenian `օ` within a Latin word.
    #[error("the name mixes scripts")]
    MixedScripts,
    /// A name, or one word in a name that mixes scripts, has letters that are not Latin and yet looks like ASCII from end to
    /// end (UTS 39 section 4, skeleton): Cyrillic `расе`, Latin `PаyPal` with one Cyrillic letter.
    #[error("the name imitates Latin letters with those of another script")]
    LooksLikeLatin,
    /// Digits of two number systems (UTS 39 section 5.3).
    #[error("the name mixes digits of two number systems")]
    MixedDigits,
}

impl TextError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Hidden { hidden, .. } => hidden.code(),
            Self::NotInNames { .. } => "not_in_names",
            Self::Marks { .. } => "marks",
            Self::MixedScripts => "mixed_scripts",
            Self::LooksLikeLatin => "looks_like_latin",
            Self::MixedDigits => "mixed_digits",
        }
    }
}

/// A name that identifies someone: client, payee. See the table of this module.
#[must_use]
pub fn name(raw: &str) -> Text {
    strict(raw, MAX_NAME_CHARS)
}

/// A short identifier or choice: like [`name`], shorter.
#[must_use]
pub fn label(raw: &str) -> Text {
    strict(raw, MAX_LABEL_CHARS)
}

/// Free text. What is hidden in it is drawn; only an empty or overlong message has a flaw.
#[must_use]
pub fn message(raw: &str) -> Text {
    let drawn = visible::message(&nfc(raw));
    capped(&drawn, MAX_MESSAGE_CHARS, None)
}

fn strict(raw: &str, max: usize) -> Text {
    let (drawn, flaw) = visible::name(&nfc(raw));
    let flaw = flaw.or_else(|| script::check(&drawn).err());
    capped(&drawn, max, flaw)
}

/// Cuts `drawn` to `max` graphemes. An earlier flaw stays the one reported.
fn capped(drawn: &str, max: usize, flaw: Option<TextError>) -> Text {
    let mut code_points = 0;
    let kept: usize = clusters(drawn)
        .take(max)
        .map(|grapheme| (grapheme.len(), grapheme.chars().count()))
        .take_while(|(_, chars)| {
            code_points += chars;
            code_points <= max * CODE_POINTS_PER_GRAPHEME
        })
        .map(|(bytes, _)| bytes)
        .sum();
    let too_long = kept < drawn.len();
    let shown = match drawn.get(..kept) {
        // The cut may fall behind a joiner, which then joins nothing.
        Some(head) if too_long => format!("{}…", head.trim_end_matches([' ', visible::JOINER])),
        _ => drawn.to_owned(),
    };
    let own = match () {
        () if drawn.is_empty() => Some(TextError::Empty),
        () if too_long => Some(TextError::TooLong { max }),
        () => None,
    };
    Text { shown, flaw: flaw.or(own) }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod properties;
