//! Which code points draw nothing, reorder text or mean nothing. Sources: the Unicode general category (UAX 44), and
//! lists from the Unicode Character Database where the category does not tell.

use std::fmt;

use super::unicode::{Category, category};
use crate::names::stable_names;

/// The kinds of code points that are never drawn as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// C0 and C1 controls, line and paragraph separators.
    Control,
    /// Bidi_Control: embeddings, overrides, isolates and marks (UAX 9).
    Bidi,
    /// Draws nothing: zero-width characters, fillers, variation selectors, other format characters.
    Invisible,
    /// Tag characters U+E0000 to U+E007F.
    Tag,
    /// Private use: drawn differently, or not at all, from phone to phone.
    PrivateUse,
    /// Not assigned in the Unicode version known here.
    Unassigned,
    /// U+FFFE, U+FFFF and their like, and U+FDD0 to U+FDEF: never characters.
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
            Self::Unassigned => "unassigned",
            Self::Noncharacter => "noncharacter",
        })
    }
}

/// The kind of `c` if it is hidden.
pub(super) fn hidden(c: char) -> Option<Hidden> {
    match c {
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Some(Hidden::Bidi),
        '\u{E0000}'..='\u{E007F}' => Some(Hidden::Tag),
        '\u{FDD0}'..='\u{FDEF}' => Some(Hidden::Noncharacter),
        _ if u32::from(c) & 0xFFFE == 0xFFFE => Some(Hidden::Noncharacter),
        _ if draws_nothing(c) => Some(Hidden::Invisible),
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

/// The assigned code points with Default_Ignorable_Code_Point (UCD, DerivedCoreProperties) outside the category Format, and three
/// that are blank or stand for something that is not there: BRAILLE PATTERN BLANK, OBJECT REPLACEMENT CHARACTER and MUSICAL
/// SYMBOL NULL NOTEHEAD.
fn draws_nothing(c: char) -> bool {
    matches!(c,
        '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{2800}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{FFFC}' | '\u{1D159}' | '\u{E0100}'..='\u{E01EF}')
}

/// A space of any width.
pub(super) fn is_space(c: char) -> bool {
    category(c) == Category::Space
}

/// A line break or tabulator: white space in a message, a control in a name.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A mark that is drawn over its base and takes no room of its own.
pub(super) fn is_mark(c: char) -> bool {
    category(c) == Category::Mark
}

/// A letter of any script.
pub(super) fn is_letter(c: char) -> bool {
    category(c) == Category::Letter
}

/// A decimal digit of any script.
pub(super) fn is_digit(c: char) -> bool {
    category(c) == Category::Digit
}

/// What words are made of: letters, digits, marks of either kind.
pub(super) fn in_word(c: char) -> bool {
    matches!(category(c), Category::Letter | Category::Digit | Category::Mark | Category::SpacingMark)
}

/// Letters that UTS 39 leaves out of identifiers because they have a compatibility decomposition, and that ordinary words need:
/// Thai and Lao SARA AM (the Thai word for "limited company" has one) and the Armenian "and". Gives a letter of the same script
/// that is in identifiers.
pub(super) fn letter_of_words(c: char) -> Option<char> {
    match c {
        '\u{0E33}' => Some('\u{0E32}'),
        '\u{0EB3}' => Some('\u{0EB2}'),
        '\u{0587}' => Some('\u{0565}'),
        _ => None,
    }
}

/// A pictograph that may be part of an emoji sequence (UTS 51): the symbols of the blocks that hold them.
pub(super) fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{00A9}' | '\u{00AE}' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21FF}'
        | '\u{2300}'..='\u{23FF}' | '\u{24C2}' | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

/// An emoji skin tone (UTS 51 section 2.4).
pub(super) fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextError;

    #[test]
    fn a_flaw_names_the_code_point_and_its_kind() {
        for (code_point, said) in [
            ('\n', "U+000A (control) may not be shown"),
            ('\u{202E}', "U+202E (direction control) may not be shown"),
            ('\u{200B}', "U+200B (invisible) may not be shown"),
            ('\u{E0041}', "U+E0041 (tag) may not be shown"),
            ('\u{E000}', "U+E000 (private use) may not be shown"),
            ('\u{378}', "U+0378 (unassigned) may not be shown"),
            ('\u{FDD0}', "U+FDD0 (noncharacter) may not be shown"),
            ('\u{1FFFF}', "U+1FFFF (noncharacter) may not be shown"),
        ] {
            let hidden = hidden(code_point).unwrap();
            assert_eq!(TextError::Hidden { code_point, hidden }.to_string(), said);
        }
    }
}
