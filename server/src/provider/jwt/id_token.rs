//! ID tokens (OpenID Connect Core 2): made here, and checked as a relying party checks them (3.1.3.7).

use countersign_protocol::jose::{Digest, base64url};
use countersign_protocol::message::claims::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};

use super::{JwtError, ring_provider, verify};
use crate::keys::IdTokenKey;

/// How far the clocks of two machines may differ, in seconds.
const LEEWAY: i64 = 60;

/// The claims of an ID token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The person.
    pub sub: String,
    /// The client it was made for.
    pub aud: String,
    /// Until when it counts.
    pub exp: Timestamp,
    /// When it was made.
    pub iat: Timestamp,
    /// When the person answered on their phone.
    pub auth_time: Timestamp,
    /// How sure the approval is: from the key that signed it.
    pub acr: String,
    /// How it was made (RFC 8176).
    pub amr: Vec<String>,
    /// Binds the access token that came with it (OpenID Connect Core 3.1.3.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
}

/// What a relying party expects of an ID token.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The issuer it asked.
    pub issuer: &'a str,
    /// Its own `client_id`.
    pub client_id: &'a str,
    /// The access token that came along, to be checked against `at_hash`.
    pub access_token: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

/// Verifies an ID token as a relying party does: signature by a key of the issuer's JWKS, `iss`, `aud`, time, `at_hash`.
///
/// # Errors
/// [`JwtError`] says which check failed first. Nothing of the token may then be used.
pub fn verify_id_token(jwt: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<IdTokenClaims, JwtError> {
    let claims: IdTokenClaims = verify(jwt, keys, &["JWT"])?;
    if claims.iss != expected.issuer {
        return Err(JwtError::Issuer);
    }
    if claims.aud != expected.client_id {
        return Err(JwtError::Audience);
    }
    if claims.exp.plus(LEEWAY) <= expected.now || claims.iat > expected.now.plus(LEEWAY) {
        return Err(JwtError::Time);
    }
    match (expected.access_token, &claims.at_hash) {
        (Some(token), Some(hash)) if at_hash(token) != *hash => Err(JwtError::Id),
        (Some(_), None) => Err(JwtError::Id),
        _ => Ok(claims),
    }
}

/// The person that an `id_token_hint` names: any ID token of ours for this client, expired or not (CIBA Core 7.1).
pub(crate) fn verify_hint(jwt: &str, key: &IdTokenKey, issuer: &str, client_id: &str) -> Result<String, JwtError> {
    let keys = jwks(key).map_err(|_| JwtError::Malformed)?;
    let claims: IdTokenClaims = verify(jwt, &keys, &["JWT"])?;
    match () {
        () if claims.iss != issuer => Err(JwtError::Issuer),
        () if claims.aud != client_id => Err(JwtError::Audience),
        () => Ok(claims.sub),
    }
}

/// Signs an ID token, with `at_hash` over the access token.
pub(crate) fn sign_id_token(
    claims: IdTokenClaims,
    access_token: &str,
    key: &IdTokenKey,
) -> Result<String, jsonwebtoken::errors::Error> {
    ring_provider::install();
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(key.public().thumbprint().to_string());
    let claims = IdTokenClaims { at_hash: Some(at_hash(access_token)), ..claims };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_der(key.pkcs8()))
}

/// The left half of the token's SHA-256 in base64url.
fn at_hash(access_token: &str) -> String {
    let digest = Digest::of(access_token.as_bytes());
    let left: Vec<u8> = digest.as_bytes().iter().copied().take(16).collect();
    base64url::encode(left)
}

/// The public half as a JWK set.
pub(crate) fn jwks(key: &IdTokenKey) -> Result<JwkSet, serde_json::Error> {
    let mut jwk = serde_json::to_value(key.public())?;
    if let Some(members) = jwk.as_object_mut() {
        members.insert("use".to_owned(), "sig".into());
        members.insert("alg".to_owned(), "ES256".into());
        members.insert("kid".to_owned(), key.public().thumbprint().to_string().into());
    }
    serde_json::from_value(serde_json::json!({ "keys": [jwk] }))
}
