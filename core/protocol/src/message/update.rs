//! `adp-update+jwt`, from the device to the provider: a new push address, new keys, or the end of
//! an enrolment. The device key (DK) signs it.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{EnrolmentId, Issuer, Jti, Timestamp};
use super::enrolment::{KeySetEvidence, KeySetProtection, PushAddress};
use super::number::Number;
use super::proof::KeySet;
use super::request::MAX_STEP_BACK_SECS;
use crate::jose::Digest;

/// The lifetime of an update in seconds.
pub const LIFETIME_SECS: i64 = 300;

/// The longest time from now to the expiry of an update that a provider accepts, in seconds. An
/// update with a later expiry was dated by a wrong clock and gets the outcome `expired`.
pub const MAX_LEAD_SECS: i64 = LIFETIME_SECS + MAX_STEP_BACK_SECS;

/// A change of an enrolment. The server replies with a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// The enrolment.
    pub iss: EnrolmentId,
    /// The issuer.
    pub aud: Issuer,
    /// The unique id of the message. It is the nonce of the key proofs.
    pub jti: Jti,
    /// The message number, which is used only once per enrolment.
    pub number: Number,
    /// The time of issue.
    pub iat: Timestamp,
    /// The time of expiry.
    pub exp: Timestamp,
    /// The change.
    pub change: Change,
}

impl Message for Update {
    const TYP: &'static str = "adp-update+jwt";
    /// Attestation chains can be long.
    const MAX_BYTES: usize = 64 * 1024;
}

/// The change of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// A new push address.
    PushAddress(PushAddress),
    /// New keys. A new UVK also needs the signature of the old UVK. The signature of DK alone is
    /// not sufficient.
    Keys(Box<NewKeys>),
    /// The end of the enrolment. The server replies with a receipt whose status is `revoked`.
    Unenrol {},
}

impl Change {
    /// Returns the name of the member on the wire.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::PushAddress(_) => "push_address",
            Self::Keys(_) => "keys",
            Self::Unenrol {} => "unenrol",
        }
    }
}

/// New keys with a proof for each replaced key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKeys {
    /// All three keys, including those that are not replaced.
    pub keys: KeySet,
    /// The protection of the keys.
    pub protection: KeySetProtection,
    /// The attestation of the keys.
    pub evidence: KeySetEvidence,
    /// `adp-proof+jwt`, signed by the new DK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dk_proof: Option<String>,
    /// The proofs by both user-verification keys. They are present if and only if UVK is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uvk_proofs: Option<UvkProofs>,
}

/// `adp-proof+jwt`, signed by both user-verification keys. Each signature needs a user verification
/// prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UvkProofs {
    /// The proof by the replaced UVK.
    pub old: String,
    /// The proof by the new UVK.
    pub new: String,
}

/// Returns the challenge for the hardware attestation of the new keys of an update:
/// `SHA-256("ADP1-rotate" ‖ 0 ‖ iss ‖ 0 ‖ enrolment ‖ 0 ‖ jti)`.
#[must_use]
pub fn attestation_challenge(issuer: &Issuer, enrolment: &EnrolmentId, jti: &Jti) -> Digest {
    Digest::of_parts(&[
        b"ADP1-rotate\0",
        issuer.as_str().as_bytes(),
        b"\0",
        enrolment.as_str().as_bytes(),
        b"\0",
        jti.as_str().as_bytes(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn update_ends_at_most_900_seconds_ahead() {
        // docs/protocol.md §9 states this number, because the phone and other servers need it.
        assert_eq!(MAX_LEAD_SECS, 900);
    }
}
