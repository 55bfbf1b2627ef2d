//! Client assertions: `private_key_jwt` (RFC 7523 section 3, OpenID Connect Core 9).

use countersign_protocol::message::claims::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;

use super::{JwtError, MAX_JWT_BYTES, header_of, nobody, signed_claims};

/// The maximum remaining lifetime of an assertion in seconds. Its `jti` is stored for as long.
const MAX_LIFETIME_SECS: i64 = 600;

/// The allowed difference between the clocks of two machines, in seconds.
const LEEWAY_SECS: i64 = 60;

/// The maximum length of a `jti` in characters.
const MAX_JTI_CHARS: usize = 256;

/// A verified assertion. The caller must check that its `jti` is new.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Assertion {
    pub(crate) jti: String,
    pub(crate) expires: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Assertion {
    /// Verifies an assertion of this client for one of `audiences`. Without keys the assertion is
    /// rejected after the same work. Until the signature was verified, no error depends on the
    /// client.
    pub(crate) fn verify(
        jwt: &str,
        client_id: &str,
        keys: Option<&JwkSet>,
        audiences: &[String],
        now: Timestamp,
    ) -> Result<Self, JwtError> {
        let header = header_of(jwt, &["JWT", "client-authentication+jwt"])?;
        let signed = signed_claims(jwt, &header, keys.unwrap_or_else(|| nobody()));
        let signed = signed.filter(|_| keys.is_some()).ok_or(JwtError::Signature)?;
        let claims: Claims = serde_json::from_str(signed.get()).map_err(|_| JwtError::Malformed)?;
        if claims.iss != client_id || claims.sub != client_id {
            return Err(JwtError::Issuer);
        }
        let named = match &claims.aud {
            Audience::One(name) => audiences.contains(name),
            Audience::Many(names) => names.iter().any(|name| audiences.contains(name)),
        };
        if !named {
            return Err(JwtError::Audience);
        }
        let now = now.seconds();
        let early = |time: Option<i64>| time.is_some_and(|time| time > now.saturating_add(LEEWAY_SECS));
        if claims.exp <= now
            || claims.exp > now.saturating_add(MAX_LIFETIME_SECS)
            || early(claims.nbf)
            || early(claims.iat)
        {
            return Err(JwtError::Time);
        }
        if claims.jti.is_empty() || claims.jti.len() > MAX_JTI_CHARS {
            return Err(JwtError::Id);
        }
        Ok(Self { jti: claims.jti, expires: Timestamp::from_seconds(claims.exp) })
    }
}

/// Returns the client that the assertion names. It is unverified and selects the keys for
/// verification.
pub(crate) fn client_id_of(jwt: &str) -> Result<String, JwtError> {
    #[derive(Deserialize)]
    struct Sub {
        sub: String,
    }
    if jwt.len() > MAX_JWT_BYTES {
        return Err(JwtError::Malformed);
    }
    jsonwebtoken::dangerous::insecure_decode_claims::<Sub>(jwt)
        .map(|claims| claims.sub)
        .map_err(|_| JwtError::Malformed)
}
