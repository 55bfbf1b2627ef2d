//! The offer to enrol: a link that the bank's page shows as a QR code in an authenticated session.
//!
//! `https://<app link host>/enrol#v=1&i=<issuer>&e=<offer
//! id>&c=<code>&p=<thumbprint>[,<thumbprint>]`
//!
//! The values are in the fragment, which browsers do not send. The link never uses a custom URL
//! scheme, because any app could claim it (CVE-2026-26123).

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::claims::{ClaimError, Issuer, OfferId};
use crate::jose::{JoseError, Thumbprint, base64url, random, wipe};
use crate::names::stable_names;

/// The maximum length of an offer link in characters. A phone camera reads a QR code of this size
/// reliably.
pub const MAX_LINK_CHARS: usize = 400;

/// An offer to enrol. Only its pins are trusted: they decide which metadata is accepted.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The issuer that makes the offer.
    pub issuer: Issuer,
    /// The id of the offer.
    pub id: OfferId,
    /// The one-time code.
    pub code: OfferCode,
    /// The thumbprints of the keys that may sign the issuer's metadata, one to three.
    pub pins: Vec<Thumbprint>,
}

impl Offer {
    /// Parses an offer link.
    ///
    /// # Errors
    /// [`OfferError`] with the first rule that the link breaks.
    pub fn parse(link: &str) -> Result<Self, OfferError> {
        if link.len() > MAX_LINK_CHARS {
            return Err(OfferError::TooLong);
        }
        let (address, fragment) = link.split_once('#').map_or((link, None), |(address, rest)| (address, Some(rest)));
        let url = super::url::plain_url(address).ok_or(OfferError::NotALink)?;
        if !super::url::is_safe_origin(&url) {
            return Err(OfferError::NotALink);
        }
        let fragment = fragment.ok_or(OfferError::Incomplete)?;
        let mut members = Members::default();
        for (name, value) in url::form_urlencoded::parse(fragment.as_bytes()) {
            members.set(&name, value.into_owned())?;
        }
        members.offer()
    }

    /// Returns the link. `app_link` is the origin that opens the bank's app, without a trailing
    /// slash.
    #[must_use]
    pub fn to_link(&self, app_link: &str) -> String {
        let pins: Vec<String> = self.pins.iter().map(ToString::to_string).collect();
        let issuer: String = url::form_urlencoded::byte_serialize(self.issuer.as_str().as_bytes()).collect();
        format!("{app_link}/enrol#v=1&i={issuer}&e={}&c={}&p={}", self.id, self.code.0, pins.join(","))
    }
}

/// The members of the fragment, each at most once.
#[derive(Default)]
struct Members {
    v: Option<String>,
    i: Option<String>,
    e: Option<String>,
    c: Option<String>,
    p: Option<String>,
}

impl Members {
    fn set(&mut self, name: &str, value: String) -> Result<(), OfferError> {
        let slot = match name {
            "v" => &mut self.v,
            "i" => &mut self.i,
            "e" => &mut self.e,
            "c" => &mut self.c,
            "p" => &mut self.p,
            _ => return Err(OfferError::Unknown),
        };
        if slot.replace(value).is_some() {
            return Err(OfferError::Unknown);
        }
        Ok(())
    }

    fn offer(self) -> Result<Offer, OfferError> {
        let (Some(v), Some(i), Some(e), Some(c), Some(p)) = (self.v, self.i, self.e, self.c, self.p) else {
            return Err(OfferError::Incomplete);
        };
        if v != "1" {
            return Err(OfferError::Version);
        }
        let pins: Vec<Thumbprint> =
            p.split(',').map(str::parse).collect::<Result<_, JoseError>>().map_err(|_| OfferError::Malformed)?;
        if pins.len() > 3 {
            return Err(OfferError::Malformed);
        }
        Ok(Offer {
            issuer: i.try_into().map_err(|_: ClaimError| OfferError::Malformed)?,
            id: e.try_into().map_err(|_: ClaimError| OfferError::Malformed)?,
            code: OfferCode::try_from(c).map_err(|_| OfferError::Malformed)?,
            pins,
        })
    }
}

/// The reason why a text is not an offer, and what the user should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// The link is longer than [`MAX_LINK_CHARS`].
    #[error("the link is too long for an offer: scan the code on your bank's page again")]
    TooLong,
    /// The text is not an `https` link (or `http` on a loopback address).
    #[error("the code is not an enrolment link: scan the code on your bank's page")]
    NotALink,
    /// A member is missing, for example because the link was cut when it was copied.
    #[error("the link is incomplete: copy the whole link or scan the code")]
    Incomplete,
    /// A member is unknown or occurs twice.
    #[error("the link has unknown parts: update the app")]
    Unknown,
    /// The offer has a later version.
    #[error("the link has a newer version: update the app")]
    Version,
    /// A member does not have its form.
    #[error("the link is damaged: request a new one on your bank's page")]
    Malformed,
    /// The app does not enrol with this issuer.
    #[error("the link belongs to another bank: use the app of that bank")]
    Issuer,
    /// The issuer is on a loopback address, and the app does not allow that.
    #[error("the link is for development: allow loopback issuers in the configuration of the app")]
    Loopback,
}

