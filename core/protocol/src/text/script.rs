//! The scripts of a name (UTS 39 §4 and §5).

use super::{
    TextError,
    class::{in_word, is_digit, is_letter, letter_of_words},
    unicode::{Scripts, in_identifiers, like_ascii},
};

/// Checks the scripts of a whole name.
///
/// The rules apply to the whole name. If they applied to single words, a Cyrillic word that looks
/// Latin would be accepted beside a Latin word.
pub(super) fn check(name: &str) -> Result<(), TextError> {
    if mixes_digits(name) {
        return Err(TextError::MixedDigits);
    }
    if imitates_latin(name) {
        return Err(TextError::LooksLikeLatin);
    }
    match level(name) {
        Level::Mixed => Err(TextError::MixedScripts),
        Level::BesideLatin => name.split(|c| !in_word(c)).try_for_each(check_word),
        Level::Sound if has_disguised_run(name) || has_stroke_beside_latin(name) => Err(TextError::LooksLikeLatin),
        Level::Sound => Ok(()),
    }
}

/// Checks one word of a name that mixes Latin with another script.
fn check_word(word: &str) -> Result<(), TextError> {
    if level(word) != Level::Sound {
        return Err(TextError::MixedScripts);
    }
    if imitates_latin(word) {
        return Err(TextError::LooksLikeLatin);
    }
    Ok(())
}

/// The restriction levels of UTS 39 §5.2 that the rules distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Highly Restrictive or stricter: a single script, or Latin with Chinese, Japanese or Korean.
    Sound,
    /// Moderately Restrictive: Latin beside one other script that is neither Cyrillic nor Greek.
    BesideLatin,
    /// Any other combination.
    Mixed,
}

/// Returns the restriction level. UTS 39 does not rate spaces and punctuation.
fn level(text: &str) -> Level {
    let mut all = Scripts::ALL;
    let mut not_latin = Scripts::ALL;
    let rated = text.chars().map(|c| letter_of_words(c).unwrap_or(c)).filter(|&c| in_identifiers(c));
    for scripts in rated.map(Scripts::of) {
        all = all.and(scripts);
        if scripts.and(Scripts::LATIN).is_empty() {
            not_latin = not_latin.and(scripts);
        }
    }
    if !all.is_empty() || !not_latin.and(Scripts::EAST_ASIAN).is_empty() {
        Level::Sound
    } else if not_latin.is_one() && !not_latin.and(Scripts::BESIDE_LATIN).is_empty() {
        Level::BesideLatin
    } else {
        Level::Mixed
    }
}

/// Returns whether `text` has a letter that is not Latin but looks like ASCII letters and digits.
fn imitates_latin(text: &str) -> bool {
    let mut word = text.chars().filter(|&c| in_word(c));
    word.clone().any(|c| is_letter(c) && !is_latin(c)) && word.all(like_ascii)
}

/// Returns whether a run of characters that look like ASCII has Latin letters and others: `G〇〇GLE`,
/// or `丅ESLA` in `日本丅ESLA`. Such a name mixes Latin with Chinese, Japanese or Korean.
fn has_disguised_run(text: &str) -> bool {
    text.split(|c| !(like_ascii(c) && (in_word(c) || in_identifiers(c))))
        .any(|run| run.chars().any(is_latin_letter) && run.chars().any(|c| !is_latin(c)))
}

/// Chinese and Japanese characters that look like a circle, a line or a slash. Browsers reject most
/// of them in host names unless Chinese or Japanese letters are beside them.
const STROKES: &[char] = &['〇', '一', '丨', '丶', '丿', 'ノ', 'ン', 'ソ', 'ゾ', 'ー', '゠'];

/// Returns whether one of [`STROKES`], or several together, has a Latin letter on one side and no
/// letter of another script on the other: `Rolls一Royce`, but not `PCノート`.
fn has_stroke_beside_latin(text: &str) -> bool {
    let mut rest = text;
    while let Some(start) = rest.find(STROKES) {
        let (head, tail) = rest.split_at(start);
        let tail = tail.trim_start_matches(STROKES);
        let sides = [head.chars().next_back(), tail.chars().next()];
        let latin = sides.iter().flatten().any(|&c| is_latin_letter(c));
        let other = sides.iter().flatten().any(|&c| is_letter(c) && !is_latin(c));
        if latin && !other {
            return true;
        }
        rest = tail;
    }
    false
}

fn is_latin_letter(c: char) -> bool {
    is_letter(c) && is_latin(c)
}

fn is_latin(c: char) -> bool {
    !Scripts::of(c).and(Scripts::LATIN).is_empty()
}

fn mixes_digits(text: &str) -> bool {
    let mut zeros = text.chars().filter(|&c| is_digit(c)).map(zero_of);
    zeros.next().is_some_and(|first| zeros.any(|zero| zero != first))
}

/// Returns the zero of the number system of `digit`. Decimal digits are in runs of ten (UAX 44,
/// Numeric_Type).
fn zero_of(digit: char) -> u32 {
    let code = u32::from(digit);
    (0..10)
        .map(|below| code - below)
        .take_while(|&candidate| char::from_u32(candidate).is_some_and(is_digit))
        .last()
        .unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection, skeleton};

    use super::*;

    fn level_by_the_crate(text: &str) -> Level {
        let rated: String =
            text.chars().map(|c| letter_of_words(c).unwrap_or(c)).filter(|c| c.identifier_allowed()).collect();
        match rated.as_str().detect_restriction_level() {
            RestrictionLevel::ModeratelyRestrictive => Level::BesideLatin,
            level if level <= RestrictionLevel::HighlyRestrictive => Level::Sound,
            _ => Level::Mixed,
        }
    }

    /// Generates a few characters from the blocks that are used in names.
    fn mixed() -> impl Strategy<Value = String> {
        let one = prop_oneof![
            3 => prop::char::range('a', 'z'),
            1 => prop::char::range('0', '9'),
            1 => prop::char::range('\u{0370}', '\u{03FF}'),
            2 => prop::char::range('\u{0400}', '\u{052F}'),
            1 => prop::char::range('\u{0530}', '\u{06FF}'),
            2 => prop::char::range('\u{0900}', '\u{0DFF}'),
            1 => prop::char::range('\u{10A0}', '\u{11FF}'),
            2 => prop::char::range('\u{3000}', '\u{31FF}'),
            1 => prop::char::range('\u{4E00}', '\u{4FFF}'),
            1 => prop::char::range('\u{AC00}', '\u{ACFF}'),
            1 => any::<char>(),
        ];
        prop::collection::vec(one, 0..5).prop_map(|chars| chars.into_iter().collect())
    }

    #[test]
    fn zero_of_number_system_is_found() {
        for zero in ['0', '\u{660}', '\u{966}', '\u{FF10}'] {
            let digits = (0..10).map(|digit| char::from_u32(u32::from(zero) + digit).unwrap());
            assert!(digits.map(zero_of).all(|found| found == u32::from(zero)), "{zero}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16384, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn restriction_level_matches_crate(text in mixed()) {
            prop_assert_eq!(level(&text), level_by_the_crate(&text));
        }

        #[test]
        fn like_ascii_matches_skeleton_of_crate(text in mixed()) {
            prop_assert_eq!(text.chars().all(like_ascii), skeleton(&text).all(|c| c.is_ascii_alphanumeric()));
        }
    }
}
