//! The types of single claims. Every value of these types has passed its check.
//!
//! Offers, configurations and pushes are parsed ([`FromStr`]). Deserialization additionally reads
//! the forms that earlier versions accepted, because a stored state must open in every later
//! version.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::jose::{JoseError, Thumbprint, base64url, random};
use crate::names::stable_names;
use crate::text;

use super::url::{canonical_url, is_safe_origin, plain_url};

/// A claim that does not have the form of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClaimError(pub(super) &'static str);

/// Declares a text type. `$check` is the rule for parsing, `$read` for deserialization.
macro_rules! text_claim {
    ($(#[$doc:meta])* $name:ident, $check:path, $read:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ClaimError;

            fn try_from(text: String) -> Result<Self, ClaimError> {
                $check(&text)?;
                Ok(Self(text))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                let text = String::deserialize(reader)?;
                $read(&text).map_err(de::Error::custom)?;
                Ok(Self(text))
            }
        }

        impl FromStr for $name {
            type Err = ClaimError;

            fn from_str(text: &str) -> Result<Self, ClaimError> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Declares a constructor for a random identifier of 128 bits (22 characters).
macro_rules! random_claim {
    ($($name:ident)*) => {$(
        impl $name {
            /// Creates a random value: 128 bits as base64url.
            ///
            /// # Errors
            /// [`JoseError::Random`] if the system provides no random numbers.
            pub fn random() -> Result<Self, JoseError> {
                Ok(Self(base64url::encode(random::bytes::<16>()?)))
            }
        }
    )*};
}

text_claim!(
    /// The provider's issuer identifier (RFC 8414 §2): an `https` URL without query, fragment, user
    /// name and trailing slash. `http` is accepted for loopback addresses, for development.
    ///
    /// Issuers are compared character by character, and users recognise a bank by the address on
    /// the screen. Therefore an address has exactly one spelling ([`canonical_url`]), and at most
    /// [`MAX_ADDRESS_CHARS`] characters after the scheme. Deserialization also reads the spellings
    /// and lengths that earlier versions accepted ([`Issuer::is_canonical`]).
    Issuer,
    check_issuer,
    read_issuer
);

impl Issuer {
    /// Returns whether the rules for new issuers are met. An enrolment that an earlier version
    /// stored can have an issuer that breaks them. It can deny and be removed, but it cannot
    /// approve.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        check_issuer(&self.0).is_ok()
    }

    /// Returns the address for the screen: the issuer without its scheme.
    #[must_use]
    pub fn address(&self) -> &str {
        address_of(&self.0)
    }
}

text_claim!(
    /// The id of one enrolment of one phone at one issuer.
    EnrolmentId,
    check_id,
    check_id
);
text_claim!(
    /// The id of one request on one device. A wake push refers to the request by this id.
    ///
    /// It is a segment of a URL path, so it is not `.` or `..`, which a URL parser removes.
    /// Deserialization also reads these, because earlier versions stored them
    /// ([`Txn::is_path_segment`]).
    Txn,
    check_txn,
    check_id
);

impl Txn {
    /// Returns whether the id is a segment of a URL path that no URL parser removes.
    #[must_use]
    pub fn is_path_segment(&self) -> bool {
        check_txn(&self.0).is_ok()
    }
}

text_claim!(
    /// The unique id of a message (RFC 7519 §4.1.7).
    Jti,
    check_id,
    check_id
);
text_claim!(
    /// A value that the other side must repeat.
    Nonce,
    check_id,
    check_id
);
text_claim!(
    /// The id of an offer to enrol.
    OfferId,
    check_id,
    check_id
);
text_claim!(
    /// The handle by which a phone finds the enrolment that a push is for. It has no meaning for
    /// others.
    RoutingHandle,
    check_id,
    check_id
);
random_claim!(EnrolmentId Txn Jti Nonce OfferId RoutingHandle);

fn check_id(text: &str) -> Result<(), ClaimError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
        Ok(())
    } else {
        Err(ClaimError("not an identifier: use 1 to 64 characters of A-Z a-z 0-9 - . _ ~"))
    }
}

