//! Clients of the directory.

use countersign_protocol::message::request::BindingMode;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse};

use super::Secret;

/// An OAuth client (relying party).
#[derive(Clone, Debug)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// The name that the phone shows.
    pub name: String,
    /// The only authentication method that the client may use.
    pub auth: ClientAuth,
    /// The binding between the request on the phone and the screen of the client.
    pub binding: BindingMode,
    /// The scope values that the client may request. Always contains `openid`.
    pub scopes: Vec<String>,
    /// Permits the client to show requests to phones without network and to submit their decisions.
    /// The client then sees the signed messages of the person's phones. Set it for the bank's own
    /// pages only.
    pub offline: bool,
}

impl Client {
    /// Returns the scope values of a grant that the client is still registered for, in the order in
    /// which they were granted.
    pub(crate) fn registered_scope(&self, granted: &str) -> String {
        let values = granted.split(' ').filter(|value| self.scopes.iter().any(|scope| scope == value));
        values.collect::<Vec<_>>().join(" ")
    }
}

/// An API of the bank that accepts access tokens and looks them up at the introspection endpoint.
#[derive(Clone, Debug)]
pub struct ResourceServer {
    /// The identifier. No client has the same one.
    pub id: String,
    /// The only authentication method that the resource server may use.
    pub auth: ClientAuth,
}

/// The authentication method of a client (OpenID Connect Core, section 9).
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// `client_secret_basic`.
    SecretBasic(Secret),
    /// `private_key_jwt` by one of these keys, ES256 or PS256.
    PrivateKeyJwt(JwkSet),
}

/// Returns the algorithm of the signatures that a key may verify: ES256 for P-256, PS256 for RSA.
/// Returns `None` for keys of other kinds, and for keys whose `use`, `alg` or `key_ops` names
/// another purpose (RFC 7517 sections 4.2 to 4.4).
pub(crate) fn signature_algorithm(key: &Jwk) -> Option<Algorithm> {
    let (algorithm, name) = match &key.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(_) => (Algorithm::PS256, KeyAlgorithm::PS256),
        _ => return None,
    };
    let common = &key.common;
    let permitted = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature)
        && common.key_algorithm.is_none_or(|registered| registered == name)
        && common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    permitted.then_some(algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn key_of_another_purpose_verifies_nothing() {
        let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
        let with = |more: serde_json::Value| {
            let mut key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": x });
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            signature_algorithm(&serde_json::from_value(key).unwrap())
        };
        for good in [
            json!({}),
            json!({ "use": "sig" }),
            json!({ "alg": "ES256", "kid": "a" }),
            json!({ "key_ops": ["verify"] }),
            json!({ "use": "sig", "alg": "ES256", "key_ops": ["sign", "verify"] }),
        ] {
            assert_eq!(with(good.clone()), Some(Algorithm::ES256), "{good}");
        }
        for bad in [
            json!({ "use": "enc" }),
            json!({ "use": "tls" }),
            json!({ "alg": "ECDH-ES" }),
            json!({ "alg": "PS256" }),
            json!({ "key_ops": ["sign"] }),
            json!({ "key_ops": [] }),
            json!({ "use": "sig", "key_ops": ["deriveBits"] }),
            json!({ "crv": "P-384" }),
        ] {
            assert_eq!(with(bad.clone()), None, "{bad}");
        }
    }
}
