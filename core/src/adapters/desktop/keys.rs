//! Software keys: ring signs, and p256 does the key agreement.
//!
//! The private keys are scalars in a [`SecretStore`]. They are read for each use and wiped after
//! it, on the heap and on the stack.

use std::sync::Arc;

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::secrets::{SecretError, SecretStore};
use countersign_device::platform::{CreatedKey, KeyHandle, KeyRole, KeySpec, KeyStore, KeyStoreError, Prompt};
use countersign_protocol::jose::{JoseError, PublicKey, SigningKey, base64url, random, wipe};
use countersign_protocol::message::decision::Verification;
use countersign_protocol::message::enrolment::Protection;

/// Replaces the platform's biometric prompt.
#[async_trait]
pub trait UserPresence: Send + Sync {
    /// Verifies the user.
    ///
    /// # Errors
    /// [`KeyStoreError::Cancelled`] or [`KeyStoreError::NotVerified`].
    async fn confirm(&self, prompt: &Prompt) -> Result<(), KeyStoreError>;
}

/// A key store with software keys. The role of a key is part of its handle, so that a
/// user-verification key never signs without its prompt.
pub struct SoftwareKeyStore {
    secrets: Box<dyn SecretStore>,
    presence: Arc<dyn UserPresence>,
}

const SEALING_KEY: &str = "sealing-key";

impl SoftwareKeyStore {
    /// Creates a key store over these secrets, with this prompt.
    #[must_use]
    pub fn new(secrets: Box<dyn SecretStore>, presence: Arc<dyn UserPresence>) -> Self {
        Self { secrets, presence }
    }

    /// Calls `work` with the scalar of a key and wipes the scalar afterwards.
    fn with_scalar<T>(
        &self,
        key: &KeyHandle,
        work: impl FnOnce(&[u8; 32]) -> Result<T, JoseError>,
    ) -> Result<T, KeyStoreError> {
        wipe::after(|| {
            let secret = self.secrets.get(&key.0).map_err(|error| self.unavailable(&key.0, &error))?;
            let secret = secret.ok_or(KeyStoreError::Missing)?;
            let scalar = secret.as_slice().try_into().map_err(|_| self.damaged(&key.0))?;
            work(scalar).map_err(|error| match error {
                JoseError::PrivateKey => self.damaged(&key.0),
                error => broken(error),
            })
        })
    }

    fn create_key(&self, role: KeyRole) -> Result<(KeyHandle, PublicKey), KeyStoreError> {
        wipe::after(|| {
            let scalar = new_scalar()?;
            let id = base64url::encode(random::bytes::<12>().map_err(broken)?).replace('_', "-");
            let handle = KeyHandle(format!("{}-{id}", prefix(role)));
            let public = SigningKey::from_scalar(&scalar).map_err(broken)?.public().clone();
            self.secrets.set(&handle.0, scalar.as_slice()).map_err(|error| self.unavailable(&handle.0, &error))?;
            Ok((handle, public))
        })
    }

    fn damaged(&self, name: &str) -> KeyStoreError {
        let place = self.secrets.place(name);
        KeyStoreError::Unavailable(format!(
            "{place} is damaged; it and the state were left as they are: restore it from a backup"
        ))
    }

    fn unavailable(&self, name: &str, error: &SecretError) -> KeyStoreError {
        let place = self.secrets.place(name);
        KeyStoreError::Unavailable(format!("{place}: {error}; the state was left as it is: make it accessible"))
    }
}

#[async_trait]
impl KeyStore for SoftwareKeyStore {
    async fn create(&self, spec: KeySpec) -> Result<CreatedKey, KeyStoreError> {
        let (handle, public) = self.create_key(spec.role)?;
        Ok(CreatedKey {
            handle,
            public,
            protection: Protection::Software,
            verification: Verification::Biometric,
            evidence: Vec::new(),
        })
    }

    async fn sign(&self, key: &KeyHandle, message: &[u8]) -> Result<[u8; 64], KeyStoreError> {
        if verifies_users(key) {
            return Err(KeyStoreError::NotVerified);
        }
        self.with_scalar(key, |scalar| SigningKey::from_scalar(scalar)?.sign(message))
    }

    async fn sign_with_user_verification(
        &self,
        key: &KeyHandle,
        message: &[u8],
        prompt: Prompt,
    ) -> Result<[u8; 64], KeyStoreError> {
        if !verifies_users(key) {
            return Err(KeyStoreError::Unavailable("this key does not verify the user".into()));
        }
        self.presence.confirm(&prompt).await?;
        self.with_scalar(key, |scalar| SigningKey::from_scalar(scalar)?.sign(message))
    }

    fn agree(&self, key: &KeyHandle, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        self.with_scalar(key, |scalar| {
            let secret = p256::SecretKey::from_slice(scalar).map_err(|_| JoseError::PrivateKey)?;
            let peer = p256::PublicKey::from_sec1_bytes(peer.as_sec1()).map_err(|_| JoseError::Point)?;
            let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), peer.as_affine());
            Ok(Zeroizing::new((*shared.raw_secret_bytes()).into()))
        })
    }

    async fn delete(&self, key: &KeyHandle) -> Result<(), KeyStoreError> {
        self.secrets.delete(&key.0).map_err(|error| self.unavailable(&key.0, &error))
    }

    fn sealing_key(&self, state_exists: bool) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        let unavailable = |error| self.unavailable(SEALING_KEY, &error);
        match self.secrets.get(SEALING_KEY).map_err(unavailable)? {
            Some(secret) => key_of_32_bytes(&secret).ok_or_else(|| self.damaged(SEALING_KEY)),
            None if state_exists => Err(KeyStoreError::Missing),
            None => {
                let key = Zeroizing::new(random::bytes::<32>().map_err(broken)?);
                self.secrets.set(SEALING_KEY, key.as_slice()).map_err(unavailable)?;
                Ok(key)
            }
        }
    }
}

