//! `adp-proof+jwt`, from the device to the provider, inside an enrolment or an update: the proof of
//! possession of a new key.
//!
//! The proof names every key of the set, the issuer and the nonce. It does not hash the claims of
//! the message around it, because the protocol has no canonical JSON form.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{Issuer, Nonce};
use crate::jose::{PublicKey, Thumbprint};

/// A proof of possession, signed by the new key. If UVK is replaced, the old UVK signs the same
/// claims as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyProof {
    /// The issuer that the keys are for. Keys are never shared between issuers.
    pub aud: Issuer,
    /// The nonce of the challenge (enrolment) or the `jti` of the update.
    pub nonce: Nonce,
    /// The thumbprints of all keys of the set.
    pub keys: KeySetThumbprints,
}

impl Message for KeyProof {
    const TYP: &'static str = "adp-proof+jwt";
}

/// The three public keys of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    /// The device key. It signs DPoP proofs, denials, updates and unenrolments.
    pub dk: PublicKey,
    /// The user-verification key. It signs approvals only.
    pub uvk: PublicKey,
    /// The encryption key. It opens messages that the server seals.
    pub ek: PublicKey,
}

impl KeySet {
    /// Returns the thumbprints of the keys.
    #[must_use]
    pub fn thumbprints(&self) -> KeySetThumbprints {
        KeySetThumbprints { dk: self.dk.thumbprint(), uvk: self.uvk.thumbprint(), ek: self.ek.thumbprint() }
    }

    /// Returns whether all three keys differ. A key with two roles would give one role the
    /// assurance of the other.
    #[must_use]
    pub fn distinct(&self) -> bool {
        self.dk != self.uvk && self.uvk != self.ek && self.dk != self.ek
    }

    /// Returns whether no key has another role in this set than in `old`.
    #[must_use]
    pub fn keeps_roles_of(&self, old: &Self) -> bool {
        let moved = [(&self.dk, [&old.uvk, &old.ek]), (&self.uvk, [&old.dk, &old.ek]), (&self.ek, [&old.dk, &old.uvk])];
        moved.iter().all(|(key, others)| !others.contains(key))
    }
}

/// The thumbprints of the three keys of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySetThumbprints {
    /// The thumbprint of DK.
    pub dk: Thumbprint,
    /// The thumbprint of UVK.
    pub uvk: Thumbprint,
    /// The thumbprint of EK.
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
    fn key_set_with_equal_keys_is_not_distinct() {
        assert!(set(1, 2, 3).distinct());
        for same in [set(1, 1, 3), set(1, 2, 2), set(1, 2, 1), set(1, 1, 1)] {
            assert!(!same.distinct(), "{same:?}");
        }
    }

    #[test]
    fn key_with_changed_role_is_detected() {
        let old = set(1, 2, 3);
        for kept in [set(1, 2, 3), set(4, 5, 6), set(4, 2, 6), set(1, 5, 3)] {
            assert!(kept.keeps_roles_of(&old), "{kept:?}");
        }
        for moved in [set(2, 5, 6), set(3, 5, 6), set(4, 1, 6), set(4, 3, 6), set(4, 5, 1), set(4, 5, 2)] {
            assert!(!moved.keeps_roles_of(&old), "{moved:?}");
        }
    }

    #[test]
    fn key_set_returns_its_thumbprints() {
        let keys = set(1, 2, 3);
        let names = keys.thumbprints();
        assert_eq!(
            (names.dk, names.uvk, names.ek),
            (keys.dk.thumbprint(), keys.uvk.thumbprint(), keys.ek.thumbprint())
        );
    }
}
