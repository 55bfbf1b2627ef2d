//! `adp-request+jwt`, from the provider to the device: the question to the user.
//!
//! The device receives the same JWS by push, by fetch and in the inbox.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Jti, Nonce, Timestamp, Txn};
use crate::jose::base64url;
use crate::names::stable_names;

/// The maximum lifetime of a request in seconds.
pub const MAX_LIFETIME_SECS: i64 = 600;

/// The step back of the provider's clock that pending requests and updates survive, in seconds. A
/// request that is dated further ahead was made while the clock was wrong, and counts as expired.
pub const MAX_STEP_BACK_SECS: i64 = 600;

/// A request for the user's decision.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The issuer.
    pub iss: Issuer,
    /// The device that the request is for. It is signed, so that the request cannot be forwarded to
    /// another device.
    pub aud: DeviceAudience,
    /// The enrolment.
    pub sub: EnrolmentId,
    /// The unique id of the message (RFC 7519 §4.1.7).
    pub jti: Jti,
    /// The id of the request on this device. The `auth_req_id` stays between the provider and the
    /// client.
    pub txn: Txn,
    /// The time of issue.
    pub iat: Timestamp,
    /// The time of expiry, at most [`MAX_LIFETIME_SECS`] after `iat`.
    pub exp: Timestamp,
    /// The server's message counter for this enrolment.
    pub seq: u64,
    /// The client that asks.
    pub client: Client,
    /// The OAuth scope, separated by spaces (RFC 6749 §3.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The `acr` that the client asked for. Earlier servers sent it. The device ignores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The user verification that an approval needs.
    pub uv: Uv,
    /// The binding to the screen where the request started.
    pub binding: Binding,
    /// The `binding_message` of CIBA. It is present in mode `display` only. In other modes the
    /// device must not know the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The `authorization_details` (RFC 9396), each exactly as the client wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Vec<Box<RawValue>>>,
    /// The place and time where the request started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// The nonce that the decision repeats.
    pub nonce: Nonce,
    /// Critical extensions. A request with an unknown extension cannot be approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ext: Option<Vec<String>>,
}

impl Message for Request {
    const TYP: &'static str = "adp-request+jwt";
}

/// The client that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The client's `client_id` at the provider.
    pub id: String,
    /// The client's name as shown to the user.
    pub name: String,
}

/// The user verification that an approval needs.
///
/// Version 1 of the protocol approves with UVK only. The value `none` is reserved and cannot be
/// approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Uv {
    /// UVK signs after a user verification prompt.
    Required,
    /// No user verification.
    None,
}

stable_names!(
    /// Returns the name on the wire.
    Uv, as_str {
        Required => "required",
        None => "none",
    }
);

/// The place and time where a request started, as seen by the client or the provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The IP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// A description of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// A description of the browser or terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// The modes of binding, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BindingMode {
    /// The user approves or denies without comparison.
    None,
    /// The phone shows a message and the user compares it.
    Display,
    /// The user picks the right value among several.
    Choice,
    /// The user types the value that the other screen shows.
    Entry,
    /// The device scans a secret from the other screen.
    Scan,
}

stable_names!(
    /// Returns the name on the wire.
    BindingMode, as_str {
        None => "none",
        Display => "display",
        Choice => "choice",
        Entry => "entry",
        Scan => "scan",
    }
);

/// The binding of a request to the screen where it started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BindingJson", into = "BindingJson")]
pub enum Binding {
    /// No binding.
    None,
    /// The phone shows the message and the user compares it.
    Display,
    /// The user picks one value. There is one attempt.
    Choice {
        /// The values to choose from, in display order.
        options: Vec<String>,
    },
    /// The user types a value that the request does not contain.
    Entry {
        /// The number of characters of the value.
        length: u8,
        /// The characters of the value.
        charset: Charset,
    },
    /// The device scans a secret of 128 bits that the request does not contain
    /// ([`is_scan_secret`]).
    Scan,
}

impl Binding {
    /// Returns the mode.
    #[must_use]
    pub const fn mode(&self) -> BindingMode {
        match self {
            Self::None => BindingMode::None,
            Self::Display => BindingMode::Display,
            Self::Choice { .. } => BindingMode::Choice,
            Self::Entry { .. } => BindingMode::Entry,
            Self::Scan => BindingMode::Scan,
        }
    }
}

/// The characters of a value that the user types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Charset {
    /// The digits 0–9.
    Digits,
    /// The characters 0–9, A–Z and a–z. Upper and lower case differ.
    Alphanumeric,
}

stable_names!(
    /// Returns the name on the wire.
    Charset, as_str {
        Digits => "digits",
        Alphanumeric => "alphanumeric",
    }
);

impl Charset {
    /// Returns whether the set contains the character.
    #[must_use]
    pub const fn contains(self, character: char) -> bool {
        match self {
            Self::Digits => character.is_ascii_digit(),
            Self::Alphanumeric => character.is_ascii_alphanumeric(),
        }
    }
}