fn verifies_users(key: &KeyHandle) -> bool {
    key.0.starts_with(prefix(KeyRole::UserVerification))
}

const fn prefix(role: KeyRole) -> &'static str {
    match role {
        KeyRole::Device => "dk",
        KeyRole::UserVerification => "uvk",
        KeyRole::Encryption => "ek",
    }
}

/// Returns a random scalar in [1, n−1]. Nearly every 32 random bytes are one, so a few attempts
/// suffice.
fn new_scalar() -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
    for _ in 0..8 {
        let bytes = Zeroizing::new(random::bytes::<32>().map_err(broken)?);
        if p256::SecretKey::from_slice(bytes.as_slice()).is_ok() {
            return Ok(bytes);
        }
    }
    Err(broken(JoseError::Random))
}

fn key_of_32_bytes(secret: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    secret.try_into().ok().map(Zeroizing::new)
}

fn broken(error: JoseError) -> KeyStoreError {
    KeyStoreError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::desktop::open_secrets;
    use countersign_device::platform::PromptPurpose;
    use countersign_protocol::jose::Digest;
    use countersign_protocol::jose::sealed::{Sealed, seal};

    struct FixedPresence(Result<(), KeyStoreError>);

    #[async_trait]
    impl UserPresence for FixedPresence {
        async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
            self.0.clone()
        }
    }

    fn store(folder: &std::path::Path, result: Result<(), KeyStoreError>) -> SoftwareKeyStore {
        std::fs::create_dir_all(folder.join("secrets")).unwrap();
        SoftwareKeyStore::new(open_secrets(folder).unwrap().0, Arc::new(FixedPresence(result)))
    }

    fn spec(role: KeyRole) -> KeySpec {
        KeySpec { role, issuer: "https://bank.example".parse().unwrap(), challenge: Digest::of(b"c") }
    }

    fn prompt() -> Prompt {
        Prompt { purpose: PromptPurpose::Approve, issuer_name: "Bank".into(), issuer_address: "bank.example".into() }
    }

    #[tokio::test]
    async fn uvk_signs_only_after_user_verification() {
        let folder = tempfile::tempdir().unwrap();
        let keys = store(folder.path(), Ok(()));
        let uvk = keys.create(spec(KeyRole::UserVerification)).await.unwrap();
        let signature = keys.sign_with_user_verification(&uvk.handle, b"m", prompt()).await.unwrap();
        uvk.public.verify(b"m", &signature).unwrap();
        assert_eq!(keys.sign(&uvk.handle, b"m").await, Err(KeyStoreError::NotVerified));
        let cancelling = store(folder.path(), Err(KeyStoreError::Cancelled));
        let cancelled = cancelling.sign_with_user_verification(&uvk.handle, b"m", prompt()).await;
        assert_eq!(cancelled, Err(KeyStoreError::Cancelled));
        let dk = cancelling.create(spec(KeyRole::Device)).await.unwrap();
        assert!(cancelling.sign(&dk.handle, b"m").await.is_ok());
        let with_prompt = keys.sign_with_user_verification(&dk.handle, b"m", prompt()).await;
        assert!(matches!(with_prompt, Err(KeyStoreError::Unavailable(_))), "a device key has no prompt");
    }

    #[tokio::test]
    async fn encryption_key_decrypts_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let keys = store(folder.path(), Ok(()));
        let ek = keys.create(spec(KeyRole::Encryption)).await.unwrap();
        let jwe = seal(b"content", &ek.public).unwrap();
        let sealed = Sealed::parse(&jwe, 8192).unwrap();
        let secret = keys.agree(&ek.handle, sealed.epk()).unwrap();
        let epk = sealed.epk().clone();
        assert_eq!(*sealed.open(&secret).unwrap(), b"content");
        keys.delete(&ek.handle).await.unwrap();
        assert_eq!(keys.agree(&ek.handle, &epk).err(), Some(KeyStoreError::Missing));
    }

    #[test]
    fn sealing_key_is_not_created_for_an_existing_state() {
        let folder = tempfile::tempdir().unwrap();
        let keys = store(folder.path(), Ok(()));
        assert_eq!(keys.sealing_key(true).err(), Some(KeyStoreError::Missing));
        let key = keys.sealing_key(false).unwrap();
        assert_eq!(keys.sealing_key(true).unwrap(), key);
    }

    #[test]
    fn damaged_key_is_reported_and_left_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let keys = store(folder.path(), Ok(()));
        let file = folder.path().join("secrets").join(SEALING_KEY);
        std::fs::write(&file, b"damaged").unwrap();
        let text = keys.sealing_key(true).unwrap_err().to_string();
        assert!(text.contains(file.to_str().unwrap()) && text.contains("left as they are"), "{text}");
        assert_eq!(std::fs::read(&file).unwrap(), b"damaged");
    }
}
