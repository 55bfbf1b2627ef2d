//! Properties of arbitrary texts.

use proptest::prelude::*;
use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

use super::*;

/// Generates texts in which dangerous code points are common.
fn hostile_text() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        4 => any::<char>(),
        2 => prop::char::range('a', 'z'),
        1 => prop::char::range('\u{0300}', '\u{036F}'),
        2 => prop::char::range('\u{2000}', '\u{206F}'),
        1 => prop::char::range('\u{E0000}', '\u{E01FF}'),
        1 => prop::char::range('\u{1F300}', '\u{1F6FF}'),
        1 => prop::char::range('\u{0400}', '\u{045F}'),
        1 => prop::char::range('\u{1100}', '\u{11FF}'),
        1 => Just('\u{200D}'),
        1 => Just('\u{FE0F}'),
        1 => Just(' '),
        1 => Just('\n'),
    ];
    prop::collection::vec(one, 0..400).prop_map(|chars| chars.into_iter().collect())
}

#[test]
fn joiner_is_kept_only_between_pictographs() {
    // U+1F6DA is in an emoji block but not assigned. It and the joiner before it are drawn as
    // numbers.
    assert_eq!(message("🌀\u{200D}\u{1F6DA}").shown(), "🌀⟨U+200D⟩⟨U+1F6DA⟩");
    let cut = format!("{}←\u{200D}→", "a".repeat(MAX_MESSAGE_CHARS - 1));
    assert_eq!(visible::hidden_left(message(&cut).shown()), None);
}

proptest! {
    // More cases than the default, because the dangerous pairs are rare.
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hidden_code_points_are_never_drawn(raw in hostile_text()) {
        for text in [message(&raw), name(&raw), label(&raw)] {
            prop_assert_eq!(visible::hidden_left(text.shown()), None);
        }
        prop_assert!(!name(&raw).shown().contains(['\u{200D}', '\u{FE0F}']), "names keep no joiner");
    }

    #[test]
    fn drawn_text_is_one_trimmed_nfc_line_within_limit(raw in hostile_text()) {
        let texts = [message(&raw), name(&raw), label(&raw)];
        let limits = [MAX_MESSAGE_CHARS, MAX_NAME_CHARS, MAX_LABEL_CHARS];
        for (text, max) in texts.into_iter().zip(limits) {
            let shown = text.shown();
            prop_assert!(is_nfc(shown));
            prop_assert_eq!(shown.trim(), shown);
            prop_assert!(!shown.contains("  "));
            prop_assert!(shown.graphemes(true).count() <= max + 1);
            prop_assert!(shown.chars().count() <= max * CODE_POINTS_PER_GRAPHEME + 1);
        }
    }

    #[test]
    fn text_without_flaw_is_drawn_unchanged(raw in hostile_text()) {
        let kinds: [fn(&str) -> Text; 3] = [name, label, message];
        for kind in kinds {
            let first = kind(&raw);
            if first.flaw().is_none() {
                prop_assert_eq!(&kind(first.shown()), &first);
            }
        }
    }

    #[test]
    fn name_without_flaw_has_only_allowed_characters(raw in hostile_text()) {
        let text = name(&raw);
        let normal: String = raw.nfc().collect();
        if text.flaw().is_none() {
            prop_assert!(normal.chars().all(|c| class::hidden(c).is_none()));
            prop_assert!(script::check(text.shown()).is_ok());
        }
    }

    #[test]
    fn plain_latin_names_have_no_flaw(raw in "[A-Za-zÀ-ÖØ-öø-ÿ0-9&.,' -]{0,40}[A-Za-z]") {
        let text = name(&raw);
        prop_assert_eq!(text.flaw(), None);
    }
}
