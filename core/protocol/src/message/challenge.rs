//! `adp-challenge+jwt`, from the provider to the device: the nonce for a new enrolment.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{Issuer, Nonce, OfferId, Timestamp};
use crate::jose::Digest;

/// The request body with which the device starts an enrolment (`application/json`).
///
/// It does not contain the one-time code of the offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRequest {
    /// The id of the offer.
    pub offer: OfferId,
    /// SHA-256 of the verifier that the enrolment will contain. It ties both steps to one app, as
    /// PKCE does (RFC 7636).
    pub verifier_hash: Digest,
}

/// The challenge for a new enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// The issuer.
    pub iss: Issuer,
    /// The time of issue (RFC 7519 §4.1.6).
    pub iat: Timestamp,
    /// The time by which the enrolment must arrive.
    pub exp: Timestamp,
    /// The id of the offer.
    pub offer: OfferId,
    /// The nonce for the enrolment and for the attestation of its keys.
    pub nonce: Nonce,
}

impl Message for Challenge {
    const TYP: &'static str = "adp-challenge+jwt";
}

/// Returns the challenge for the hardware attestation of new keys: `SHA-256("ADP1-enrol" ‖ 0 ‖ iss
/// ‖ 0 ‖ offer ‖ 0 ‖ nonce)`.
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