/// Removes the characters that people put between groups of a code: white space and `-`.
#[must_use]
pub fn without_separators(value: &str) -> String {
    value.chars().filter(|character| !character.is_whitespace() && *character != '-').collect()
}

/// Returns the form in which a server compares values that were typed or chosen: without separators
/// and in upper case (ASCII). People type `w4sct` for `W4SCT`, and keyboards start with a capital
/// letter.
#[must_use]
pub fn comparison_form(value: &str) -> String {
    without_separators(value).to_ascii_uppercase()
}

/// Returns whether the text can be the secret of mode `scan`: 128 bits in their only base64url
/// form, 22 characters.
#[must_use]
pub fn is_scan_secret(text: &str) -> bool {
    text.len() == 22 && base64url::decode_array::<16>(text).is_ok()
}

/// The JSON form of [`Binding`]. Each mode has exactly its own members.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BindingJson {
    mode: BindingMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    options: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    charset: Option<Charset>,
}

impl TryFrom<BindingJson> for Binding {
    type Error = BindingShapeError;

    fn try_from(json: BindingJson) -> Result<Self, BindingShapeError> {
        match json {
            BindingJson { mode: BindingMode::None, options: None, length: None, charset: None } => Ok(Self::None),
            BindingJson { mode: BindingMode::Display, options: None, length: None, charset: None } => Ok(Self::Display),
            BindingJson { mode: BindingMode::Choice, options: Some(options), length: None, charset: None }
                if (2..=5).contains(&options.len()) =>
            {
                Ok(Self::Choice { options })
            }
            BindingJson { mode: BindingMode::Entry, options: None, length: Some(length), charset: Some(charset) }
                if (4..=12).contains(&length) =>
            {
                Ok(Self::Entry { length, charset })
            }
            BindingJson { mode: BindingMode::Scan, options: None, length: None, charset: None } => Ok(Self::Scan),
            _ => Err(BindingShapeError),
        }
    }
}

impl From<Binding> for BindingJson {
    fn from(binding: Binding) -> Self {
        let mode = binding.mode();
        match binding {
            Binding::None | Binding::Display | Binding::Scan => {
                Self { mode, options: None, length: None, charset: None }
            }
            Binding::Choice { options } => Self { mode, options: Some(options), length: None, charset: None },
            Binding::Entry { length, charset } => {
                Self { mode, options: None, length: Some(length), charset: Some(charset) }
            }
        }
    }
}

/// A binding whose members do not match its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the binding does not have exactly the members of its mode: send 2 to 5 options, or a length of 4 to 12 and a charset"
)]
pub struct BindingShapeError;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::json;

    #[test]
    fn binding_with_foreign_members_is_rejected() {
        for good in [
            r#"{"mode":"none"}"#,
            r#"{"mode":"display"}"#,
            r#"{"mode":"choice","options":["1","2","3"]}"#,
            r#"{"mode":"entry","length":6,"charset":"digits"}"#,
            r#"{"mode":"scan"}"#,
        ] {
            let binding: Binding = json::from_str(good).unwrap();
            assert_eq!(serde_json::to_string(&binding).unwrap(), good);
        }
        for bad in [
            r#"{"mode":"none","length":6}"#,
            r#"{"mode":"choice"}"#,
            r#"{"mode":"choice","options":["1"]}"#,
            r#"{"mode":"choice","options":["1","2"],"charset":"digits"}"#,
            r#"{"mode":"entry","length":3,"charset":"digits"}"#,
            r#"{"mode":"entry","length":6}"#,
            r#"{"mode":"entry","length":6,"charset":"emoji"}"#,
            r#"{"mode":"scan","length":22}"#,
            r#"{"mode":"scan","options":["1","2"]}"#,
            r#"{"mode":"scan","charset":"alphanumeric"}"#,
            r#"{"mode":"scan","value":"AAAAAAAAAAAAAAAAAAAAAA"}"#,
            r#"{"mode":"Scan"}"#,
            r#"{"mode":"none","value":"1"}"#,
            r#"["none"]"#,
            "{}",
        ] {
            assert!(json::from_str::<Binding>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn scan_secret_has_one_text_form() {
        for good in ["AAAAAAAAAAAAAAAAAAAAAA", "________________-____w"] {
            assert!(is_scan_secret(good), "{good}");
        }
        for bad in [
            "",
            "AAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAB",
            "AAAAAAAAAAAAAAAAAAAA==",
            "AAAAAAAAAAAAAAAAAAAAAA==",
            "AAAAAAAAAAA+AAAAAAAAAA",
            " AAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAA\n",
            "éAAAAAAAAAAAAAAAAAAAA",
            "https://bank.example/enrol#v=1",
        ] {
            assert!(!is_scan_secret(bad), "{bad:?}");
        }
    }

    #[test]
    fn binding_modes_are_ordered_by_strength() {
        use BindingMode::{Choice, Display, Entry, None, Scan};
        let mut modes = [Scan, Entry, None, Choice, Display];
        modes.sort_unstable();
        assert_eq!(modes, [None, Display, Choice, Entry, Scan]);
        assert_eq!(modes, BindingMode::ALL);
    }
}
