//! `adp-metadata+jwt`, OP → device: the issuer's keys, where its endpoints are, and the pins for the next metadata.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{Issuer, Timestamp};
use super::request::BindingMode;
use crate::jose::{PublicKey, Thumbprint};

/// Served at [`PATH`] below the issuer. It counts only if a pinned key signed it; TLS alone establishes no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The issuer it speaks for.
    pub iss: Issuer,
    /// When it was made.
    pub iat: Timestamp,
    /// Until when it may be used.
    pub exp: Timestamp,
    /// Rises when keys or pins change; a device never accepts a lower one.
    pub epoch: u32,
    /// The keys that sign requests, inboxes, receipts and status.
    pub keys: Jwks,
    /// Thumbprints of the keys that may sign metadata: current, next, offline recovery.
    pub pins: Vec<Thumbprint>,
    /// Where the device calls.
    pub endpoints: Endpoints,
    /// What the server may ask for.
    pub binding_modes: Vec<BindingMode>,
    /// Older apps should update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_app_version: Option<String>,
}

/// The well-known path of the metadata, below the issuer.
pub const PATH: &str = "/.well-known/authentication-device";

impl Message for Metadata {
    const TYP: &'static str = "adp-metadata+jwt";
}

impl Metadata {
    /// The key with this thumbprint, if it is one of the issuer's.
    #[must_use]
    pub fn key(&self, kid: Thumbprint) -> Option<&PublicKey> {
        self.keys.keys.iter().find(|key| key.thumbprint() == kid)
    }
}

/// A JWK set (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<PublicKey>,
}

/// Absolute URLs on the issuer's origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// POST: begins an enrolment.
    pub challenge: String,
    /// POST: enrols.
    pub enrolments: String,
    /// GET: the inbox; GET `{requests}/{txn}`: one request.
    pub requests: String,
    /// POST: decisions.
    pub decisions: String,
    /// POST: updates of the device.
    pub device: String,
    /// GET: Server-Sent Events.
    pub stream: String,
}