fn check_txn(text: &str) -> Result<(), ClaimError> {
    check_id(text)?;
    if matches!(text, "." | "..") {
        return Err(ClaimError("not a txn: use another identifier than . and .., which URL parsers remove"));
    }
    Ok(())
}

/// The maximum length of an issuer's address, which is the issuer without its scheme, in
/// characters. The approval screen shows the address as a name. A longer one could not be approved.
pub const MAX_ADDRESS_CHARS: usize = text::MAX_NAME_CHARS;
/// The maximum length of a whole issuer in characters that earlier versions accepted.
const MAX_READ_ISSUER_CHARS: usize = 200;

const NOT_AN_ISSUER: ClaimError = ClaimError(
    "not an issuer: use an https URL (http only on a loopback address) in lower case, without query, fragment, user \
     name, default port, percent-encoding and slash at the end",
);

fn check_issuer(text: &str) -> Result<(), ClaimError> {
    read_issuer(text)?;
    canonical_url(text).ok_or(NOT_AN_ISSUER)?;
    if address_of(text).len() > MAX_ADDRESS_CHARS {
        return Err(ClaimError("the issuer cannot be shown: use at most 70 characters after the scheme"));
    }
    Ok(())
}

/// Checks the form that every version requires.
fn read_issuer(text: &str) -> Result<(), ClaimError> {
    if text.len() > MAX_READ_ISSUER_CHARS || text.ends_with('/') {
        return Err(NOT_AN_ISSUER);
    }
    let url = plain_url(text).ok_or(NOT_AN_ISSUER)?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if plain && is_safe_origin(&url) { Ok(()) } else { Err(NOT_AN_ISSUER) }
}

fn address_of(issuer: &str) -> &str {
    issuer.split_once("://").map_or(issuer, |(_, address)| address)
}

/// A time in whole seconds since 1970-01-01T00:00:00Z, not negative (RFC 7519 NumericDate).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last second of the year 9999.
    const MAX_SECS: i64 = 253_402_300_799;

    /// Creates a time from seconds since the epoch. Values out of range become the nearest limit.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        match seconds {
            ..0 => Self(0),
            0..=Self::MAX_SECS => Self(seconds),
            _ => Self(Self::MAX_SECS),
        }
    }

    /// Returns the seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// Returns the time that is `seconds` later, or earlier if `seconds` is negative.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self::from_seconds(self.0.saturating_add(seconds))
    }

    /// Returns the seconds from `earlier` to this time. The result is negative if `earlier` is
    /// later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl TryFrom<i64> for Timestamp {
    type Error = ClaimError;

    fn try_from(seconds: i64) -> Result<Self, ClaimError> {
        if (0..=Self::MAX_SECS).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(ClaimError("not a time: use whole seconds since 1970, up to the year 9999"))
        }
    }
}

impl From<Timestamp> for i64 {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

/// The audience of a message for a device: `urn:ietf:params:oauth:jwk-thumbprint:sha-256:` (RFC
/// 9278) and the thumbprint of the device key (DK).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceAudience(pub Thumbprint);

const THUMBPRINT_URN: &str = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:";

impl TryFrom<String> for DeviceAudience {
    type Error = ClaimError;

    fn try_from(text: String) -> Result<Self, ClaimError> {
        text.strip_prefix(THUMBPRINT_URN)
            .and_then(|thumbprint| thumbprint.parse().ok())
            .map(Self)
            .ok_or(ClaimError("not a device audience: use a JWK thumbprint URN (RFC 9278) with sha-256"))
    }
}

impl From<DeviceAudience> for String {
    fn from(audience: DeviceAudience) -> Self {
        format!("{THUMBPRINT_URN}{}", audience.0)
    }
}

/// The language in which a request is shown. The display hash covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Japanese.
    Ja,
}

stable_names!(
    /// Returns the ISO 639-1 code.
    Locale, as_str {
        En => "en",
        De => "de",
        Fr => "fr",
        Es => "es",
        Ja => "ja",
    }
);

