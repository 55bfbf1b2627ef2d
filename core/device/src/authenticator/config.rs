//! The configuration of an app: the phone, and the issuers that the app works with.

use countersign_protocol::details::DetailTypes;
use countersign_protocol::message::app_version::AppVersion;
use countersign_protocol::message::claims::Issuer;
use countersign_protocol::message::enrolment::DeviceInfo;
use countersign_protocol::message::offer::OfferError;

/// The configuration of an app.
#[derive(Debug, Clone)]
pub struct Config {
    /// The description of the phone for the user's list of phones at the issuer.
    pub device: DeviceInfo,
    /// The version of the app. If an issuer requires a later one, requests of this issuer can only
    /// be denied. The same applies if the version is `None` and an issuer requires one.
    pub app_version: Option<AppVersion>,
    /// The issuers that the app works with.
    pub issuers: Issuers,
    /// If true, the app also enrols with issuers on loopback addresses, without TLS. For
    /// development only: every app on the phone can listen on such an address.
    pub allow_loopback: bool,
}

/// The issuers that an app works with.
#[derive(Debug, Clone)]
pub enum Issuers {
    /// The app enrols with these issuers only.
    Only(Vec<TrustedIssuer>),
    /// The app enrols with the issuer of any offer, and must ask the user to confirm the issuer. No
    /// issuer has declared types.
    Unrestricted,
}

/// An issuer that the app's developers know.
#[derive(Debug, Clone)]
pub struct TrustedIssuer {
    /// The issuer.
    pub issuer: Issuer,
    /// The types of authorization details that this issuer declares, beside the built-in ones. Its
    /// server must have the same declarations. They count for requests of this issuer only.
    pub types: DetailTypes,
}

impl TrustedIssuer {
    /// Returns an issuer that declares no types.
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        Self { issuer, types: DetailTypes::default() }
    }
}

/// The types of an issuer that declares none.
static NO_TYPES: DetailTypes = DetailTypes::NONE;

impl Issuers {
    /// Returns the types that the issuer declares.
    #[must_use]
    pub fn types_of(&self, issuer: &Issuer) -> &DetailTypes {
        self.trusted(issuer).map_or(&NO_TYPES, |trusted| &trusted.types)
    }

    fn trusted(&self, issuer: &Issuer) -> Option<&TrustedIssuer> {
        match self {
            Self::Only(trusted) => trusted.iter().find(|trusted| trusted.issuer == *issuer),
            Self::Unrestricted => None,
        }
    }
}

impl Config {
    /// Returns whether the app enrols with the issuer.
    pub(super) fn check_issuer(&self, issuer: &Issuer) -> Result<(), OfferError> {
        if issuer.is_plain_http() && !self.allow_loopback {
            return Err(OfferError::Loopback);
        }
        match &self.issuers {
            Issuers::Only(_) if self.issuers.trusted(issuer).is_none() => Err(OfferError::Issuer),
            Issuers::Only(_) | Issuers::Unrestricted => Ok(()),
        }
    }
}
