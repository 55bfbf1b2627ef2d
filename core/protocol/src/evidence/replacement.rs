//! Replacements of the user-verification key, as the phone proved them to the issuer.

use serde::{Deserialize, Serialize};

use crate::jose::PublicKey;
use crate::message::claims::Issuer;
use crate::message::open;
use crate::message::proof::{KeyProof, KeySetThumbprints};
use crate::message::update::UvkProofs;

/// The replacement of one user-verification key by another. Both signed the same claims, so the
/// issuer alone cannot make a replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The replaced key.
    pub old_key: PublicKey,
    /// The new key.
    pub new_key: PublicKey,
    /// The two `adp-proof+jwt` of the update.
    pub proofs: UvkProofs,
}

impl Replacement {
    /// Verifies both proofs. Returns the new key set that both keys signed for this issuer, or
    /// `None` if the proofs are not valid.
    pub(super) fn verify(&self, issuer: &Issuer) -> Option<KeySetThumbprints> {
        let proof = |jws: &str, key: &PublicKey| {
            open::<KeyProof>(jws, |kid| (kid == key.thumbprint()).then_some(key)).ok().map(|proof| proof.message)
        };
        let (old, new) = (proof(&self.proofs.old, &self.old_key)?, proof(&self.proofs.new, &self.new_key)?);
        let valid = old == new
            && old.aud == *issuer
            && old.keys.uvk == self.new_key.thumbprint()
            && self.old_key != self.new_key;
        valid.then_some(old.keys)
    }
}
