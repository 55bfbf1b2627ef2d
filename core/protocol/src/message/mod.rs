//! The messages of ADP/1, one file for each message.
//!
//! The server and the device use the same types. Every message that changes state is a compact JWS
//! with its own `typ` ([`Message::TYP`]).
//!
//! [`open`] is the only way from text to a message. It checks the form, the exact header, the key
//! and the signature, and then reads the claims. Every member has a type. Unknown and duplicate
//! members are rejected.

pub mod app_version;
pub mod binding_modes;
pub mod challenge;
pub mod claims;
pub mod decision;
pub mod dpop;
pub mod enrolment;
pub mod features;
pub mod history;
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
pub mod url;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::jose::signed::{self, SigningInput, Unverified};
use crate::jose::{Digest, JoseError, PublicKey, SigningKey, Thumbprint};

/// The maximum size of a message in bytes, sealed or not. A message type can set its own limit.
pub const MAX_MESSAGE_BYTES: usize = 8 * 1024;
/// The maximum length in characters of a request or decision that one screen shows as a QR code and
/// the other scans. A QR code of version 40 with error correction L holds 2,953 bytes.
pub const MAX_QR_CHARS: usize = 2_900;

/// A signed message of the protocol.
pub trait Message: Serialize + DeserializeOwned {
    /// The `typ` in the JWS header.
    const TYP: &'static str;
    /// The maximum size of the compact serialisation in bytes.
    const MAX_BYTES: usize = MAX_MESSAGE_BYTES;

    /// Signs the message with a software key.
    ///
    /// # Errors
    /// [`JoseError::Encode`] if the claims cannot be written, [`JoseError::Random`] if the system
    /// provides no random numbers.
    fn sign(&self, key: &SigningKey) -> Result<String, JoseError> {
        signed::sign(Self::TYP, self, key)
    }

    /// Returns the text that a key in a key store signs.
    ///
    /// # Errors
    /// [`JoseError::Encode`] if the claims cannot be written.
    fn signing_input(&self, kid: Thumbprint) -> Result<SigningInput, JoseError> {
        SigningInput::new(Self::TYP, kid, self)
    }
}

/// A message with a verified signature.
#[derive(Debug, Clone)]
pub struct Verified<M> {
    /// The claims.
    pub message: M,
    /// SHA-256 of the compact serialisation as received.
    pub digest: Digest,
    /// The thumbprint of the key that signed the message.
    pub kid: Thumbprint,
}

/// Verifies a compact JWS and returns its claims.
///
/// `key` returns the public key for a thumbprint, or `None` if that key is not accepted for this
/// message.
///
/// # Errors
/// [`JoseError`] with the first rule that the message breaks.
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
