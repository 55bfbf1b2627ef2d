//! JWTs of the OAuth side: ID tokens and client assertions.
//!
//! The library `jsonwebtoken` parses and builds them with ring's cryptography (`ring_provider`).
//! Two algorithms are supported, as FAPI allows: ES256 and PS256. Times are checked here against
//! the server's clock, so the library's time checks are disabled.

mod assertion;
mod id_token;
mod ring_provider;

use std::sync::LazyLock;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::model::signature_algorithm;

pub(crate) use assertion::{Assertion, client_id_of};
pub use id_token::{Expected, IdTokenClaims, verify_id_token};
pub(crate) use id_token::{jwks, sign_id_token, verify_hint};

/// The maximum length of a JWT in bytes.
const MAX_JWT_BYTES: usize = 8 * 1024;

/// The reason why a JWT is invalid, for logs and the client's developer. Contains nothing of the
/// token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// The JWT does not have three parts, is not JSON, is too long, or lacks a claim.
    #[error("it is not a well-formed JWT with the required claims")]
    Malformed,
    /// The algorithm is neither ES256 nor PS256, or the header has a member that is not understood.
    #[error("its header is not supported: use ES256 or PS256 without embedded keys and critical extensions")]
    Header,
    /// No known key signed it.
    #[error("its signature does not match any known key")]
    Signature,
    /// `iss` or `sub` names someone else.
    #[error("iss or sub is wrong")]
    Issuer,
    /// `aud` names someone else.
    #[error("aud does not name this recipient")]
    Audience,
    /// `exp`, `nbf` or `iat` does not fit the current time.
    #[error("it is expired, not valid yet, or valid for too long")]
    Time,
    /// `nonce`, `at_hash` or `jti` does not match.
    #[error("jti, nonce or at_hash is wrong")]
    Id,
}

/// Verifies form, header and signature and returns the claims, which the caller must check.
fn verify<T: DeserializeOwned>(jwt: &str, keys: &JwkSet, typ: &[&str]) -> Result<T, JwtError> {
    let header = header_of(jwt, typ)?;
    let claims = signed_claims(jwt, &header, keys).ok_or(JwtError::Signature)?;
    serde_json::from_str(claims.get()).map_err(|_| JwtError::Malformed)
}

/// Returns the header if it is supported. The result does not depend on the signer.
fn header_of(jwt: &str, typ: &[&str]) -> Result<Header, JwtError> {
    if jwt.len() > MAX_JWT_BYTES {
        return Err(JwtError::Malformed);
    }
    let header = jsonwebtoken::decode_header(jwt).map_err(|_| JwtError::Malformed)?;
    check_header(&header, typ)?;
    Ok(header)
}

/// Returns the claims if one of the keys signed them. If no key fits the header, a signature is
/// verified all the same, so that the duration does not reveal it.
fn signed_claims(jwt: &str, header: &Header, keys: &JwkSet) -> Option<Box<RawValue>> {
    ring_provider::install();
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decode = |key: &Jwk| {
        let key = DecodingKey::from_jwk(key).ok()?;
        jsonwebtoken::decode::<Box<RawValue>>(jwt, &key, &validation).ok().map(|token| token.claims)
    };
    let usable: Vec<&Jwk> = keys.keys.iter().filter(|key| fits(key, header)).collect();
    if usable.is_empty() {
        nobody().keys.iter().filter(|key| fits(key, header)).for_each(|key| drop(decode(key)));
        return None;
    }
    usable.into_iter().find_map(decode)
}

/// Returns one key for each algorithm, for verifications that must fail. Claims that these keys
/// signed are never used, so their private halves are worthless.
fn nobody() -> &'static JwkSet {
    static NOBODY: LazyLock<JwkSet> = LazyLock::new(|| {
        // The base point of P-256, and a modulus of 2048 bits.
        let keys = serde_json::json!({ "keys": [
            { "kty": "EC", "crv": "P-256", "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
              "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU" },
            { "kty": "RSA", "n": format!("{}w", "_".repeat(341)), "e": "AQAB" },
        ] });
        serde_json::from_value(keys).unwrap_or(JwkSet { keys: Vec::new() })
    });
    &NOBODY
}

/// Checks that the header contains only members that RFC 7515 lets a verifier use safely:
/// algorithm, key id, type.
fn check_header(header: &Header, typ: &[&str]) -> Result<(), JwtError> {
    let understood = matches!(header.alg, Algorithm::ES256 | Algorithm::PS256)
        && header.crit.is_none()
        && header.jwk.is_none()
        && header.jku.is_none()
        && header.x5u.is_none()
        && header.x5c.is_none()
        && header.zip.is_none()
        && header.enc.is_none();
    let typed = header.typ.as_deref().is_none_or(|found| typ.iter().any(|typ| typ.eq_ignore_ascii_case(found)));
    if understood && typed { Ok(()) } else { Err(JwtError::Header) }
}

/// Returns whether the key may verify the header's algorithm and, if the header names a key, has
/// its id.
fn fits(key: &Jwk, header: &Header) -> bool {
    let named = match (&header.kid, &key.common.key_id) {
        (Some(wanted), Some(name)) => wanted == name,
        _ => true,
    };
    signature_algorithm(key) == Some(header.alg) && named
}
