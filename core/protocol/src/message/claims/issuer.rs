//! The issuer: the address that identifies a bank to programs and to users.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::super::url::{canonical_url, is_safe_origin, plain_url};
use super::{ClaimError, text_claim};
use crate::text;

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

    /// Returns whether the issuer uses `http`, which is accepted for loopback addresses only. Every
    /// app on the phone can listen on such an address.
    #[must_use]
    pub fn is_plain_http(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// Returns the address for the screen: the issuer without its scheme.
    #[must_use]
    pub fn address(&self) -> &str {
        address_of(&self.0)
    }
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
            let issuer: Issuer = good.parse().unwrap();
            assert_eq!(issuer.is_plain_http(), good.starts_with("http:"), "{good}");
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
}
