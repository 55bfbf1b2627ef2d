//! The messages of ADP/1, one file each. Server and device share these types, so a field cannot drift.
//!
//! Every message that changes state is a compact JWS of its own `typ` ([`Message::TYP`]). [`open`] is the only way from text to
//! a message: form, exact header, key, signature, and only then claims, each member typed, none unknown, none twice.

pub mod challenge;
pub mod claims;
pub mod decision;
pub mod dpop;
pub mod enrolment;
pub mod inbox;
pub mod metadata;
pub mod number;
pub mod offer;
pub mod proof;
pub mod push;
pub mod receipt;
pub mod request;
pub mod status;
pub mod update;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::jose::signed::{self, SigningInput, Unverified};
use crate::jose::{Digest, JoseError, PublicKey, SigningKey, Thumbprint};

/// The most bytes of one message, sealed or not, unless its kind says otherwise.
pub const MAX_MESSAGE_BYTES: usize = 8 * 1024;
/// The most characters of a request or a decision that one screen shows and the other scans: a QR code of version 40 with error
/// correction L holds 2,953 bytes.
pub const MAX_QR_CHARS: usize = 2_900;

/// A signed message of the protocol.
pub trait Message: Serialize + DeserializeOwned {
    /// The JWS `typ`.
    const TYP: &'static str;
    /// The most bytes of the compact serialisation.
    const MAX_BYTES: usize = MAX_MESSAGE_BYTES;

    /// Signs with a key in software.
    fn sign(&self, key: &SigningKey) -> Result<String, JoseError> {
        signed::sign(Self::TYP, self, key)
    }

    /// The text to sign for a key in a key store.
    fn signing_input(&self, kid: Thumbprint) -> Result<SigningInput, JoseError> {
        SigningInput::new(Self::TYP, kid, self)
    }
}

/// A message whose signature holds, with what signed it.
#[derive(Debug, Clone)]
pub struct Verified<M> {
    /// The claims.
    pub message: M,
    /// SHA-256 of the compact serialisation as received.
    pub digest: Digest,
    /// The key that signed.
    pub kid: Thumbprint,
}

/// Opens a message. `key` gives the public key for a thumbprint, or nothing when that key does not count here.
pub fn open<'k, M: Message>(
    compact: &str,
    key: impl FnOnce(Thumbprint) -> Option<&'k PublicKey>,
) -> Result<Verified<M>, JoseError> {
    let unverified = Unverified::parse(compact, M::TYP, M::MAX_BYTES)?;
    let kid = unverified.kid();
    let message = unverified.verify(key(kid).ok_or(JoseError::Kid)?)?;
    Ok(Verified { message, digest: unverified.digest(), kid })
}

#[cfg(test)]
mod tests;
