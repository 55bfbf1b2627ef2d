//! `adp-update+jwt`, device → OP: a new push address, new keys, or the end of an enrolment. Signed by DK.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{EnrolmentId, Issuer, Jti, Timestamp};
use super::enrolment::{KeySetEvidence, KeySetProtection, PushAddress};
use super::number::Number;
use super::proof::KeySet;
use crate::jose::Digest;

/// How long an update counts, in seconds.
pub const LIFETIME_SECS: i64 = 300;

/// Changes an enrolment. Answered by a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// The enrolment.
    pub iss: EnrolmentId,
    /// The issuer.
    pub aud: Issuer,
    /// Makes it unique; the nonce of the key proofs.
    pub jti: Jti,
    /// Counts once for the enrolment.
    pub number: Number,
    /// When it was made.
    pub iat: Timestamp,
    /// Until when it counts.
    pub exp: Timestamp,
    /// What changes.
    pub change: Change,
}

impl Message for Update {
    const TYP: &'static str = "adp-update+jwt";
    /// Attestation chains are long.
    const MAX_BYTES: usize = 64 * 1024;
}

/// What changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Where pushes go.
    PushAddress(PushAddress),
    /// New keys. Another UVK needs the old one's word too, never DK's alone.
    Keys(Box<NewKeys>),
    /// The end. The server answers with a receipt whose status is `revoked`.
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

/// New keys, each of the changed ones with its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKeys {
    /// All three, also those that stay.
    pub keys: KeySet,
    /// Where they live.
    pub protection: KeySetProtection,
    /// Their attestation.
    pub evidence: KeySetEvidence,
    /// `adp-proof+jwt` by the new DK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dk_proof: Option<String>,
    /// There if and only if UVK changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uvk_proofs: Option<UvkProofs>,
}

/// `adp-proof+jwt` by both user-verification keys, each made under a prompt: the user agrees with the old one and is verified by
/// the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UvkProofs {
    /// By the UVK that goes.
    pub old: String,
    /// By the UVK that comes.
    pub new: String,
}

/// The challenge that hardware attests the new keys of an update for:
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
