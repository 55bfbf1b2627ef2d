//! The keys of the vectors. Their private keys are published: each scalar is the SHA-256 of a
//! sentence.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use countersign_core::adapters::desktop::{SoftwareKeyStore, UserPresence};
use countersign_core::jose::{Digest, PublicKey, SigningKey, base64url};
use countersign_core::platform::{KeyStoreError, Prompt};
use serde_json::{Value, json};

use crate::memory_secrets::MemorySecrets;

/// Returns the scalar of the key with this role.
pub(crate) fn scalar(role: &str) -> [u8; 32] {
    *Digest::of(format!("Countersign ADP/1 test vectors: {role}").as_bytes()).as_bytes()
}

/// Returns the key with this role.
pub(crate) fn key(role: &str) -> SigningKey {
    SigningKey::from_scalar(&scalar(role)).unwrap()
}

/// Returns the public key with this role as a JWK.
pub(crate) fn public_jwk(role: &str) -> Value {
    serde_json::to_value(key(role).public()).unwrap()
}

/// Returns the private key with this role as a JWK.
pub(crate) fn private_jwk(role: &str) -> Value {
    let mut jwk = public_jwk(role);
    jwk["d"] = json!(base64url::encode(scalar(role)));
    jwk
}

/// Returns the public key of a JWK in a file.
pub(crate) fn public(jwk: &Value) -> PublicKey {
    let coordinate = |name: &str| base64url::decode_array(jwk[name].as_str().unwrap()).unwrap();
    PublicKey::from_coordinates(&coordinate("x"), &coordinate("y")).unwrap()
}

/// Returns the scalar of a private JWK in a file.
pub(crate) fn private(jwk: &Value) -> Vec<u8> {
    base64url::decode(jwk["d"].as_str().unwrap()).unwrap()
}

/// Returns a desktop key store with these scalars.
pub(crate) fn store(scalars: impl IntoIterator<Item = (String, Vec<u8>)>) -> SoftwareKeyStore {
    let secrets = MemorySecrets(Arc::new(Mutex::new(scalars.into_iter().collect())));
    SoftwareKeyStore::new(Box::new(secrets), Arc::new(Nobody))
}

/// A user who is never present. No vector signs with a prompt.
struct Nobody;

#[async_trait]
impl UserPresence for Nobody {
    async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::NotVerified)
    }
}
