//! JWTs of the OAuth side: ID tokens and client assertions.
//!
//! The library `jsonwebtoken` takes them apart and puts them together; the cryptography under it is ring (`ring_provider`).
//! Two algorithms exist here, as FAPI allows: ES256 and PS256. Times are judged by the server's own clock, so that part of
//! the library's checks is off and done here.

mod assertion;
mod id_token;
mod ring_provider;

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::de::DeserializeOwned;

pub(crate) use assertion::{Assertion, client_id_of};
pub use id_token::{Expected, IdTokenClaims, verify_id_token};
pub(crate) use id_token::{jwks, sign_id_token, verify_hint};

/// The longest JWT that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;

/// Why a JWT does not count. For logs and for the developer of a client; holds nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Not three parts, not JSON, a claim missing or of the wrong type, too long.
    #[error("it is not a well-formed JWT with the claims it needs")]
    Malformed,
    /// Neither ES256 nor PS256, or a header member that is not understood.
    #[error("its header does not fit: ES256 or PS256, no embedded keys, no critical extensions")]
    Header,
    /// None of the known keys signed it.
    #[error("its signature does not fit any known key")]
    Signature,
    /// `iss` or `sub` is someone else.
    #[error("iss or sub does not fit")]
    Issuer,
    /// `aud` names someone else.
    #[error("aud does not name this recipient")]
    Audience,
    /// `exp`, `nbf` or `iat` does not fit the time now.
    #[error("it is expired, not valid yet, or valid for too long")]
    Time,
    /// `nonce`, `at_hash` or `jti` does not fit.
    #[error("jti does not fit")]
    Id,
}

/// Checks form, header and signature; gives the claims, whose meaning is for the caller to judge.
fn verify<T: DeserializeOwned>(jwt: &str, keys: &JwkSet, typ: &[&str]) -> Result<T, JwtError> {
    ring_provider::install();
    if jwt.len() > LONGEST {
        return Err(JwtError::Malformed);
    }
    let header = jsonwebtoken::decode_header(jwt).map_err(|_| JwtError::Malformed)?;
    check_header(&header, typ)?;
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let usable = keys.keys.iter().filter(|key| fits(key, &header));
    for key in usable {
        let key = DecodingKey::from_jwk(key).map_err(|_| JwtError::Signature)?;
        match jsonwebtoken::decode::<T>(jwt, &key, &validation) {
            Ok(token) => return Ok(token.claims),
            Err(error) if matches!(error.kind(), jsonwebtoken::errors::ErrorKind::InvalidSignature) => {}
            Err(_) => return Err(JwtError::Malformed),
        }
    }
    Err(JwtError::Signature)
}

/// Only what RFC 7515 lets a verifier use safely: algorithm, key name, type.
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

/// Whether the key is of the header's algorithm, and the named one where a name is given.
fn fits(key: &Jwk, header: &Header) -> bool {
    let kind = match &key.algorithm {
        AlgorithmParameters::EllipticCurve(_) => header.alg == Algorithm::ES256,
        AlgorithmParameters::RSA(_) => header.alg == Algorithm::PS256,
        _ => false,
    };
    let named = match (&header.kid, &key.common.key_id) {
        (Some(wanted), Some(name)) => wanted == name,
        _ => true,
    };
    kind && named
}
