//! The scripts of a name (UTS 39 sections 4 and 5).

use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};
use unicode_security::{
    GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection, mixed_script::AugmentedScriptSet, skeleton,
};

use super::{
    TextError,
    class::{is_digit, is_letter, is_mark},
};

/// Checks the scripts of a whole name. The name as a whole counts, not each word: otherwise a Cyrillic word that looks
/// Latin would pass beside a Latin one.
pub(super) fn check(name: &str) -> Result<(), TextError> {
    if mixes_digits(name) {
        return Err(TextError::MixedDigits);
    }
    if imitates_latin(name) {
        return Err(TextError::LooksLikeLatin);
    }
    match level(name) {
        level if level <= RestrictionLevel::HighlyRestrictive => Ok(()),
        RestrictionLevel::ModeratelyRestrictive => name.split(|c| !in_word(c)).try_for_each(check_word),
        _ => Err(TextError::MixedScripts),
    }
}

/// One word of a name that mixes Latin with another script.
fn check_word(word: &str) -> Result<(), TextError> {
    if level(word) > RestrictionLevel::HighlyRestrictive {
        return Err(TextError::MixedScripts);
    }
    if imitates_latin(word) {
        return Err(TextError::LooksLikeLatin);
    }
    Ok(())
}

/// The restriction level of the characters that UTS 39 rates; spaces and punctuation are no part of an identifier.
fn level(text: &str) -> RestrictionLevel {
    let rated: String = text.chars().filter(|c| c.identifier_allowed()).collect();
    rated.as_str().detect_restriction_level()
}

/// Whether `text` has a letter that is not Latin, and looks like ASCII letters and digits all the same.
fn imitates_latin(text: &str) -> bool {
    let word: String = text.chars().filter(|&c| in_word(c)).collect();
    word.chars().any(|c| is_letter(c) && !is_latin(c)) && skeleton(&word).all(|c| c.is_ascii_alphanumeric())
}

fn is_latin(c: char) -> bool {
    let mut set = AugmentedScriptSet::for_char(c);
    set.intersect_with(AugmentedScriptSet::for_char('a'));
    !set.base.is_empty()
}

fn in_word(c: char) -> bool {
    is_letter(c) || is_digit(c) || is_mark(c) || c.general_category() == Category::SpacingMark
}

fn mixes_digits(text: &str) -> bool {
    let mut zeros = text.chars().filter(|&c| is_digit(c)).map(zero_of);
    zeros.next().is_some_and(|first| zeros.any(|zero| zero != first))
}

/// The zero of the number system that `digit` belongs to: decimal digits stand in runs of ten (UAX 44, Numeric_Type).
fn zero_of(digit: char) -> u32 {
    let code = u32::from(digit);
    (0..10)
        .map(|below| code - below)
        .take_while(|&candidate| char::from_u32(candidate).is_some_and(is_digit))
        .last()
        .unwrap_or(code)
}
