//! The binding between a request and the screen where it began (ADP/1, section 4): the values that
//! the phone gets, and the value that it must send.

use std::fmt;

use countersign_protocol::jose::{Digest, JoseError, random};
use countersign_protocol::message::request::{Binding, Charset, comparison_form, is_scan_secret};
use countersign_protocol::review::has_choice_separator;
use countersign_protocol::text;

/// The binding that a caller requests.
#[derive(Clone, PartialEq, Eq)]
pub enum RequestedBinding {
    /// No binding.
    None,
    /// The phone shows this text and the person compares it.
    Display(String),
    /// The phone shows this value between two decoys and the person picks it.
    Choice(String),
    /// The person types this value. It is never sent to the phone. It has 4 to 12 ASCII letters or
    /// digits and is compared without spaces, `-` and case. Letters should have one case only.
    Entry(String),
    /// The phone scans this secret. It is never sent to the phone. It has 128 bits as base64url,
    /// which are 22 characters, and is compared byte for byte.
    Scan(String),
}

impl fmt::Debug for RequestedBinding {
    /// Shows the mode only, so that no log contains a binding value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Display(_) => "Display",
            Self::Choice(_) => "Choice",
            Self::Entry(_) => "Entry",
            Self::Scan(_) => "Scan",
        })
    }
}

/// The binding for the phone, and the value that the server keeps.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) binding: Binding,
    /// The text that the phone shows, for the mode display.
    pub(super) message: Option<String>,
    /// The value that the phone must send. For entry and scan the phone never gets it.
    pub(super) expected: Option<String>,
}

