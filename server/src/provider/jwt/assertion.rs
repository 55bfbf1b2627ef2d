//! Client assertions: `private_key_jwt` (RFC 7523 section 3, OpenID Connect Core 9).

use std::num::ParseIntError;

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
    exp: NumericDate,
    #[serde(default)]
    nbf: Option<NumericDate>,
    #[serde(default)]
    iat: Option<NumericDate>,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// A time in whole seconds since 1970. The number in a JWT can have a fraction (RFC 7519 section
/// 2).
#[derive(Clone, Copy, PartialEq, PartialOrd, Deserialize)]
#[serde(try_from = "f64")]
struct NumericDate(i64);

impl TryFrom<f64> for NumericDate {
    type Error = ParseIntError;

    fn try_from(number: f64) -> Result<Self, Self::Error> {
        format!("{:.0}", number.floor()).parse().map(Self)
    }
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
        // Another recipient in the list could use the assertion here.
        let named = match &claims.aud {
            Audience::One(name) => audiences.contains(name),
            Audience::Many(names) => !names.is_empty() && names.iter().all(|name| audiences.contains(name)),
        };
        if !named {
            return Err(JwtError::Audience);
        }
        let now = now.seconds();
        let NumericDate(exp) = claims.exp;
        let early = |time: Option<NumericDate>| time.is_some_and(|time| time.0 > now.saturating_add(LEEWAY_SECS));
        if exp <= now || exp > now.saturating_add(MAX_LIFETIME_SECS) || early(claims.nbf) || early(claims.iat) {
            return Err(JwtError::Time);
        }
        if claims.jti.is_empty() || claims.jti.len() > MAX_JTI_CHARS {
            return Err(JwtError::Id);
        }
        Ok(Self { jti: claims.jti, expires: Timestamp::from_seconds(exp) })
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

#[cfg(test)]
mod tests {
    use countersign_protocol::jose::{SigningKey, base64url};
    use serde_json::json;

    use super::*;

    #[test]
    fn assertion_by_a_key_for_encryption_is_rejected() {
        let key = SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap();
        let part = |value: serde_json::Value| base64url::encode(value.to_string());
        let claims = json!({ "iss": "a", "sub": "a", "aud": "b", "exp": 60, "jti": "c" });
        let input = format!("{}.{}", part(json!({ "alg": "ES256" })), part(claims));
        let jwt = format!("{input}.{}", base64url::encode(key.sign(input.as_bytes()).unwrap()));
        let verify = |purpose: Option<&str>| {
            let mut jwk = json!(key.public());
            if let Some(purpose) = purpose {
                jwk["use"] = json!(purpose);
            }
            let keys = serde_json::from_value(json!({ "keys": [jwk] })).unwrap();
            Assertion::verify(&jwt, "a", Some(&keys), &["b".to_owned()], Timestamp::from_seconds(0))
                .map(|found| found.jti)
        };
        assert_eq!(verify(None).as_deref(), Ok("c"));
        assert_eq!(verify(Some("sig")).as_deref(), Ok("c"));
        assert_eq!(verify(Some("enc")), Err(JwtError::Signature));
    }
}