stable_names!(
    /// Returns a stable code in snake case.
    OfferError, code {
        TooLong => "too_long",
        NotALink => "not_a_link",
        Incomplete => "incomplete",
        Unknown => "unknown",
        Version => "version",
        Malformed => "malformed",
        Issuer => "issuer",
        Loopback => "loopback",
    }
);

/// The one-time code of an offer: 128 bits as base64url. It is a secret that is never logged and is
/// wiped after use.
#[derive(Clone, Zeroize, ZeroizeOnDrop, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct OfferCode(String);

impl OfferCode {
    /// Creates a random code.
    ///
    /// # Errors
    /// [`JoseError::Random`] if the system provides no random numbers.
    pub fn random() -> Result<Self, JoseError> {
        wipe::after(|| Ok(Self(base64url::encode(random::bytes::<16>()?))))
    }

    /// Returns the text, to be sent or hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OfferCode {
    type Error = JoseError;

    fn try_from(text: String) -> Result<Self, JoseError> {
        wipe::after(|| base64url::decode_array::<16>(&text).map(|_| ()))?;
        Ok(Self(text))
    }
}

impl fmt::Debug for OfferCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfferCode(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Offer {
        let key = crate::jose::SigningKey::from_scalar(&[7; 32]).unwrap();
        Offer {
            issuer: "https://bank.example/a".parse().unwrap(),
            id: OfferId::random().unwrap(),
            code: OfferCode::random().unwrap(),
            pins: vec![key.public().thumbprint(), key.public().thumbprint()],
        }
    }

    #[test]
    fn offer_link_round_trips() {
        let offer = offer();
        let link = offer.to_link("https://app.bank.example");
        assert!(link.len() <= 300, "{}", link.len());
        let read = Offer::parse(&link).unwrap();
        assert_eq!((read.issuer, read.id, read.pins), (offer.issuer, offer.id, offer.pins));
        assert_eq!(read.code.expose(), offer.code.expose());
        assert!(link.contains(&format!("&c={}&", offer.code.expose())));
    }

    #[test]
    fn malformed_offer_link_is_rejected() {
        let link = offer().to_link("https://app.bank.example");
        let cases = [
            (link.replace("https://app", "myapp://app"), OfferError::NotALink),
            (link.replace("https://app.", "http://app."), OfferError::NotALink),
            ("not a link".into(), OfferError::NotALink),
            (format!(" {link}"), OfferError::NotALink),
            (link.replace("app.bank", "app.\tbank"), OfferError::NotALink),
            (link.replace("app.bank", "app.b%61nk"), OfferError::NotALink),
            (link.replace("i=https", "i=%0Fhttps"), OfferError::Malformed),
            (link.split_once('#').unwrap().0.into(), OfferError::Incomplete),
            (link.split_once("&p=").unwrap().0.into(), OfferError::Incomplete),
            (link.replace("v=1", "v=2"), OfferError::Version),
            (link.replace("&e=", "&x=1&e="), OfferError::Unknown),
            (link.replace("&e=", "&v=1&e="), OfferError::Unknown),
            (format!("{link}A"), OfferError::Malformed),
            (format!("{link},"), OfferError::Malformed),
            (link.replace("&c=", "&c=A"), OfferError::Malformed),
            (format!("{link}{}", "a".repeat(MAX_LINK_CHARS)), OfferError::TooLong),
        ];
        for (bad, expected) in cases {
            assert_eq!(Offer::parse(&bad).err(), Some(expected), "{bad}");
        }
    }

    #[test]
    fn offer_link_bounds_pins_and_length() {
        let mut offer = offer();
        let read = |offer: &Offer| Offer::parse(&offer.to_link("https://app.bank.example")).map(|read| read.pins.len());
        offer.pins.push(offer.pins[0]);
        assert_eq!(read(&offer), Ok(3));
        offer.pins.push(offer.pins[0]);
        assert_eq!(read(&offer), Err(OfferError::Malformed));
        offer.pins.clear();
        assert_eq!(read(&offer), Err(OfferError::Malformed));
        let link = |length: usize| "a".repeat(length);
        assert_eq!(Offer::parse(&link(MAX_LINK_CHARS)).err(), Some(OfferError::NotALink));
        assert_eq!(Offer::parse(&link(MAX_LINK_CHARS + 1)).err(), Some(OfferError::TooLong));
    }

    #[test]
    fn debug_hides_offer_code() {
        let offer = offer();
        assert!(format!("{offer:?}").contains("OfferCode(hidden)"));
        assert!(!format!("{offer:?}").contains(offer.code.expose()));
    }
}
