//! `adp-proof+jwt`, device → OP, nested in an enrolment or an update: a new key shows that it works and for what it was made.
//!
//! It names every key of the set, the issuer and the nonce, instead of hashing "the other claims" of the message around it: a
//! hash of claims would need one canonical way to write them, and this protocol has none on purpose.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{Issuer, Nonce};
use crate::jose::{PublicKey, Thumbprint};

/// Signed by the new key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyProof {
    /// The issuer the keys are for. Keys are never shared between issuers.
    pub aud: Issuer,
    /// The nonce of the challenge (enrolment), or the `jti` of the update.
    pub nonce: Nonce,
    /// The whole set this key belongs to.
    pub keys: KeySetThumbprints,
}

impl Message for KeyProof {
    const TYP: &'static str = "adp-proof+jwt";
}

/// The three public keys of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    /// Device key: DPoP, deny, update, unenrol.
    pub dk: PublicKey,
    /// User-verification key: approve only.
    pub uvk: PublicKey,
    /// Encryption key: opens what the server seals.
    pub ek: PublicKey,
}

impl KeySet {
    /// Their names.
    #[must_use]
    pub fn thumbprints(&self) -> KeySetThumbprints {
        KeySetThumbprints { dk: self.dk.thumbprint(), uvk: self.uvk.thumbprint(), ek: self.ek.thumbprint() }
    }

    /// Whether all three differ: a key that does two jobs would grant one job's assurance to the other.
    #[must_use]
    pub fn distinct(&self) -> bool {
        self.dk != self.uvk && self.uvk != self.ek && self.dk != self.ek
    }
}

/// The names of the three keys of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySetThumbprints {
    /// Of the device key.
    pub dk: Thumbprint,
    /// Of the user-verification key.
    pub uvk: Thumbprint,
    /// Of the encryption key.
    pub ek: Thumbprint,
}
