//! ID tokens (OpenID Connect Core 2): signing, and verification as a relying party does it
//! (3.1.3.7).

use countersign_protocol::jose::{Digest, PublicKey, base64url};
use countersign_protocol::message::claims::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};

use super::{JwtError, ring_provider, verify};
use crate::keys::IdTokenKeys;

/// The allowed difference between the clocks of two machines, in seconds.
const LEEWAY_SECS: i64 = 60;

/// The claims of an ID token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// The expiry time.
    pub exp: Timestamp,
    /// The time of issue.
    pub iat: Timestamp,
    /// The time of the user's decision.
    pub auth_time: Timestamp,
    /// The assurance of the approval, derived from the key that signed it.
    pub acr: String,
    /// The authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// The hash of the access token (OpenID Connect Core 3.1.3.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
}

/// The values that a relying party expects in an ID token.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The relying party's `client_id`.
    pub client_id: &'a str,
    /// The access token, which is checked against `at_hash`.
    pub access_token: Option<&'a str>,
    /// The current time.
    pub now: Timestamp,
}

/// Verifies an ID token as a relying party does: the signature by a key of the issuer's JWKS,
/// `iss`, `aud`, times and `at_hash`.
///
/// # Errors
/// [`JwtError`] for the first check that failed. Nothing in the token may be used then.
pub fn verify_id_token(jwt: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<IdTokenClaims, JwtError> {
    let claims: IdTokenClaims = verify(jwt, keys, &["JWT"])?;
    if claims.iss != expected.issuer {
        return Err(JwtError::Issuer);
    }
    if claims.aud != expected.client_id {
        return Err(JwtError::Audience);
    }
    if claims.exp.plus(LEEWAY_SECS) <= expected.now || claims.iat > expected.now.plus(LEEWAY_SECS) {
        return Err(JwtError::Time);
    }
    match (expected.access_token, &claims.at_hash) {
        (Some(token), Some(hash)) if at_hash(token) != *hash => Err(JwtError::Id),
        (Some(_), None) => Err(JwtError::Id),
        _ => Ok(claims),
    }
}

/// Returns the user that an `id_token_hint` names: any ID token of this issuer for this client,
/// expired or not (CIBA Core 7.1), that a published key signed.
pub(crate) fn verify_hint(
    jwt: &str,
    keys: &IdTokenKeys,
    issuer: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<String, JwtError> {
    let keys = jwks(keys, now).map_err(|_| JwtError::Malformed)?;
    let claims: IdTokenClaims = verify(jwt, &keys, &["JWT"])?;
    match () {
        () if claims.iss != issuer => Err(JwtError::Issuer),
        () if claims.aud != client_id => Err(JwtError::Audience),
        () => Ok(claims.sub),
    }
}

/// Signs an ID token with `at_hash` of the access token.
pub(crate) fn sign_id_token(
    claims: IdTokenClaims,
    access_token: &str,
    keys: &IdTokenKeys,
) -> Result<String, jsonwebtoken::errors::Error> {
    ring_provider::install();
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(keys.public().thumbprint().to_string());
    let claims = IdTokenClaims { at_hash: Some(at_hash(access_token)), ..claims };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_der(keys.pkcs8()))
}

/// Returns the left half of the token's SHA-256 in base64url.
fn at_hash(access_token: &str) -> String {
    let digest = Digest::of_secret(access_token.as_bytes());
    let left: Vec<u8> = digest.as_bytes().iter().copied().take(16).collect();
    base64url::encode(left)
}

/// Returns the keys that are published at that time as a JWK set, the current key first.
pub(crate) fn jwks(keys: &IdTokenKeys, now: Timestamp) -> Result<JwkSet, serde_json::Error> {
    let keys: Result<Vec<_>, _> = keys.published(now).map(jwk).collect();
    Ok(JwkSet { keys: keys? })
}

fn jwk(key: &PublicKey) -> Result<Jwk, serde_json::Error> {
    let mut jwk = serde_json::to_value(key)?;
    if let Some(members) = jwk.as_object_mut() {
        members.insert("use".to_owned(), "sig".into());
        members.insert("alg".to_owned(), "ES256".into());
        members.insert("kid".to_owned(), key.thumbprint().to_string().into());
    }
    serde_json::from_value(jwk)
}