/// A binding value that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum BindingError {
    #[error("{0}")]
    Value(&'static str),
    #[error(transparent)]
    Random(#[from] JoseError),
}

/// The length of a value to choose. Three of them fit a small screen.
const MAX_CHOICE_CHARS: usize = 20;

/// The length of a value to type, without separators.
const ENTRY_CHARS: std::ops::RangeInclusive<usize> = 4..=12;

/// Checks the requested binding and makes the binding for the phone.
pub(super) fn prepare(requested: &RequestedBinding) -> Result<Prepared, BindingError> {
    Ok(match requested {
        RequestedBinding::None => Prepared { binding: Binding::None, message: None, expected: None },
        RequestedBinding::Display(text) => {
            if text.trim().is_empty() || text::message(text).flaw().is_some() {
                return Err(BindingError::Value("phones do not show an empty or overlong text"));
            }
            let message = Some(text.clone());
            Prepared { binding: Binding::Display, message, expected: None }
        }
        RequestedBinding::Choice(value) => Prepared {
            binding: Binding::Choice { options: with_decoys(value)? },
            message: None,
            expected: Some(value.clone()),
        },
        RequestedBinding::Entry(value) => {
            let expected = comparison_form(value);
            Prepared { binding: entry(&expected)?, message: None, expected: Some(expected) }
        }
        RequestedBinding::Scan(secret) => {
            if !is_scan_secret(secret) {
                return Err(BindingError::Value("a secret to scan is 128 bits as base64url: 22 characters"));
            }
            Prepared { binding: Binding::Scan, message: None, expected: Some(secret.clone()) }
        }
    })
}

/// Returns true if the phone sent the expected value. The time does not depend on the values. A
/// scanned value is compared byte for byte.
pub(super) fn matches(binding: &Binding, expected: &str, sent: &str) -> bool {
    match binding {
        Binding::Scan => Digest::of_secret(expected.as_bytes()) == Digest::of_secret(sent.as_bytes()),
        _ => same_typed(expected, sent),
    }
}

/// Returns true if two typed or chosen values are equal without spaces, `-` and ASCII case.
fn same_typed(expected: &str, sent: &str) -> bool {
    Digest::of_secret(comparison_form(expected).as_bytes()) == Digest::of_secret(comparison_form(sent).as_bytes())
}

fn entry(value: &str) -> Result<Binding, BindingError> {
    let length = value.len();
    if !value.bytes().all(|c| c.is_ascii_alphanumeric()) || !ENTRY_CHARS.contains(&length) {
        return Err(BindingError::Value("a value to type is 4 to 12 ASCII letters or digits"));
    }
    let charset = if value.bytes().all(|c| c.is_ascii_digit()) { Charset::Digits } else { Charset::Alphanumeric };
    let length = u8::try_from(length).map_err(|_| BindingError::Value("the value is too long"))?;
    Ok(Binding::Entry { length, charset })
}

/// Returns the value and two decoys of the same form, in random order.
fn with_decoys(value: &str) -> Result<Vec<String>, BindingError> {
    let drawn = text::label(value);
    let fits = value.is_ascii() && value.len() <= MAX_CHOICE_CHARS && drawn.flaw().is_none() && drawn.shown() == value;
    if !fits || !value.bytes().any(|c| c.is_ascii_alphanumeric()) {
        return Err(BindingError::Value(
            "a value to choose is 1 to 20 printable ASCII characters with a letter or digit",
        ));
    }
    if has_choice_separator(value) {
        return Err(BindingError::Value("a value to choose must not contain ` / `, which stands between the values"));
    }
    let mut options = vec![value.to_owned()];
    while options.len() < 3 {
        let decoy = value.chars().map(like).collect::<Result<String, _>>()?;
        // Compared like decisions, so that no decoy is right because of its separators.
        if !options.iter().any(|option| same_typed(option, &decoy)) {
            options.push(decoy);
        }
    }
    let first = below(3)?;
    options.rotate_left(usize::from(first));
    Ok(options)
}

/// Returns a random character of the same kind.
fn like(c: char) -> Result<char, JoseError> {
    let (start, kinds) = match c {
        '0'..='9' => (b'0', 10),
        'a'..='z' => (b'a', 26),
        'A'..='Z' => (b'A', 26),
        other => return Ok(other),
    };
    below(kinds).map(|step| char::from(start + step))
}

/// Returns a random number below `limit`. Each number has the same probability.
fn below(limit: u8) -> Result<u8, JoseError> {
    loop {
        let [byte] = random::bytes::<1>()?;
        // Bytes above the largest multiple of `limit` would favour small numbers.
        if byte < u8::MAX - u8::MAX % limit {
            return Ok(byte % limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_value_is_withheld_and_its_form_described() {
        let prepared = prepare(&RequestedBinding::Entry("123 456".into())).unwrap();
        assert!(matches!(prepared.binding, Binding::Entry { length: 6, charset: Charset::Digits }));
        assert_eq!(prepared.expected.as_deref(), Some("123456"));
        assert_eq!(prepared.message, None);
        let prepared = prepare(&RequestedBinding::Entry("AB-12".into())).unwrap();
        assert!(matches!(prepared.binding, Binding::Entry { length: 4, charset: Charset::Alphanumeric }));
        assert_eq!(prepare(&RequestedBinding::Entry("w4-Sct".into())).unwrap().expected.as_deref(), Some("W4SCT"));
        for bad in ["", "123", "1234567890123", "12_456", "１２３４５６", "12\u{200b}3456"] {
            assert!(prepare(&RequestedBinding::Entry(bad.into())).is_err(), "{bad}");
        }
    }

    #[test]
    fn typed_value_ignores_separators_and_ascii_case_only() {
        let typed = prepare(&RequestedBinding::Entry("123456".into())).unwrap().binding;
        let matches = |expected: &str, sent: &str| matches(&typed, expected, sent);
        assert!(matches("123456", "123 456"));
        assert!(matches("123456", "1-2-3-4-5-6"));
        for wrong in ["", "12345", "1234567", "123457", "１23456"] {
            assert!(!matches("123456", wrong), "{wrong}");
        }
        for typed in ["W4SCT", "w4sct", "W4-sct", "w4 ScT"] {
            assert!(matches("W4SCT", typed) && matches("w4sct", typed), "{typed}");
        }
        assert!(!matches("W4SCT", "W4SC7"));
        assert!(!matches("STRASSE", "STRAßE"), "only ASCII letters have a case here");
    }

    #[test]
    fn scan_secret_is_withheld_and_compared_byte_for_byte() {
        let secret = "b5TVKQ3gM_kW8-fZp1xYtA";
        let prepared = prepare(&RequestedBinding::Scan(secret.into())).unwrap();
        assert_eq!((&prepared.binding, prepared.message), (&Binding::Scan, None));
        assert_eq!(prepared.expected.as_deref(), Some(secret));
        assert!(matches(&Binding::Scan, secret, secret));
        for wrong in [secret.to_lowercase(), secret.replace('-', ""), format!("{secret} "), secret.replace('A', "Q")] {
            assert!(!matches(&Binding::Scan, secret, &wrong), "{wrong}");
        }
        for bad in ["", "123456", "b5TVKQ3gM_kW8-fZp1xYt", "b5TVKQ3gM_kW8-fZp1xYtB", "b5TVKQ3gM/kW8+fZp1xYtA"] {
            assert!(prepare(&RequestedBinding::Scan(bad.into())).is_err(), "{bad}");
        }
    }

    #[test]
    fn choice_has_three_different_options_in_random_order() {
        let mut places = [0; 3];
        for _ in 0..300 {
            let Binding::Choice { options } = prepare(&RequestedBinding::Choice("A7-b".into())).unwrap().binding else {
                panic!("not a choice");
            };
            assert_eq!(options.len(), 3);
            places[options.iter().position(|option| option == "A7-b").unwrap()] += 1;
            for option in &options {
                let shape: Vec<char> = option.chars().collect();
                assert!(shape[0].is_ascii_uppercase() && shape[1].is_ascii_digit());
                assert!(shape[2] == '-' && shape[3].is_ascii_lowercase());
                assert_eq!(options.iter().filter(|other| *other == option).count(), 1);
            }
        }
        assert!(places.iter().all(|count| *count > 50), "{places:?}");
        for bad in ["", "--", "ü1", "123456789012345678901"] {
            assert!(prepare(&RequestedBinding::Choice(bad.into())).is_err(), "{bad}");
        }
    }

    #[test]
    fn empty_display_text_is_rejected() {
        assert!(prepare(&RequestedBinding::Display("  ".into())).is_err());
        assert_eq!(prepare(&RequestedBinding::Display("W4SCT".into())).unwrap().message.as_deref(), Some("W4SCT"));
    }
}
