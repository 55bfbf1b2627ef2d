//! Private keys in the shell's key store.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::jose::PublicKey;
use countersign_core::platform;
use zeroize::Zeroizing;

pub use countersign_core::message::decision::Verification;
pub use countersign_core::message::enrolment::Protection;
pub use countersign_core::platform::{KeyRole, Prompt, PromptPurpose};

use crate::Bytes;

/// Creates and uses private keys, which never leave it. All keys are P-256.
#[uniffi::export(foreign)]
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Creates a key.
    async fn create(&self, spec: KeySpec) -> Result<CreatedKey, KeyStoreError>;

    /// Signs these bytes with a device key (ES256), without a prompt. Returns 64 bytes `r ‖ s`
    /// (`raw_signature` converts DER).
    ///
    /// For a user-verification key it throws `NotVerified`.
    async fn sign(&self, handle: String, input: Bytes) -> Result<Vec<u8>, KeyStoreError>;

    /// Shows the prompt, verifies the user, and signs these bytes with a user-verification key.
    ///
    /// For a device key it throws `Unavailable`.
    async fn sign_with_user_verification(
        &self,
        handle: String,
        input: Bytes,
        prompt: Prompt,
    ) -> Result<Vec<u8>, KeyStoreError>;

    /// Deletes a key. Deleting a key that does not exist succeeds.
    async fn delete(&self, handle: String) -> Result<(), KeyStoreError>;

    /// Does ECDH between an encryption key and this public key (65 bytes, SEC 1). Returns the 32
    /// bytes of the x coordinate.
    ///
    /// It is synchronous, because a notification extension calls it. The public key was checked to
    /// be on the curve.
    fn agree(&self, handle: String, peer: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;

    /// Returns the 32 bytes that seal the state. The first call creates them.
    ///
    /// If they are lost while `state_exists` is true, it throws `Missing` and creates no others.
    fn sealing_key(&self, state_exists: bool) -> Result<Vec<u8>, KeyStoreError>;
}

/// The description of a key to create.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeySpec {
    /// The purpose of the key.
    pub role: KeyRole,
    /// The issuer that the key is for. Issuers never share keys.
    pub issuer: String,
    /// The 32 bytes of the challenge for the attestation by the hardware.
    pub challenge: Vec<u8>,
}

/// The purpose of a key.
#[uniffi::remote(Enum)]
pub enum KeyRole {
    /// The device key. It signs without a prompt, after the first unlock.
    Device,
    /// The user-verification key. It signs once for each verification of the user.
    UserVerification,
    /// The encryption key. It does key agreement, after the first unlock.
    Encryption,
}

/// A key that the key store created.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CreatedKey {
    /// The key store's name for the key.
    pub handle: String,
    /// The public key as 65 bytes (SEC 1). `public_key_from_spki` converts Java's form.
    pub public_key: Vec<u8>,
    /// The protection of the private key.
    pub protection: Protection,
    /// The means by which the prompt of this key verifies the user.
    pub verification: Verification,
    /// The attestation chain, leaf first, each certificate in base64. Empty for software keys.
    pub evidence: Vec<String>,
}

/// The protection of a private key.
#[uniffi::remote(Enum)]
pub enum Protection {
    /// A dedicated secure element of Android.
    #[uniffi(name = "StrongBox")]
    Strongbox,
    /// A trusted execution environment.
    Tee,
    /// Apple's Secure Enclave.
    SecureEnclave,
    /// Software only.
    Software,
}

/// The means by which a prompt verifies the user.
#[uniffi::remote(Enum)]
pub enum Verification {
    /// A fingerprint or a face.
    Biometric,
    /// The PIN, pattern or password of the phone.
    Credential,
    /// No verification.
    None,
}

/// The content of a user-verification prompt. The shell chooses the wording.
#[uniffi::remote(Record)]
pub struct Prompt {
    /// The action of the user.
    pub purpose: PromptPurpose,
    /// The name of the bank, safe to show. The bank chooses it.
    pub issuer_name: String,
    /// The address of the bank. Show it beside the name: another issuer can choose the same name,
    /// but it cannot have the same address.
    pub issuer_address: String,
}

/// The action that a prompt is for.
#[uniffi::remote(Enum)]
pub enum PromptPurpose {
    /// The user enrols this phone.
    Enrol,
    /// The user approves a request.
    Approve,
    /// The user agrees to a rotation of all keys, once for the old user-verification key and once
    /// for the new one.
    ReplaceKeys,
}

