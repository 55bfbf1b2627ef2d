//! The value that ties the request to the other screen, as the user gave it.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::message::request::{Binding, is_scan_secret, without_separators};

/// A binding value of the shape that the request's binding asks for, or no value if it asks for
/// none.
///
/// Only the server can tell if the value is right. It is not printed by `Debug` and is wiped from
/// memory when dropped.
pub struct BindingValue(Option<Zeroizing<String>>);

/// The reason why a binding value was rejected by its shape. The user can correct the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BindingError {
    /// The request asks for a value and there is none.
    #[error("a binding value is needed: ask the user for the one that the other screen shows")]
    Missing,
    /// The request asks for no value.
    #[error("this request takes no binding value: send none")]
    Unexpected,
    /// The value has the wrong length. Spaces and `-` do not count.
    #[error("the binding value must have {expected} characters: ask the user to correct it")]
    Length {
        /// The length that the request asks for, in characters.
        expected: u8,
    },
    /// The value has a character outside its character set.
    #[error("the binding value has a character that is not allowed: ask the user to correct it")]
    Charset,
    /// The value is not one of the choices.
    #[error("the binding value is not one of the choices: ask the user to choose again")]
    NotAnOption,
    /// The scanned code belongs to something else, for example an offer or a web address.
    ///
    /// It is not sent, because a wrong value would end the request.
    #[error("this is not the code of the other screen: ask the user to scan the code of this request")]
    NotTheCode,
    /// The request needs a scanned code and the app cannot scan.
    #[error("this request needs a code scanner: the user can only deny it on this phone")]
    NoScanner,
}

/// The kinds of [`BindingError`], for apps that choose a text by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingReason {
    /// [`BindingError::Missing`]
    Missing,
    /// [`BindingError::Unexpected`]
    Unexpected,
    /// [`BindingError::Length`]
    Length,
    /// [`BindingError::Charset`]
    Charset,
    /// [`BindingError::NotAnOption`]
    NotAnOption,
    /// [`BindingError::NotTheCode`]
    NotTheCode,
    /// [`BindingError::NoScanner`]
    NoScanner,
}

impl BindingError {
    /// Returns the kind of the error.
    #[must_use]
    pub const fn reason(self) -> BindingReason {
        match self {
            Self::Missing => BindingReason::Missing,
            Self::Unexpected => BindingReason::Unexpected,
            Self::Length { .. } => BindingReason::Length,
            Self::Charset => BindingReason::Charset,
            Self::NotAnOption => BindingReason::NotAnOption,
            Self::NotTheCode => BindingReason::NotTheCode,
            Self::NoScanner => BindingReason::NoScanner,
        }
    }

    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.reason().code()
    }
}

impl BindingReason {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "binding_missing",
            Self::Unexpected => "binding_unexpected",
            Self::Length => "binding_length",
            Self::Charset => "binding_charset",
            Self::NotAnOption => "binding_not_an_option",
            Self::NotTheCode => "binding_not_the_code",
            Self::NoScanner => "binding_no_scanner",
        }
    }
}

impl BindingValue {
    /// Checks the shape of the value that the user typed, chose or scanned.
    ///
    /// A scanned or chosen value must match exactly. In a typed value, spaces and `-` are removed
    /// and full-width forms (Japanese keyboards) become ASCII. Upper and lower case are kept.
    ///
    /// # Errors
    /// [`BindingError`]
    pub(super) fn check(binding: &Binding, given: Option<&str>) -> Result<Self, BindingError> {
        match (binding, given) {
            (Binding::None | Binding::Display, None) => Ok(Self(None)),
            (Binding::None | Binding::Display, Some(_)) => Err(BindingError::Unexpected),
            (Binding::Choice { .. } | Binding::Entry { .. } | Binding::Scan, None) => Err(BindingError::Missing),
            (Binding::Choice { options }, Some(given)) => {
                if options.iter().any(|option| option == given) {
                    Ok(Self::of(given))
                } else {
                    Err(BindingError::NotAnOption)
                }
            }
            (Binding::Scan, Some(given)) => {
                if is_scan_secret(given) {
                    Ok(Self::of(given))
                } else {
                    Err(BindingError::NotTheCode)
                }
            }
            (Binding::Entry { length, charset }, Some(given)) => {
                let folded: Zeroizing<String> = Zeroizing::new(given.chars().map(to_ascii).collect());
                let value = Zeroizing::new(without_separators(&folded));
                if value.is_empty() {
                    Err(BindingError::Missing)
                } else if !value.chars().all(|c| charset.contains(c)) {
                    Err(BindingError::Charset)
                } else if value.len() != usize::from(*length) {
                    Err(BindingError::Length { expected: *length })
                } else {
                    Ok(Self(Some(value)))
                }
            }
        }
    }

    fn of(given: &str) -> Self {
        Self(Some(Zeroizing::new(given.to_owned())))
    }

