//! `adp-challenge+jwt`, OP → device: the nonce that a new enrolment must be made for.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{Issuer, Nonce, OfferId, Timestamp};
use crate::jose::Digest;

/// What the device posts to begin an enrolment (`application/json`). The one-time code is not sent yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRequest {
    /// Which offer.
    pub offer: OfferId,
    /// SHA-256 of the verifier that the enrolment will show. Ties both steps to one app, as PKCE does (RFC 7636).
    pub verifier_hash: Digest,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// The issuer.
    pub iss: Issuer,
    /// When it was made.
    pub iat: Timestamp,
    /// Until when the enrolment must arrive.
    pub exp: Timestamp,
    /// Which offer.
    pub offer: OfferId,
    /// For the enrolment, and for the attestation of its keys.
    pub nonce: Nonce,
}

impl Message for Challenge {
    const TYP: &'static str = "adp-challenge+jwt";
}

/// The challenge that hardware attests new keys for:
/// `SHA-256("ADP1-enrol" ‖ 0 ‖ iss ‖ 0 ‖ offer ‖ 0 ‖ nonce)`.
#[must_use]
pub fn attestation_challenge(issuer: &Issuer, offer: &OfferId, nonce: &Nonce) -> Digest {
    Digest::of_parts(&[
        b"ADP1-enrol\0",
        issuer.as_str().as_bytes(),
        b"\0",
        offer.as_str().as_bytes(),
        b"\0",
        nonce.as_str().as_bytes(),
    ])
}