/// The reason why a key store failed.
// Not `uniffi::remote`: a callback error needs
// `From<UnexpectedUniFFICallbackError>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// The key does not exist.
    #[error("the key does not exist")]
    Missing,
    /// The platform invalidated the key, for example because a fingerprint was added.
    #[error("the key was invalidated")]
    Invalidated,
    /// The user cancelled the prompt.
    #[error("the user cancelled the prompt")]
    Cancelled,
    /// The prompt could not verify the user.
    #[error("the user could not be verified")]
    NotVerified,
    /// The phone has not been unlocked since it started.
    #[error("the phone is locked")]
    Locked,
    /// The key store failed for another reason.
    #[error("{reason}")]
    Unavailable {
        /// The reason in the platform's wording.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable { reason: error.reason }
    }
}

impl From<KeyStoreError> for platform::KeyStoreError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Missing => Self::Missing,
            KeyStoreError::Invalidated => Self::Invalidated,
            KeyStoreError::Cancelled => Self::Cancelled,
            KeyStoreError::NotVerified => Self::NotVerified,
            KeyStoreError::Locked => Self::Locked,
            KeyStoreError::Unavailable { reason } => Self::Unavailable(reason),
        }
    }
}

pub(crate) struct Foreign(pub(crate) Arc<dyn KeyStore>);

#[async_trait]
impl platform::KeyStore for Foreign {
    async fn create(&self, spec: platform::KeySpec) -> Result<platform::CreatedKey, platform::KeyStoreError> {
        let created = self.0.create(spec.into()).await?;
        let public = PublicKey::from_sec1(&created.public_key)
            .map_err(|_| malformed("create returned a public key that is not a P-256 point in 65 bytes"))?;
        Ok(platform::CreatedKey {
            handle: platform::KeyHandle(created.handle),
            public,
            protection: created.protection,
            verification: created.verification,
            evidence: created.evidence,
        })
    }

    async fn sign(&self, key: &platform::KeyHandle, message: &[u8]) -> Result<[u8; 64], platform::KeyStoreError> {
        sixty_four(self.0.sign(key.0.clone(), Bytes(message.to_vec())).await?)
    }

    async fn sign_with_user_verification(
        &self,
        key: &platform::KeyHandle,
        message: &[u8],
        prompt: Prompt,
    ) -> Result<[u8; 64], platform::KeyStoreError> {
        let input = Bytes(message.to_vec());
        sixty_four(self.0.sign_with_user_verification(key.0.clone(), input, prompt).await?)
    }

    fn agree(
        &self,
        key: &platform::KeyHandle,
        peer: &PublicKey,
    ) -> Result<Zeroizing<[u8; 32]>, platform::KeyStoreError> {
        let secret = Zeroizing::new(self.0.agree(key.0.clone(), peer.as_sec1().to_vec())?);
        thirty_two(&secret, "agree did not return 32 bytes")
    }

    async fn delete(&self, key: &platform::KeyHandle) -> Result<(), platform::KeyStoreError> {
        Ok(self.0.delete(key.0.clone()).await?)
    }

    fn sealing_key(&self, state_exists: bool) -> Result<Zeroizing<[u8; 32]>, platform::KeyStoreError> {
        let key = Zeroizing::new(self.0.sealing_key(state_exists)?);
        thirty_two(&key, "sealing_key did not return 32 bytes")
    }
}

fn sixty_four(signature: Vec<u8>) -> Result<[u8; 64], platform::KeyStoreError> {
    signature.try_into().map_err(|_| malformed("sign did not return 64 bytes: convert DER with raw_signature"))
}

fn thirty_two(bytes: &[u8], error: &str) -> Result<Zeroizing<[u8; 32]>, platform::KeyStoreError> {
    let mut array = Zeroizing::new([0; 32]);
    if bytes.len() != array.len() {
        return Err(malformed(error));
    }
    array.copy_from_slice(bytes);
    Ok(array)
}

fn malformed(error: &str) -> platform::KeyStoreError {
    platform::KeyStoreError::Unavailable(error.to_owned())
}

impl From<platform::KeySpec> for KeySpec {
    fn from(spec: platform::KeySpec) -> Self {
        Self { role: spec.role, issuer: spec.issuer.to_string(), challenge: spec.challenge.as_bytes().to_vec() }
    }
}