    /// Returns the member `binding` of the decision.
    #[must_use]
    pub fn to_wire(&self) -> Option<String> {
        self.0.as_deref().cloned()
    }
}

impl fmt::Debug for BindingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "BindingValue(…)" } else { "BindingValue(none)" })
    }
}

/// Returns whether the member `binding` of an approval has the shape that the request asks for.
pub(crate) fn has_binding_shape(binding: &Binding, value: Option<&str>) -> bool {
    BindingValue::check(binding, value).is_ok()
}

/// Converts the full-width forms U+FF01 to U+FF5E to the ASCII characters from U+0021.
fn to_ascii(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::request::Charset;

    fn check(binding: &Binding, given: Option<&str>) -> Result<Option<String>, BindingError> {
        BindingValue::check(binding, given).map(|value| value.to_wire())
    }

    #[test]
    fn typed_value_needs_its_length_and_characters() {
        let digits = Binding::Entry { length: 6, charset: Charset::Digits };
        for given in ["123456", "123 456", "12-34-56", " 123456 ", "１２３４５６", "１２３－４５６"] {
            assert_eq!(check(&digits, Some(given)), Ok(Some("123456".into())), "{given}");
        }
        for (given, error) in [
            (None, BindingError::Missing),
            (Some(""), BindingError::Missing),
            (Some(" - "), BindingError::Missing),
            (Some("12345"), BindingError::Length { expected: 6 }),
            (Some("1234567"), BindingError::Length { expected: 6 }),
            (Some("12345a"), BindingError::Charset),
            (Some("12345\u{0666}"), BindingError::Charset),
            (Some("12345\u{200B}"), BindingError::Charset),
        ] {
            assert_eq!(check(&digits, given), Err(error), "{given:?}");
        }
        let letters = Binding::Entry { length: 4, charset: Charset::Alphanumeric };
        assert_eq!(check(&letters, Some("aB-1Z")), Ok(Some("aB1Z".into())));
        assert_eq!(check(&letters, Some("aB1é")), Err(BindingError::Charset));
    }

    #[test]
    fn choice_outside_the_options_is_rejected() {
        let choice = Binding::Choice { options: vec!["17".into(), "42".into(), "80".into()] };
        assert_eq!(check(&choice, Some("42")), Ok(Some("42".into())));
        assert_eq!(check(&choice, Some("43")), Err(BindingError::NotAnOption));
        assert_eq!(check(&choice, Some("4 2")), Err(BindingError::NotAnOption));
        assert_eq!(check(&choice, None), Err(BindingError::Missing));
    }

    #[test]
    fn scanned_value_must_match_the_code_exactly() {
        let secret = "b5TVKQ3gM_kW8-fZp1xYtA";
        assert_eq!(check(&Binding::Scan, Some(secret)), Ok(Some(secret.into())));
        assert_eq!(check(&Binding::Scan, None), Err(BindingError::Missing));
        for other in [
            "",
            "123456",
            "https://bank.example/enrol#v=1&i=https://bank.example",
            "b5TVKQ3gM_kW8-fZp1xYtB",
            "b5TVKQ3gM_kW8-fZp1xYt",
            " b5TVKQ3gM_kW8-fZp1xYtA",
            "b5TVKQ3gM_kW8-fZp1xYtA\n",
            "ｂ5TVKQ3gM_kW8-fZp1xYtA",
        ] {
            assert_eq!(check(&Binding::Scan, Some(other)), Err(BindingError::NotTheCode), "{other:?}");
        }
    }

    #[test]
    fn value_without_a_binding_is_rejected() {
        for binding in [Binding::None, Binding::Display] {
            assert_eq!(check(&binding, None), Ok(None));
            assert_eq!(check(&binding, Some("1")), Err(BindingError::Unexpected));
            assert_eq!(check(&binding, Some("")), Err(BindingError::Unexpected));
        }
    }

    #[test]
    fn debug_output_hides_the_value() {
        let binding = Binding::Entry { length: 6, charset: Charset::Digits };
        let value = BindingValue::check(&binding, Some("314159")).unwrap();
        assert_eq!(format!("{value:?}"), "BindingValue(…)");
    }

    #[test]
    fn binding_errors_have_stable_codes() {
        let errors = [
            (BindingError::Missing, "binding_missing"),
            (BindingError::Unexpected, "binding_unexpected"),
            (BindingError::Length { expected: 6 }, "binding_length"),
            (BindingError::Charset, "binding_charset"),
            (BindingError::NotAnOption, "binding_not_an_option"),
            (BindingError::NotTheCode, "binding_not_the_code"),
            (BindingError::NoScanner, "binding_no_scanner"),
        ];
        for (error, code) in errors {
            assert_eq!((error.code(), error.reason().code()), (code, code));
        }
    }
}
