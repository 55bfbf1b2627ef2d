//! The keys of an enrolment as the device stores them: current, in rotation and replaced.
//!
//! The private keys are in the key store. The state has their public keys and their handles.

use serde::{Deserialize, Serialize};

use crate::platform::KeyHandle;
use countersign_protocol::jose::PublicKey;
use countersign_protocol::message::claims::Timestamp;
use countersign_protocol::message::decision::Verification;
use countersign_protocol::message::enrolment::KeySetProtection;
use countersign_protocol::message::proof::KeySet;

/// The three keys of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRing {
    /// The public keys.
    pub public: KeySet,
    /// The key store's name for the device key (DK).
    pub dk: KeyHandle,
    /// The key store's name for the user-verification key (UVK).
    pub uvk: KeyHandle,
    /// The key store's name for the encryption key (EK).
    pub ek: KeyHandle,
    /// The protection of the private keys.
    pub protection: KeySetProtection,
    /// The means by which the prompt of the UVK verifies the user.
    pub verification: Verification,
}

impl KeyRing {
    /// Returns the handles of all three keys.
    #[must_use]
    pub fn handles(&self) -> [KeyHandle; 3] {
        [self.dk.clone(), self.uvk.clone(), self.ek.clone()]
    }

    /// Returns all three keys, each with its public key.
    pub(super) const fn all(&self) -> [(&PublicKey, &KeyHandle); 3] {
        let Self { public, dk, uvk, ek, .. } = self;
        [(&public.dk, dk), (&public.uvk, uvk), (&public.ek, ek)]
    }

    /// Returns the keys that `other` does not have.
    pub(super) fn not_in(&self, other: &Self) -> Vec<(&PublicKey, &KeyHandle)> {
        self.all().into_iter().filter(|(_, handle)| !other.all().iter().any(|(_, theirs)| theirs == handle)).collect()
    }

    /// Returns the handles of the keys that `other` does not have.
    pub(super) fn handles_not_in(&self, other: &Self) -> Vec<KeyHandle> {
        self.not_in(other).into_iter().map(|(_, handle)| handle.clone()).collect()
    }
}

/// New keys that wait for the issuer's receipt. Until it arrives, the old keys are stored too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// All three keys as they are after the rotation.
    pub keys: KeyRing,
    /// The update JWS, signed by the old DK. It is stored before it is first sent, and the same
    /// bytes are sent until the receipt arrives.
    pub update: String,
    /// The expiry of the update.
    pub exp: Timestamp,
}

/// A replaced DK and EK. Messages that the issuer made for them may still arrive.
///
/// A replaced UVK is not stored: no message is addressed to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplacedKeys {
    /// The old DK. Requests, and receipts of earlier decisions, can be addressed to it.
    pub dk: PublicKey,
    /// The old EK. Earlier pushes are sealed to it.
    pub ek: PublicKey,
    /// The key store's name for the old DK.
    pub dk_handle: KeyHandle,
    /// The key store's name for the old EK.
    pub ek_handle: KeyHandle,
    /// The time at which every request for these keys has expired.
    pub until: Timestamp,
}
