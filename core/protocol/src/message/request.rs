//! `adp-request+jwt`, OP → device: what is asked of the user. The same JWS comes by push, by fetch and in the inbox.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Jti, Nonce, Timestamp, Txn};
use crate::jose::base64url;
use crate::names::stable_names;

/// The longest life of a request: ten minutes, in seconds.
pub const MAX_LIFETIME_SECS: i64 = 600;

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The issuer.
    pub iss: Issuer,
    /// The device. Inside the signature, so that a request cannot be forwarded to another one.
    pub aud: DeviceAudience,
    /// The enrolment.
    pub sub: EnrolmentId,
    /// Makes it unique.
    pub jti: Jti,
    /// Its handle on this device. The `auth_req_id` stays between the OP and the client.
    pub txn: Txn,
    /// When it was made.
    pub iat: Timestamp,
    /// Until when it may be answered; at most [`MAX_LIFETIME_SECS`] after `iat`.
    pub exp: Timestamp,
    /// The server's counter for this enrolment.
    pub seq: u64,
    /// Who asks.
    pub client: Client,
    /// OAuth scope, space separated (RFC 6749 §3.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The `acr` the client wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Whether approving needs user verification.
    pub uv: Uv,
    /// How the user ties this request to the screen where it began.
    pub binding: Binding,
    /// The `binding_message` of CIBA, in mode `display` only: elsewhere the value is withheld from the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `authorization_details` (RFC 9396), each exactly as the client wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Vec<Box<RawValue>>>,
    /// Where and when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// For the decision to repeat.
    pub nonce: Nonce,
    /// Critical extensions: an unknown one makes the request not approvable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ext: Option<Vec<String>>,
}

impl Message for Request {
    const TYP: &'static str = "adp-request+jwt";
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The client's `client_id` at the OP.
    pub id: String,
    /// Its name, shown to the user.
    pub name: String,
}

/// Whether approving needs user verification. Version 1 of the protocol approves with UVK alone; `none` is reserved for
/// requests that need no approval ceremony and is not approvable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Uv {
    /// UVK, with its prompt.
    Required,
    /// None.
    None,
}

stable_names!(
    /// Returns the name on the wire.
    Uv, as_str {
        Required => "required",
        None => "none",
    }
);

/// Where and when a request began, as the client or the OP saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// IP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// A place, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Browser or terminal, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// The kinds of binding, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BindingMode {
    /// Approve or deny.
    None,
    /// The message is shown and the user compares.
    Display,
    /// The right value among decoys.
    Choice,
    /// The user types the value that the other screen shows.
    Entry,
    /// The device scans a secret off the other screen.
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

/// How the user ties this request to the screen where it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BindingJson", into = "BindingJson")]
pub enum Binding {
    /// Not at all.
    None,
    /// The message is shown and compared.
    Display,
    /// One of these is right; one try.
    Choice {
        /// The values to choose from, in the order to be shown.
        options: Vec<String>,
    },
    /// The value is withheld; the user types it.
    Entry {
        /// How many characters it has.
        length: u8,
        /// Which characters.
        charset: Charset,
    },
    /// A secret of 128 bits is withheld; the device scans it off the other screen ([`is_scan_secret`]).
    Scan,
}

impl Binding {
    /// Which kind it is.
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

/// The characters of a value to type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Charset {
    /// 0–9.
    Digits,
    /// 0–9, A–Z, a–z; compared as typed.
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
    /// Whether this character is one of them.
    #[must_use]
    pub const fn contains(self, character: char) -> bool {
        match self {
            Self::Digits => character.is_ascii_digit(),
            Self::Alphanumeric => character.is_ascii_alphanumeric(),
        }
    }
}

/// Takes out what people put between the groups of a code: spaces and `-`.
#[must_use]
pub fn without_separators(value: &str) -> String {
    value.chars().filter(|character| !character.is_whitespace() && *character != '-').collect()
}

/// Whether this can be the secret of mode `scan`: 128 bits in the one text that they have in base64url, 22 characters.
#[must_use]
pub fn is_scan_secret(text: &str) -> bool {
    text.len() == 22 && base64url::decode_array::<16>(text).is_ok()
}

/// The JSON form of [`Binding`]: each mode has exactly its members.
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

/// A binding without exactly the members of its mode: 2 to 5 options, or a length of 4 to 12 and a charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a binding has exactly the members of its mode: 2 to 5 options, or a length of 4 to 12 and a charset")]
pub struct BindingShapeError;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::json;

    #[test]
    fn a_binding_has_exactly_the_members_of_its_mode() {
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
    fn a_scan_secret_is_128_bits_in_their_one_text() {
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
    fn modes_are_ordered_by_strength() {
        use BindingMode::{Choice, Display, Entry, None, Scan};
        let mut modes = [Scan, Entry, None, Choice, Display];
        modes.sort_unstable();
        assert_eq!(modes, [None, Display, Choice, Entry, Scan]);
        assert_eq!(modes, BindingMode::ALL);
    }
}
