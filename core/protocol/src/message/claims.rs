//! The values that claims are made of. Each is a type of its own whose only way in is a check.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::jose::{JoseError, Thumbprint, base64url, random};
use crate::names::stable_names;

/// A claim that does not have the form of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClaimError(pub(super) &'static str);

/// A string newtype with a check as the only way in.
macro_rules! text_claim {
    ($(#[$doc:meta])* $name:ident, $check:path, $wrong:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ClaimError;

            fn try_from(text: String) -> Result<Self, ClaimError> {
                if $check(&text) { Ok(Self(text)) } else { Err(ClaimError($wrong)) }
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

/// An opaque identifier that can be made at random: 128 bits, 22 characters.
macro_rules! random_claim {
    ($($name:ident)*) => {$(
        impl $name {
            /// A new one: 128 random bits as base64url.
            pub fn random() -> Result<Self, JoseError> {
                Ok(Self(base64url::encode(random::bytes::<16>()?)))
            }
        }
    )*};
}

text_claim!(
    /// The OP's issuer identifier (RFC 8414 §2): an `https` URL without query, fragment or user name. `http` counts only for
    /// loopback addresses, for development on one machine. Compared as text, character by character.
    Issuer,
    is_issuer,
    "an issuer is an https URL without query, fragment or user name (http only on a loopback address)"
);
text_claim!(
    /// Names one enrolment of one phone at one issuer.
    EnrolmentId,
    is_opaque,
    "an enrolment id is 1 to 64 characters of A-Z a-z 0-9 - . _ ~"
);
text_claim!(
    /// An opaque handle of one request on one device; also the reference by which a wake push names it.
    Txn,
    is_opaque,
    "a txn is 1 to 64 characters of A-Z a-z 0-9 - . _ ~"
);
text_claim!(
    /// Makes a message unique (RFC 7519 §4.1.7).
    Jti,
    is_opaque,
    "a jti is 1 to 64 characters of A-Z a-z 0-9 - . _ ~"
);
text_claim!(
    /// A value that the other side must repeat.
    Nonce,
    is_opaque,
    "a nonce is 1 to 64 characters of A-Z a-z 0-9 - . _ ~"
);
text_claim!(
    /// Names an offer to enrol.
    OfferId,
    is_opaque,
    "an offer id is 1 to 64 characters of A-Z a-z 0-9 - . _ ~"
);
text_claim!(
    /// Tells a phone which of its enrolments a push is for. Says nothing to anyone else.
    RoutingHandle,
    is_opaque,
    "a routing handle is 1 to 64 characters of A-Z a-z 0-9 - . _ ~"
);
random_claim!(EnrolmentId Txn Jti Nonce OfferId RoutingHandle);

fn is_opaque(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

fn is_issuer(text: &str) -> bool {
    if text.len() > 200 || text.ends_with('/') {
        return false;
    }
    let Some(url) = plain_url(text) else { return false };
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    plain && is_safe_origin(&url)
}

/// A URL in visible ASCII, written as `scheme://host…`, its host without escapes. The parser alone passes over spaces and controls at
/// both ends, over line breaks and tabs anywhere, over slashes that are missing, too many or the other way round, so that two texts
/// would be one address.
pub fn plain_url(text: &str) -> Option<url::Url> {
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let plain = scheme.bytes().all(|byte| byte.is_ascii_lowercase()) && !host.is_empty() && !host.contains('%');
    if visible && plain { url::Url::parse(text).ok() } else { None }
}

/// `https`, or `http` on a loopback address.
pub(crate) fn is_safe_origin(url: &url::Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(url::Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(url::Host::Ipv6(address))) => address.is_loopback(),
        ("http", Some(url::Host::Domain(name))) => name == "localhost",
        _ => false,
    }
}

/// Seconds since 1970-01-01T00:00:00Z (RFC 7519 NumericDate), whole and not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last second of the year 9999: nothing later is a time.
    const MAX_SECS: i64 = 253_402_300_799;

    /// From seconds; clamped into the range of times.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        match seconds {
            ..0 => Self(0),
            0..=Self::MAX_SECS => Self(seconds),
            _ => Self(Self::MAX_SECS),
        }
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// This many seconds later (earlier, if negative).
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self::from_seconds(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this; negative if that is later.
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
            Err(ClaimError("a time is whole seconds from 1970 to 9999"))
        }
    }
}

impl From<Timestamp> for i64 {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

/// The device a message is for: `urn:ietf:params:oauth:jwk-thumbprint:sha-256:` (RFC 9278) and the thumbprint of its DK.
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
            .ok_or(ClaimError("a device audience is a JWK thumbprint URN of RFC 9278 with sha-256"))
    }
}

impl From<DeviceAudience> for String {
    fn from(audience: DeviceAudience) -> Self {
        format!("{THUMBPRINT_URN}{}", audience.0)
    }
}

/// The language a request is shown in. The display hash covers it.
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

    /// Takes an ISO 639-1 code, or a longer BCP 47 tag that begins with one: `de`, `de-AT`.
    fn from_str(text: &str) -> Result<Self, ClaimError> {
        let language = text.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|locale| locale.as_str() == language)
            .ok_or(ClaimError("a locale is one of en, de, fr, es, ja"))
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
    fn an_issuer_is_https_or_on_loopback() {
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
        let long = |length: usize| format!("https://bank.example/{}", "a".repeat(length - 21)).parse::<Issuer>();
        assert!(long(200).is_ok());
        assert!(long(201).is_err());
        assert!(long(202).is_err());
    }

    #[test]
    fn opaque_ids_are_short_and_plain() {
        assert!(Txn::random().unwrap().as_str().parse::<Txn>().is_ok());
        for good in ["a", "A-Z.a_z~09", &"a".repeat(64)] {
            assert!(good.parse::<Txn>().is_ok(), "{good:?}");
        }
        for bad in ["", "a b", "a/b", "é", &"a".repeat(65)] {
            assert!(bad.parse::<Txn>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn times_are_bounded() {
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
    fn a_locale_is_the_language_of_a_tag() {
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
    fn a_device_audience_is_the_urn_of_rfc_9278() {
        let thumbprint = crate::jose::SigningKey::from_scalar(&[7; 32]).unwrap().public().thumbprint();
        let text = String::from(DeviceAudience(thumbprint));
        assert_eq!(DeviceAudience::try_from(text.clone()).unwrap().0, thumbprint);
        assert!(DeviceAudience::try_from(text.replace("sha-256", "sha-512")).is_err());
        assert!(DeviceAudience::try_from(thumbprint.to_string()).is_err());
    }
}
