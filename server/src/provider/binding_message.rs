//! `binding_message` (CIBA Core 7.1). Its meaning depends on the binding mode of the client.

use countersign_protocol::message::request::{BindingMode, is_scan_secret, without_separators};
use countersign_protocol::text;
use unicode_segmentation::UnicodeSegmentation;

use super::error::{Code, OAuthError};
use crate::gateway::RequestedBinding;

/// The maximum length of a message to compare, in user-perceived characters.
const MAX_MESSAGE_CHARS: usize = 100;

/// Converts the parameter to a binding, or rejects it with `invalid_binding_message`.
pub(super) fn binding(mode: BindingMode, message: Option<&str>) -> Result<RequestedBinding, OAuthError> {
    match (mode, message) {
        (BindingMode::None, None) | (BindingMode::Display, None) => Ok(RequestedBinding::None),
        (BindingMode::None, Some(_)) => Err(refuse("this client is registered without a binding message")),
        (BindingMode::Display, Some(message)) => shown(message).map(RequestedBinding::Display),
        (BindingMode::Choice, Some(value)) => code(value).map(RequestedBinding::Choice),
        (BindingMode::Entry, Some(value)) => code(value).map(RequestedBinding::Entry),
        (BindingMode::Choice | BindingMode::Entry, None) => {
            Err(refuse("binding_message is missing: send the code that your page shows"))
        }
        (BindingMode::Scan, Some(secret)) if is_scan_secret(secret) => Ok(RequestedBinding::Scan(secret.to_owned())),
        (BindingMode::Scan, _) => Err(refuse(
            "binding_message must be the secret that your page shows as a QR code: 16 random bytes as base64url",
        )),
    }
}

/// A code: short enough to type, with characters that every phone can type.
fn code(value: &str) -> Result<String, OAuthError> {
    let bare = without_separators(value);
    if !(4..=12).contains(&bare.len()) || !bare.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(refuse("binding_message must be a code of 4 to 12 ASCII letters or digits"));
    }
    Ok(value.to_owned())
}

/// A text that the phone displays unchanged: without hidden characters and without truncation.
fn shown(message: &str) -> Result<String, OAuthError> {
    let drawn = text::message(message);
    // Characters that draw nothing are displayed as ⟨U+…⟩.
    let hidden = drawn.shown().matches("⟨U+").count() > message.matches("⟨U+").count();
    if hidden || drawn.flaw().is_some() || message.graphemes(true).count() > MAX_MESSAGE_CHARS {
        return Err(refuse("binding_message must be 1 to 100 visible characters"));
    }
    Ok(message.to_owned())
}

const fn refuse(description: &'static str) -> OAuthError {
    OAuthError::new(Code::InvalidBindingMessage, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_has_4_to_12_ascii_letters_or_digits() {
        for good in ["1234", "A1B2C3D4E5F6", "123 456", "123-456"] {
            assert!(binding(BindingMode::Entry, Some(good)).is_ok(), "{good}");
            assert!(binding(BindingMode::Choice, Some(good)).is_ok(), "{good}");
        }
        for bad in ["123", "1234567890123", "12345é", "１２３４５６", "12_456", "123456\u{200b}", "<b>12"] {
            assert!(binding(BindingMode::Entry, Some(bad)).is_err(), "{bad}");
            assert!(binding(BindingMode::Choice, Some(bad)).is_err(), "{bad}");
        }
        assert!(binding(BindingMode::Entry, None).is_err());
        assert!(binding(BindingMode::Choice, None).is_err());
    }

    #[test]
    fn scan_secret_has_128_bits_in_base64url() {
        let good = "b5TVKQ3gM_kW8-fZp1xYtA";
        assert!(binding(BindingMode::Scan, Some(good)).is_ok_and(|asked| asked == RequestedBinding::Scan(good.into())));
        for bad in ["123456", "b5TVKQ3gM_kW8-fZp1xYt", "b5TVKQ3gM_kW8-fZp1xYtB", "b5TVKQ3gM_kW8-fZp1xYtA==", "W4SCT"] {
            assert!(binding(BindingMode::Scan, Some(bad)).is_err(), "{bad}");
        }
        assert!(binding(BindingMode::Scan, None).is_err());
    }

    #[test]
    fn message_is_visible_and_at_most_100_characters() {
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
        for good in ["W4SCT", "Zahlung an ACME über 42,50 €", "支払い W4SCT", &"x".repeat(100), family] {
            assert!(binding(BindingMode::Display, Some(good)).is_ok(), "{good}");
        }
        for bad in [" ", "a\u{202e}b", "a\u{200b}b", "a\u{0}b", &"x".repeat(101), &"👍".repeat(101)] {
            assert!(binding(BindingMode::Display, Some(bad)).is_err(), "{bad:?}");
        }
        assert!(matches!(binding(BindingMode::Display, None), Ok(RequestedBinding::None)));
    }

    #[test]
    fn message_without_binding_is_rejected() {
        assert!(matches!(binding(BindingMode::None, None), Ok(RequestedBinding::None)));
        assert!(binding(BindingMode::None, Some("W4SCT")).is_err());
    }
}
