//! What is drawn: `text::{name, label, message}` against what other implementations of Unicode say.

use countersign_core::text::{MAX_LABEL_CHARS, MAX_MESSAGE_CHARS, MAX_NAME_CHARS, Text, label, message, name};
use unicode_normalization::is_nfc;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use unicode_segmentation::UnicodeSegmentation as _;

/// A way to make a text that may be drawn.
type Kind = fn(&str) -> Text;

/// Each kind of text, and the most graphemes it has.
const KINDS: [(Kind, usize); 3] = [(name, MAX_NAME_CHARS), (label, MAX_LABEL_CHARS), (message, MAX_MESSAGE_CHARS)];

/// Draws the input as each kind of text.
pub fn run(input: &[u8]) {
    let raw = String::from_utf8_lossy(input);
    for (draw, max) in KINDS {
        let text = draw(&raw);
        let shown = text.shown();
        assert_drawable(shown);
        assert!(is_nfc(shown), "{shown:?} is not NFC");
        assert!(!shown.contains(['\n', '\r', '\t']) && shown.trim() == shown && !shown.contains("  "), "{shown:?}");
        assert!(shown.graphemes(true).count() <= max + 1, "{shown:?} has too many graphemes");
        assert_eq!(draw(&raw), text, "the same text, drawn another way");
        if text.flaw().is_none() {
            let again = draw(shown);
            assert_eq!((again.shown(), again.flaw()), (shown, None), "what was drawn is drawn as it is");
        }
    }
    // What may stand in a short name may stand in a longer one and in a message.
    let short = label(&raw);
    if short.flaw().is_none() {
        assert_eq!(name(&raw), short);
        assert_eq!(message(&raw).shown(), short.shown());
    }
}

/// Nothing in it reorders or hides: by the general category, but for what holds emoji together.
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
