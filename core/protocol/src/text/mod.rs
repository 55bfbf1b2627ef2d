//! Texts that may be shown on an approval screen.
//!
//! Every text from a client or a payment order passes through this module before a person sees it.
//! The result is a [`Text`]: the string to draw, and a flaw if the text must not be approved.
//! Creating a `Text` never fails, so that the user can look at a hostile request and deny it.
//!
//! | | [`name`], [`label`] | [`message`] |
//! |---|---|---|
//! | used for | client, payee, identifiers, choices | binding message, reference, place, browser |
//! | form | NFC (UAX 15), single spaces, trimmed | the same; line breaks become spaces |
//! | hidden code points ([`Hidden`]) | flaw; drawn as `⟨U+202E⟩` | drawn as `⟨U+202E⟩` |
//! | other characters | UTS 39 identifiers, ASCII, some punctuation | any |
//! | scripts | rules of UTS 39 §5 ([`TextError`]) | any |
//! | combining marks | flaw if more than [`MAX_MARKS`] | the excess is drawn as `⟨U+0336⟩` |
//! | length | [`MAX_NAME_CHARS`], [`MAX_LABEL_CHARS`] | [`MAX_MESSAGE_CHARS`] |
//!
//! Lengths count grapheme clusters (UAX 29), which readers perceive as characters.
//!
//! Emoji sequences stay whole in messages. U+200D is kept between two pictographs, at most three
//! times in one sequence, which is sufficient for a family of four. U+FE0E and U+FE0F are kept
//! directly after a pictograph. At these places they are visible and cannot hide or reorder
//! letters. Flags made of tag characters are not kept, because a tag sequence can contain hidden
//! text.
//!
//! No [`Text`] contains a bidirectional control, and each has a [`Direction`]. A renderer must
//! isolate every value from the text around it (HTML `dir` with `<bdi>`, Android `BidiFormatter`).
//! If a renderer has only plain text, [`Direction::isolate`] wraps the value in UAX 9 isolates.

mod class;
mod direction;
mod script;
mod unicode;
mod visible;

pub use class::Hidden;
pub use direction::Direction;

use thiserror::Error;
use unicode::{clusters, nfc};

/// The maximum length of a [`name`] in graphemes: the 70 characters of a creditor's name in SEPA.
pub const MAX_NAME_CHARS: usize = 70;
/// The maximum length of a [`label`] in graphemes: the 35 characters of an ISO 20022 identifier.
pub const MAX_LABEL_CHARS: usize = 35;
/// The maximum length of a [`message`] in graphemes. An ISO 20022 remittance line has 140.
pub const MAX_MESSAGE_CHARS: usize = 200;
/// The maximum number of combining marks on one base (UTS 39 §5.4).
pub const MAX_MARKS: usize = 4;
/// The maximum number of code points per grapheme, as an average over the value. Hangul jamo and
/// emoji use several code points for one grapheme.
const CODE_POINTS_PER_GRAPHEME: usize = 4;

/// A text that is ready to be drawn, with its flaw if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    shown: String,
    flaw: Option<TextError>,
}

impl Text {
    /// Returns the string to draw: NFC, one line, without hidden code points, and at most the
    /// maximum length of its kind plus `…`.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns the flaw that prevents the approval of a request with this text.
    #[must_use]
    pub fn flaw(&self) -> Option<&TextError> {
        self.flaw.as_ref()
    }

    /// Returns the base direction of the text, for isolation.
    #[must_use]
    pub fn direction(&self) -> Direction {
        Direction::of(&self.shown)
    }
}

/// A flaw of a text. The first one found is reported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// The text has no visible character.
    #[error("the text is empty: send a visible text")]
    Empty,
    /// The text is longer than its kind allows.
    #[error("the text is longer than {max} characters: shorten it")]
    TooLong {
        /// The maximum length in graphemes.
        max: usize,
    },
    /// The text has a code point that draws nothing, reorders text or has no meaning.
    #[error("U+{:04X} ({hidden}) must not be shown: remove it", u32::from(*.code_point))]
    Hidden {
        /// The code point.
        code_point: char,
        /// The kind of the code point.
        hidden: Hidden,
    },
    /// The text has a visible character that names do not need: full-width forms, mathematical
    /// letters, emoji, historic scripts (UTS 39 §3.1, Identifier_Status).
    #[error("U+{:04X} is not allowed in a name: remove it", u32::from(*.code_point))]
    NotInNames {
        /// The code point.
        code_point: char,
    },
    /// The text has more than [`MAX_MARKS`] combining marks on one base, the same mark twice, or a
    /// mark without a base.
    #[error("too many combining marks, or one without a base, at U+{:04X}: remove them", u32::from(*.code_point))]
    Marks {
        /// The first mark that is not allowed.
        code_point: char,
    },
    /// The name mixes scripts beyond the level "Moderately Restrictive" of UTS 39 §5.2 (Latin
    /// beside one other script that is neither Cyrillic nor Greek), or one word mixes scripts
    /// beyond "Highly Restrictive" (Latin with Chinese, Japanese or Korean).
    ///
    /// The rule for words is stricter than UTS 39. It rejects the Armenian `օ` within a Latin word.
    #[error("the name mixes scripts: use one script")]
    MixedScripts,
    /// A name, or one word in a name with several scripts, has letters that are not Latin but looks
    /// like ASCII (UTS 39 §4, skeleton): Cyrillic `расе`, or Latin `PаyPal` with one Cyrillic
    /// letter. Or it has a Chinese or Japanese character beside Latin letters that looks like a
    /// letter, a line or a slash: `G〇〇GLE`, `Rolls一Royce`.
    #[error("the name imitates Latin letters with letters of another script: use Latin letters")]
    LooksLikeLatin,
    /// The name has digits of two number systems (UTS 39 §5.3).
    #[error("the name mixes digits of two number systems: use one")]
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

/// Prepares a name that identifies somebody: a client or a payee. The table of this module has the
/// rules.
#[must_use]
pub fn name(raw: &str) -> Text {
    strict(raw, MAX_NAME_CHARS)
}

/// Prepares a short identifier or choice. The rules of [`name`] apply, with a shorter maximum
/// length.
#[must_use]
pub fn label(raw: &str) -> Text {
    strict(raw, MAX_LABEL_CHARS)
}

/// Prepares free text. Hidden code points are drawn visibly. Only an empty or overlong message has
/// a flaw.
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

/// Cuts `drawn` to `max` graphemes. An earlier flaw stays the reported one.
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
        // The cut can be behind a joiner, which then joins nothing.
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
