//! The two headers of the suite.
//!
//! A header has exactly its members. `jwk`, `jku`, `x5c`, `crit`, `b64`, `zip`, `apu` and every
//! other or duplicate member is rejected.

use serde::{Deserialize, Serialize};

use super::{JoseError, PublicKey, Thumbprint, base64url, json};

/// The `typ` of every sealed message.
pub const SEALED: &str = "adp-sealed";

/// The header of a signed message (RFC 7515 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedHeader {
    alg: String,
    /// The thumbprint of the key that signed the message.
    pub kid: Thumbprint,
    typ: String,
}

impl SignedHeader {
    pub(super) fn new(typ: &str, kid: Thumbprint) -> Self {
        Self { alg: "ES256".into(), kid, typ: typ.into() }
    }

    /// Parses the first part of a JWS and requires this `typ`.
    pub(super) fn parse(part: &str, typ: &str) -> Result<Self, JoseError> {
        let header: Self = parse(part)?;
        if header.alg != "ES256" {
            return Err(JoseError::Algorithm);
        }
        if header.typ != typ {
            return Err(JoseError::Type);
        }
        Ok(header)
    }
}

/// The header of a sealed message (RFC 7516 §4.1, RFC 7518 §4.6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedHeader {
    alg: String,
    enc: String,
    typ: String,
    cty: String,
    /// The thumbprint of the key to which the message is sealed.
    pub kid: Thumbprint,
    /// The sender's ephemeral key.
    pub epk: PublicKey,
}

impl SealedHeader {
    pub(super) fn new(kid: Thumbprint, epk: PublicKey) -> Self {
        Self { alg: "ECDH-ES".into(), enc: "A256GCM".into(), typ: SEALED.into(), cty: "JWT".into(), kid, epk }
    }

    /// Parses the first part of a JWE.
    pub(super) fn parse(part: &str) -> Result<Self, JoseError> {
        let header: Self = parse(part)?;
        if header.alg != "ECDH-ES" || header.enc != "A256GCM" {
            return Err(JoseError::Algorithm);
        }
        if header.typ != SEALED || header.cty != "JWT" {
            return Err(JoseError::Type);
        }
        Ok(header)
    }
}

fn parse<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, JoseError> {
    json::from_slice(&base64url::decode(part)?).map_err(|_| JoseError::Header)
}