impl FromStr for Locale {
    type Err = ClaimError;

    /// Parses an ISO 639-1 code, or a longer BCP 47 tag that starts with one: `de`, `de-AT`.
    fn from_str(text: &str) -> Result<Self, ClaimError> {
        let language = text.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|locale| locale.as_str() == language)
            .ok_or(ClaimError("not a supported language: use en, de, fr, es or ja"))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_accepts_https_or_loopback_only() {
        for good in [
            "https://bank.example",
            "https://bank.example/a",
            "http://127.0.0.1:8460",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert!(good.parse::<Issuer>().is_ok(), "{good}");
        }
        for bad in [
            "http://bank.example",
            "http://10.0.0.1",
            "http://localhost.bank.example",
            "https://bank.example/",
            "https://a@bank.example",
            "https://bank.example?x",
            "https://bank.example#x",
            "ftp://127.0.0.1",
            "bank.example",
            "",
            " https://bank.example",
            "\u{f}https://bank.example",
            "https://bank.example\u{1}",
            "https://ba\nnk.example",
            "h\tttps://bank.example",
            "https://bank.example/\u{7f}",
            "https://b%61nk.example",
            "https:bank.example",
            "https:/bank.example",
            "https:///bank.example",
            "https:\\\\bank.example",
            "https:bank.example://",
            "https://bank.example\\a",
            "htTps://bank.example",
        ] {
            assert!(bad.parse::<Issuer>().is_err(), "{bad}");
        }
    }

    /// Each has another spelling, or a host that only some resolvers accept.
    const TWO_SPELLINGS: [&str; 26] = [
        "https://paypaI.example",
        "https://bank.example:443",
        "http://127.0.0.1:80",
        "https://bank.example:08443",
        "https://bank.example:",
        "https://@bank.example",
        "https://:@bank.example",
        "https://bank.example/a/..",
        "https://bank.example/.",
        "https://bank.example/a/../b",
        "https://bank.example/%2e/b",
        "https://bank.example/%61",
        "https://bank.example/%c3%a4",
        "https://bank.example/a\"b",
        "https://bank.example/a|b",
        "https://0x7f.1",
        "https://2130706433",
        "http://127.1",
        "http://0177.0.0.1",
        "https://[0:0:0:0:0:0:0:1]",
        "https://[2001:DB8::1]",
        "https://bank.example.",
        "https://bank_.example",
        "https://-bank.example",
        "https://bank-.example",
        "https://bank..example",
    ];

    #[test]
    fn issuer_with_another_spelling_is_rejected() {
        for bad in TWO_SPELLINGS {
            assert_eq!(bad.parse::<Issuer>(), Err(NOT_AN_ISSUER), "{bad}");
        }
        for good in ["https://xn--mnchen-3ya.example", "https://192.0.2.1:8443", "https://[2001:db8::1]/a/b"] {
            assert!(good.parse::<Issuer>().is_ok(), "{good}");
        }
        let label = |length: usize| format!("https://{}.example", "a".repeat(length)).parse::<Issuer>();
        assert!(label(62).is_ok());
        assert!(label(64).is_err());
    }

    #[test]
    fn issuer_that_cannot_be_shown_is_rejected() {
        let long = |length: usize| format!("https://bank.example/{}", "a".repeat(length - 13));
        let longest: Issuer = long(MAX_ADDRESS_CHARS).parse().unwrap();
        assert_eq!(longest.address().len(), MAX_ADDRESS_CHARS);
        let error = long(MAX_ADDRESS_CHARS + 1).parse::<Issuer>().unwrap_err().to_string();
        assert!(error.contains(&format!("at most {MAX_ADDRESS_CHARS} characters")), "{error}");
        let special = "https://a-1.example:8443/-._~!$&'()*+,;=:@/".to_owned() + "a";
        for accepted in [longest.as_str(), &special, "https://[2001:db8::1]", "http://localhost:1"] {
            let accepted: Issuer = accepted.parse().unwrap();
            let shown = text::name(accepted.address());
            assert_eq!((shown.shown(), shown.flaw()), (accepted.address(), None));
        }
    }

