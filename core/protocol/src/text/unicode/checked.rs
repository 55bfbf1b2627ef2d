//! Compares the table and the algorithms with the crates that they replace.

use proptest::prelude::*;
use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_security::GeneralSecurityProfile;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    generator::{self, Systems, every_char},
    *,
};

#[test]
fn code_point_properties_match_crates() {
    let systems = Systems::new();
    for c in every_char() {
        let at = u32::from(c);
        assert_eq!(category(c), generator::category(c), "U+{at:04X}");
        assert_eq!(in_identifiers(c), c.identifier_allowed(), "U+{at:04X}");
        assert_eq!(like_ascii(c), generator::like_ascii(c), "U+{at:04X}");
        assert_eq!(Scripts::of(c).0, systems.of(c), "U+{at:04X}");
        assert_eq!(class(c).combining, unicode_normalization::char::canonical_combining_class(c), "U+{at:04X}");
    }
}

#[test]
fn nfc_of_every_code_point_matches_crate() {
    for c in every_char() {
        let text = c.to_string();
        assert_eq!(nfc(&text), text.nfc().to_string(), "U+{:04X}", u32::from(c));
    }
}

/// Returns every code point that starts or ends a pair, and the letters of Hangul.
fn parts() -> (Vec<char>, Vec<char>) {
    let known = |number: u32| char::from_u32(number).unwrap();
    let mut firsts: Vec<char> =
        table::PARTS.iter().map(|parts| known((parts & !nfc::ONE_WAY) >> nfc::SECOND_BITS)).collect();
    firsts.extend([
        '\u{10FF}', '\u{1100}', '\u{1112}', '\u{1113}', '\u{ABFF}', '\u{AC00}', '\u{AC01}', '\u{AC1C}', '\u{D788}',
    ]);
    firsts.sort_unstable();
    firsts.dedup();
    let mut seconds: Vec<char> = table::SECONDS.iter().copied().map(known).collect();
    seconds.extend(['\u{1160}', '\u{1161}', '\u{1175}', '\u{1176}', '\u{11A7}', '\u{11A8}', '\u{11C2}', '\u{11C3}']);
    (firsts, seconds)
}

#[test]
fn nfc_of_every_pair_matches_crate() {
    let (firsts, seconds) = parts();
    for first in firsts {
        for &second in &seconds {
            let text: String = [first, second].into_iter().collect();
            assert_eq!(nfc(&text), text.nfc().to_string(), "{}", text.escape_unicode());
        }
    }
}

/// Returns the first code point of each class of UAX 29, and a closed Hangul syllable.
fn of_each_class() -> Vec<char> {
    let mut found: Vec<(Cluster, char)> = Vec::new();
    for c in every_char() {
        if found.iter().all(|(cluster, _)| *cluster != class(c).cluster) {
            found.push((class(c).cluster, c));
        }
    }
    assert_eq!(found.len(), 17, "{found:?}");
    found.into_iter().map(|(_, c)| c).chain(['\u{AC01}']).collect()
}

#[test]
fn clusters_of_four_classes_match_crate() {
    let classes = of_each_class();
    let mut text = String::new();
    for number in 0..classes.len().pow(4) {
        text.clear();
        text.extend((0..4).map(|place| classes[number / classes.len().pow(place) % classes.len()]));
        assert!(clusters(&text).eq(text.graphemes(true)), "{}", text.escape_unicode());
    }
}

#[test]
fn clusters_of_every_run_match_crate() {
    let classes = of_each_class();
    for c in table::RUNS.iter().filter_map(|run| char::from_u32(run >> CLASS_BITS)) {
        let text: String = classes.iter().flat_map(|&other| [c, other, c]).collect();
        assert!(clusters(&text).eq(text.graphemes(true)), "{}", text.escape_unicode());
    }
}

fn marked() -> impl Strategy<Value = String> {
    let (firsts, seconds) = parts();
    let one = prop_oneof![
        2 => prop::sample::select(firsts),
        3 => prop::sample::select(seconds),
        2 => prop::sample::select(of_each_class()),
        1 => prop::char::range('\u{0300}', '\u{036F}'),
        1 => any::<char>(),
    ];
    prop::collection::vec(one, 0..24).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nfc_and_clusters_of_any_text_match_crates(text in marked()) {
        let normal = nfc(&text);
        prop_assert_eq!(&normal, &text.nfc().to_string());
        prop_assert!(is_nfc(&normal));
        prop_assert!(clusters(&text).eq(text.graphemes(true)));
        prop_assert!(clusters(&normal).eq(normal.graphemes(true)));
    }
}
