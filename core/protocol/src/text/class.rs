//! Code points that draw nothing, strike out or reorder text, or have no meaning.
//!
//! The sources are the Unicode general category (UAX 44) and lists from the Unicode Character
//! Database.

use std::fmt;

use super::unicode::{Category, category};
use crate::names::stable_names;

/// The kinds of code points that are never drawn unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// C0 and C1 controls, line and paragraph separators.
    Control,
    /// Bidi_Control: embeddings, overrides, isolates and marks (UAX 9).
    Bidi,
    /// Characters without a glyph: zero-width characters, fillers, variation selectors, other
    /// format characters.
    Invisible,
    /// The tag characters U+E0000 to U+E007F.
    Tag,
    /// Private-use characters. Phones draw them differently or not at all.
    PrivateUse,
    /// Code points that are not assigned in the Unicode version of this crate.
    Unassigned,
    /// Marks that strike out or cover the character before them.
    Overlay,
    /// Noncharacters: U+FDD0 to U+FDEF, and the last two code points of every plane, for example
    /// U+FFFE and U+FFFF.
    Noncharacter,
}

stable_names!(
    /// Returns a stable code in snake case.
    Hidden, code {
        Control => "control",
        Bidi => "bidi",
        Invisible => "invisible",
        Tag => "tag",
        PrivateUse => "private_use",
        Overlay => "overlay",
        Unassigned => "unassigned",
        Noncharacter => "noncharacter",
    }
);

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "control",
            Self::Bidi => "direction control",
            Self::Invisible => "invisible",
            Self::Tag => "tag",
            Self::PrivateUse => "private use",
            Self::Overlay => "strikes out the character before it",
            Self::Unassigned => "unassigned",
            Self::Noncharacter => "noncharacter",
        })
    }
}

/// Returns the kind of `c` if it is hidden.
pub(super) fn hidden(c: char) -> Option<Hidden> {
    match c {
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Some(Hidden::Bidi),
        '\u{E0000}'..='\u{E007F}' => Some(Hidden::Tag),
        '\u{FDD0}'..='\u{FDEF}' => Some(Hidden::Noncharacter),
        _ if u32::from(c) & 0xFFFE == 0xFFFE => Some(Hidden::Noncharacter),
        _ if draws_nothing(c) => Some(Hidden::Invisible),
        _ if strikes_out(c) => Some(Hidden::Overlay),
        _ => match category(c) {
            Category::Control => Some(Hidden::Control),
            Category::Format => Some(Hidden::Invisible),
            Category::PrivateUse => Some(Hidden::PrivateUse),
            Category::Unassigned => Some(Hidden::Unassigned),
            Category::Space
            | Category::Mark
            | Category::SpacingMark
            | Category::Letter
            | Category::Digit
            | Category::Other => None,
        },
    }
}

/// Returns whether `c` has no glyph although its category is not Format.
///
/// These are the assigned code points with Default_Ignorable_Code_Point (UCD,
/// DerivedCoreProperties), and others without a glyph: TIFINAGH CONSONANT JOINER, BRAILLE PATTERN
/// BLANK, OBJECT REPLACEMENT CHARACTER, BRAHMI NUMBER JOINER, the two blanks of Egyptian
/// hieroglyphs, KHITAN SMALL SCRIPT FILLER and MUSICAL SYMBOL NULL NOTEHEAD.
fn draws_nothing(c: char) -> bool {
    matches!(c,
        '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{2800}'
        | '\u{2D7F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{FFFC}' | '\u{1107F}'
        | '\u{13441}' | '\u{13442}' | '\u{16FE4}' | '\u{1D159}' | '\u{E0100}'..='\u{E01EF}')
}

/// Returns whether `c` is a mark that strikes out or covers its base: the marks with the combining
/// class 1 (Overlay, UAX 44) that are not part of a script.
fn strikes_out(c: char) -> bool {
    matches!(c, '\u{0334}'..='\u{0338}' | '\u{20D2}' | '\u{20D3}' | '\u{20D8}'..='\u{20DA}' | '\u{20E5}'
        | '\u{20E6}' | '\u{20EA}' | '\u{20EB}' | '\u{1D167}'..='\u{1D169}')
}

/// Returns whether `c` is a space of any width.
pub(super) fn is_space(c: char) -> bool {
    category(c) == Category::Space
}

/// Returns whether `c` is a line break or tabulator. It is white space in a message and a control
/// in a name.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns whether `c` is a mark that is drawn over its base.
pub(super) fn is_mark(c: char) -> bool {
    category(c) == Category::Mark
}

/// Returns whether `c` is a letter of any script.
pub(super) fn is_letter(c: char) -> bool {
    category(c) == Category::Letter
}

/// Returns whether `c` is a decimal digit of any script.
pub(super) fn is_digit(c: char) -> bool {
    category(c) == Category::Digit
}

/// Returns whether `c` can be part of a word: a letter, a digit or a mark.
pub(super) fn in_word(c: char) -> bool {
    matches!(category(c), Category::Letter | Category::Digit | Category::Mark | Category::SpacingMark)
}

/// Returns a letter of the same script that UTS 39 allows in identifiers, for a letter that UTS 39
/// excludes but that common words need.
///
/// UTS 39 excludes these letters because they have a compatibility decomposition: Thai and Lao SARA
/// AM (used in the Thai word for "limited company") and the Armenian "and".
pub(super) fn letter_of_words(c: char) -> Option<char> {
    match c {
        '\u{0E33}' => Some('\u{0E32}'),
        '\u{0EB3}' => Some('\u{0EB2}'),
        '\u{0587}' => Some('\u{0565}'),
        _ => None,
    }
}

/// Returns whether `c` is a pictograph that can be part of an emoji sequence (UTS 51): a symbol of
/// the blocks that contain them.
pub(super) fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{00A9}' | '\u{00AE}' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21FF}'
        | '\u{2300}'..='\u{23FF}' | '\u{24C2}' | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Returns whether `c` is an emoji skin tone (UTS 51 §2.4).
pub(super) fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextError;

    #[test]
    fn flaw_names_code_point_and_kind() {
        for (code_point, said) in [
            ('\n', "U+000A (control) must not be shown: remove it"),
            ('\u{202E}', "U+202E (direction control) must not be shown: remove it"),
            ('\u{200B}', "U+200B (invisible) must not be shown: remove it"),
            ('\u{E0041}', "U+E0041 (tag) must not be shown: remove it"),
            ('\u{E000}', "U+E000 (private use) must not be shown: remove it"),
            ('\u{378}', "U+0378 (unassigned) must not be shown: remove it"),
            ('\u{FDD0}', "U+FDD0 (noncharacter) must not be shown: remove it"),
            ('\u{1FFFF}', "U+1FFFF (noncharacter) must not be shown: remove it"),
        ] {
            let hidden = hidden(code_point).unwrap();
            assert_eq!(TextError::Hidden { code_point, hidden }.to_string(), said);
        }
    }
}
