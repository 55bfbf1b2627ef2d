//! `adp-proof+jwt`, device → OP, nested in an enrolment or an update: a new key shows that it works and for what it was made.
//!
//! It names every key of the set, the issuer and the nonce, instead of hashing "the other claims" of the message around it: a
//! hash of claims would need one canonical way to write them, and this protocol has none on purpose.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{Issuer, Nonce};
use crate::jose::{PublicKey, Thumbprint};

/// Signed by the new key itself; where UVK changes, the same words also by the old one.
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

    /// Whether no key has another job in this set than it had in `old`.
    #[must_use]
    pub fn keeps_jobs_of(&self, old: &Self) -> bool {
        let moved = [(&self.dk, [&old.uvk, &old.ek]), (&self.uvk, [&old.dk, &old.ek]), (&self.ek, [&old.dk, &old.uvk])];
        moved.iter().all(|(key, others)| !others.contains(key))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::SigningKey;

    fn set(dk: u8, uvk: u8, ek: u8) -> KeySet {
        let [dk, uvk, ek] = [dk, uvk, ek].map(|byte| SigningKey::from_scalar(&[byte; 32]).unwrap().public().clone());
        KeySet { dk, uvk, ek }
    }

    #[test]
    fn keys_are_distinct_only_if_no_two_are_the_same() {
        assert!(set(1, 2, 3).distinct());
        for same in [set(1, 1, 3), set(1, 2, 2), set(1, 2, 1), set(1, 1, 1)] {
            assert!(!same.distinct(), "{same:?}");
        }
    }

    #[test]
    fn a_key_keeps_its_job_when_others_come() {
        let old = set(1, 2, 3);
        for kept in [set(1, 2, 3), set(4, 5, 6), set(4, 2, 6), set(1, 5, 3)] {
            assert!(kept.keeps_jobs_of(&old), "{kept:?}");
        }
        for moved in [set(2, 5, 6), set(3, 5, 6), set(4, 1, 6), set(4, 3, 6), set(4, 5, 1), set(4, 5, 2)] {
            assert!(!moved.keeps_jobs_of(&old), "{moved:?}");
        }
    }

    #[test]
    fn each_key_has_its_name() {
        let keys = set(1, 2, 3);
        let names = keys.thumbprints();
        assert_eq!(
            (names.dk, names.uvk, names.ek),
            (keys.dk.thumbprint(), keys.uvk.thumbprint(), keys.ek.thumbprint())
        );
    }
}
