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

mod issuer;

pub use issuer::{Issuer, MAX_ADDRESS_CHARS};

/// A claim that does not have the form of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClaimError(pub(crate) &'static str);

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

use text_claim;

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
            assert!(txn.is_path_segment());
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
