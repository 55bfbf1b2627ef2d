//! `text::{name, label, message}` compared with other implementations of Unicode.

use countersign_core::text::{MAX_LABEL_CHARS, MAX_MESSAGE_CHARS, MAX_NAME_CHARS, Text, label, message, name};
use unicode_normalization::is_nfc;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use unicode_segmentation::UnicodeSegmentation as _;

/// A function that prepares a text.
type Kind = fn(&str) -> Text;

/// The functions with their maximum lengths in graphemes.
const KINDS: [(Kind, usize); 3] = [(name, MAX_NAME_CHARS), (label, MAX_LABEL_CHARS), (message, MAX_MESSAGE_CHARS)];

/// Prepares the input as each kind of text.
pub fn run(input: &[u8]) {
    let raw = String::from_utf8_lossy(input);
    for (draw, max) in KINDS {
        let text = draw(&raw);
        let shown = text.shown();
        assert_drawable(shown);
        assert!(is_nfc(shown), "{shown:?} is not NFC");
        assert!(!shown.contains(['\n', '\r', '\t']) && shown.trim() == shown && !shown.contains("  "), "{shown:?}");
        assert!(shown.graphemes(true).count() <= max + 1, "{shown:?} has too many graphemes");
        assert_eq!(draw(&raw), text, "text differs the second time");
        if text.flaw().is_none() {
            let again = draw(shown);
            assert_eq!((again.shown(), again.flaw()), (shown, None), "drawn text is drawn differently again");
        }
    }
    // A valid label is also a valid name and message.
    let short = label(&raw);
    if short.flaw().is_none() {
        assert_eq!(name(&raw), short);
        assert_eq!(message(&raw).shown(), short.shown());
    }
}

/// Asserts that no character reorders or hides text, by its general category. Joiners of emoji are
/// allowed.
pub(crate) fn assert_drawable(shown: &str) {
    for c in shown.chars() {
        let draws = match c.general_category() {
            GeneralCategory::Format => c == '\u{200D}',
            GeneralCategory::Control
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned => false,
            _ => !matches!(
                c,
                '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{180B}'..='\u{180F}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}'
            ),
        };
        assert!(draws, "U+{:04X} is drawn in {shown:?}", u32::from(c));
    }
}
