//! The value that ties the request to the other screen, as the user gave it.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::message::request::{Binding, is_scan_secret, without_separators};

/// A value of the shape that the request's binding asks for, or none where it asks for none. Whether it is the right one, the
/// server knows. Never in `Debug`; wiped from memory when dropped.
pub struct BindingValue(Option<Zeroizing<String>>);

/// A value of another shape. The ticket is still good: let the user correct the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BindingError {
    /// The request asks for a value.
    #[error("a value is needed: the one that the other screen shows")]
    Missing,
    /// The request asks for no value.
    #[error("this request takes no value")]
    Unexpected,
    /// Another number of characters than asked for, spaces and `-` not counted.
    #[error("the value has {expected} characters")]
    Length {
        /// Characters asked for.
        expected: u8,
    },
    /// A character that no such value has.
    #[error("the value has a character that it cannot have")]
    Charset,
    /// Not one of the choices.
    #[error("the value is not one of the choices")]
    NotAnOption,
    /// What was scanned is another code: an offer, an address, a poster. It is not sent, since a wrong value would end the request.
    #[error("this is not the code of the other screen: scan the one that belongs to this request")]
    NotTheCode,
}

impl BindingError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "binding_missing",
            Self::Unexpected => "binding_unexpected",
            Self::Length { .. } => "binding_length",
            Self::Charset => "binding_charset",
            Self::NotAnOption => "binding_not_an_option",
            Self::NotTheCode => "binding_not_the_code",
        }
    }
}

impl BindingValue {
    /// Checks what the user typed, chose or scanned. A scanned one counts exactly as it was read. A typed value loses its spaces and `-`, and full-width forms, as a Japanese
    /// keyboard gives them, become ASCII; the case stays.
    pub(super) fn check(binding: &Binding, given: Option<String>) -> Result<Self, BindingError> {
        let given = given.map(Zeroizing::new);
        match (binding, given) {
            (Binding::None | Binding::Display, None) => Ok(Self(None)),
            (Binding::None | Binding::Display, Some(_)) => Err(BindingError::Unexpected),
            (Binding::Choice { .. } | Binding::Entry { .. } | Binding::Scan, None) => Err(BindingError::Missing),
            (Binding::Choice { options }, Some(given)) => {
                if options.contains(&given) {
                    Ok(Self(Some(given)))
                } else {
                    Err(BindingError::NotAnOption)
                }
            }
            (Binding::Scan, Some(given)) => {
                if is_scan_secret(&given) {
                    Ok(Self(Some(given)))
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

    /// The member `binding` of the decision.
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

/// U+FF01 to U+FF5E are the ASCII characters from U+0021, full-width.
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
        BindingValue::check(binding, given.map(str::to_owned)).map(|value| value.to_wire())
    }

    #[test]
    fn a_typed_value_has_its_length_and_characters() {
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
    fn a_choice_is_one_of_the_options() {
        let choice = Binding::Choice { options: vec!["17".into(), "42".into(), "80".into()] };
        assert_eq!(check(&choice, Some("42")), Ok(Some("42".into())));
        assert_eq!(check(&choice, Some("43")), Err(BindingError::NotAnOption));
        assert_eq!(check(&choice, Some("4 2")), Err(BindingError::NotAnOption));
        assert_eq!(check(&choice, None), Err(BindingError::Missing));
    }

    #[test]
    fn a_scanned_value_is_taken_exactly_as_it_was_read() {
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
    fn no_value_where_none_is_asked() {
        for binding in [Binding::None, Binding::Display] {
            assert_eq!(check(&binding, None), Ok(None));
            assert_eq!(check(&binding, Some("1")), Err(BindingError::Unexpected));
            assert_eq!(check(&binding, Some("")), Err(BindingError::Unexpected));
        }
    }

    #[test]
    fn debug_tells_no_value() {
        let binding = Binding::Entry { length: 6, charset: Charset::Digits };
        let value = BindingValue::check(&binding, Some("314159".into())).unwrap();
        assert_eq!(format!("{value:?}"), "BindingValue(…)");
    }
}