    #[test]
    fn stored_issuer_of_earlier_version_is_read() {
        let read = |issuer: &str| serde_json::from_value::<Issuer>(issuer.into());
        let long = format!("https://bank.example/{}", "a".repeat(179));
        for earlier in ["https://paypaI.example", "https://bank.example:443", "https://bank.example.", &long] {
            let issuer = read(earlier).unwrap();
            assert!(!issuer.is_canonical(), "{earlier}");
            assert_eq!(serde_json::to_value(&issuer).unwrap(), earlier);
        }
        assert!(read("https://bank.example").unwrap().is_canonical());
        assert!(read(&format!("{long}a")).is_err());
        assert!(read("htTps://bank.example").is_err());
    }

    #[test]
    fn opaque_id_rejects_long_and_special_text() {
        assert!(Txn::random().unwrap().as_str().parse::<Txn>().is_ok());
        for good in ["a", "A-Z.a_z~09", &"a".repeat(64)] {
            assert!(good.parse::<Txn>().is_ok(), "{good:?}");
        }
        for bad in ["", "a b", "a/b", "é", &"a".repeat(65)] {
            assert!(bad.parse::<Txn>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn txn_is_a_segment_of_a_url_path() {
        for bad in [".", ".."] {
            let error = bad.parse::<Txn>().unwrap_err().to_string();
            assert!(error.contains("use another identifier"), "{error}");
            assert!(bad.parse::<Nonce>().is_ok(), "other identifiers are not in paths");
            let stored: Txn = serde_json::from_value(bad.into()).unwrap();
            assert!(!stored.is_path_segment());
        }
        for good in ["...", ".a", "a.", "-", "~", "_"] {
            let txn: Txn = good.parse().unwrap();
            let url = url::Url::parse(&format!("https://bank.example/requests/{txn}")).unwrap();
            assert_eq!(url.path(), format!("/requests/{good}"));
        }
    }

    #[test]
    fn timestamp_is_bounded() {
        assert!(Timestamp::try_from(-1).is_err());
        assert!(Timestamp::try_from(i64::MAX).is_err());
        assert_eq!(Timestamp::from_seconds(5).plus(i64::MIN).seconds(), 0);
        assert_eq!(Timestamp::from_seconds(5).plus(i64::MAX).seconds(), Timestamp::MAX_SECS);
        assert_eq!(Timestamp::from_seconds(5).since(Timestamp::from_seconds(9)), -4);
        for seconds in [0, 1, 1_800_000_000, Timestamp::MAX_SECS] {
            assert_eq!(Timestamp::try_from(seconds), Ok(Timestamp::from_seconds(seconds)));
            assert_eq!(serde_json::to_string(&Timestamp::from_seconds(seconds)).unwrap(), seconds.to_string());
        }
        assert!(Timestamp::try_from(Timestamp::MAX_SECS + 1).is_err());
    }

    #[test]
    fn locale_parses_language_of_tag() {
        for (tag, locale) in [("en", Locale::En), ("de-AT", Locale::De), ("fr_CA", Locale::Fr), ("es", Locale::Es)] {
            assert_eq!(tag.parse(), Ok(locale));
        }
        for locale in Locale::ALL {
            assert_eq!(locale.to_string().parse(), Ok(locale));
            assert_eq!(serde_json::to_string(&locale).unwrap(), format!("\"{locale}\""));
        }
        for bad in ["", "it", "EN", "english", "-de"] {
            assert!(bad.parse::<Locale>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn device_audience_is_rfc_9278_urn() {
        let thumbprint = crate::jose::SigningKey::from_scalar(&[7; 32]).unwrap().public().thumbprint();
        let text = String::from(DeviceAudience(thumbprint));
        assert_eq!(DeviceAudience::try_from(text.clone()).unwrap().0, thumbprint);
        assert!(DeviceAudience::try_from(text.replace("sha-256", "sha-512")).is_err());
        assert!(DeviceAudience::try_from(thumbprint.to_string()).is_err());
    }
}
