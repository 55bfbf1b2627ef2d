//! Client assertions: `private_key_jwt` (RFC 7523 §3, OpenID Connect Core 9).

use countersign_protocol::message::claims::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;

use super::{JwtError, LONGEST, verify};

/// The longest that an assertion may still be good for, in seconds: as long its `jti` must be remembered.
const LONGEST_LIFE: i64 = 600;

/// How far the clocks of two machines may differ, in seconds.
const LEEWAY: i64 = 60;

/// Characters of a `jti`.
const LONGEST_JTI: usize = 256;

/// An assertion whose every claim fits; its `jti` must still be new.
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
    /// Verifies an assertion of this client, made for one of `audiences`.
    pub(crate) fn verify(
        jwt: &str,
        client_id: &str,
        keys: &JwkSet,
        audiences: &[String],
        now: Timestamp,
    ) -> Result<Self, JwtError> {
        let claims: Claims = verify(jwt, keys, &["JWT", "client-authentication+jwt"])?;
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
        let early = |time: Option<i64>| time.is_some_and(|time| time > now.saturating_add(LEEWAY));
        if claims.exp <= now || claims.exp > now.saturating_add(LONGEST_LIFE) || early(claims.nbf) || early(claims.iat)
        {
            return Err(JwtError::Time);
        }
        if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
            return Err(JwtError::Id);
        }
        Ok(Self { jti: claims.jti, expires: Timestamp::from_seconds(claims.exp) })
    }
}

/// Whose assertion this claims to be: only good for finding the keys to verify it with.
pub(crate) fn client_id_of(jwt: &str) -> Result<String, JwtError> {
    #[derive(Deserialize)]
    struct Sub {
        sub: String,
    }
    if jwt.len() > LONGEST {
        return Err(JwtError::Malformed);
    }
    jsonwebtoken::dangerous::insecure_decode_claims::<Sub>(jwt)
        .map(|claims| claims.sub)
        .map_err(|_| JwtError::Malformed)
}
