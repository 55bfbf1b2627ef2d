//! The keys of a key store, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use countersign_core::jose::SigningKey;
use zeroize::Zeroizing;

use crate::TestKeysError;

/// P-256 keys in software, by name.
#[derive(Default, uniffi::Object)]
pub struct SoftwareKeys {
    keys: Mutex<HashMap<String, p256::SecretKey>>,
}

/// A new key.
#[derive(Debug, uniffi::Record)]
pub struct TestKey {
    /// The name of the key.
    pub handle: String,
    /// The public key as 65 bytes (SEC 1).
    pub public_key: Vec<u8>,
}

#[uniffi::export]
impl SoftwareKeys {
    /// Creates an empty key store.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a key.
    pub fn create(&self) -> Result<TestKey, TestKeysError> {
        let scalar = countersign_core::jose::random::bytes::<32>().map_err(TestKeysError::new)?;
        let key = p256::SecretKey::from_slice(&scalar).map_err(TestKeysError::new)?;
        let public_key = SigningKey::from_scalar(&scalar).map_err(TestKeysError::new)?.public().as_sec1().to_vec();
        let mut keys = self.keys();
        let handle = format!("key-{}", base_name(&public_key));
        keys.insert(handle.clone(), key);
        Ok(TestKey { handle, public_key })
    }

    /// Signs with ES256. Returns 64 bytes.
    pub fn sign(&self, handle: String, input: Vec<u8>) -> Result<Vec<u8>, TestKeysError> {
        Ok(self.sign_raw(&handle, &input)?.to_vec())
    }

    /// Does ECDH. Returns 32 bytes.
    pub fn agree(&self, handle: String, peer: Vec<u8>) -> Result<Vec<u8>, TestKeysError> {
        Ok(self.agree_raw(&handle, &peer)?.to_vec())
    }

    /// Deletes a key.
    pub fn delete(&self, handle: String) {
        self.keys().remove(&handle);
    }

    /// Returns true if the key exists.
    #[must_use]
    pub fn contains(&self, handle: String) -> bool {
        self.keys().contains_key(&handle)
    }

    /// Returns the number of keys.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.keys().len().try_into().unwrap_or(u64::MAX)
    }
}

impl SoftwareKeys {
    pub(crate) fn sign_raw(&self, handle: &str, input: &[u8]) -> Result<[u8; 64], TestKeysError> {
        let scalar: [u8; 32] = self.key(handle)?.to_bytes().into();
        SigningKey::from_scalar(&scalar).and_then(|key| key.sign(input)).map_err(TestKeysError::new)
    }

    pub(crate) fn agree_raw(&self, handle: &str, peer: &[u8]) -> Result<Zeroizing<[u8; 32]>, TestKeysError> {
        let key = self.key(handle)?;
        let peer = p256::PublicKey::from_sec1_bytes(peer).map_err(TestKeysError::new)?;
        let shared = p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), peer.as_affine());
        Ok(Zeroizing::new((*shared.raw_secret_bytes()).into()))
    }

    fn key(&self, handle: &str) -> Result<p256::SecretKey, TestKeysError> {
        self.keys().get(handle).cloned().ok_or_else(|| TestKeysError::new("the key does not exist"))
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<String, p256::SecretKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a part of the public key that is unique.
fn base_name(public_key: &[u8]) -> String {
    public_key.iter().skip(1).take(8).map(|byte| format!("{byte:02x}")).collect()
}
