//! Private keys, in the shell.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_core::jose::PublicKey;
use countersign_core::message::{decision, enrolment};
use countersign_core::platform;
use zeroize::Zeroizing;

use crate::Bytes;

/// Makes and uses private keys, which never leave it. All are P-256.
#[uniffi::export(foreign)]
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Makes a key.
    async fn create(&self, spec: KeySpec) -> Result<CreatedKey, KeyStoreError>;

    /// ES256 over these bytes: 64 bytes `r ‖ s` (`raw_signature` makes them from DER). With a prompt the platform verifies the
    /// user first; a user-verification key must refuse without one.
    async fn sign(&self, handle: String, input: Bytes, prompt: Option<Prompt>) -> Result<Vec<u8>, KeyStoreError>;

    /// Deletes a key. Deleting one that is gone is no error.
    async fn delete(&self, handle: String) -> Result<(), KeyStoreError>;

    /// ECDH of an encryption key with this public key (65 bytes, SEC 1): the x coordinate, 32 bytes. Synchronous, since a
    /// notification extension calls it. The peer is on the curve; that was checked.
    fn agree(&self, handle: String, peer: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;

    /// The 32 bytes that seal the state: made at the first call, the same ever after. If they are lost while `state_exists`, this
    /// throws `Missing` rather than make others.
    fn sealing_key(&self, state_exists: bool) -> Result<Vec<u8>, KeyStoreError>;
}

/// What key is wanted.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeySpec {
    /// What for.
    pub role: KeyRole,
    /// For which issuer; keys are never shared between two.
    pub issuer: String,
    /// The 32 bytes that the hardware is to attest the key for.
    pub challenge: Vec<u8>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum KeyRole {
    /// Signs without a prompt, after the first unlock.
    Device,
    /// Signs once for each verification of the user.
    UserVerification,
    /// Key agreement, after the first unlock.
    Encryption,
}

/// A new key.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CreatedKey {
    /// The key store's name for it from now on.
    pub handle: String,
    /// Its public half as 65 bytes (SEC 1; `public_key_from_spki` makes them from Java's form).
    pub public_key: Vec<u8>,
    /// Where it lives.
    pub protection: Protection,
    /// How its prompt verifies the user.
    pub verification: Verification,
    /// Its attestation chain, leaf first, each in base64; empty for software.
    pub evidence: Vec<String>,
}

/// Where a private key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Protection {
    /// A dedicated secure element of Android.
    StrongBox,
    /// A trusted execution environment.
    Tee,
    /// Apple's Secure Enclave.
    SecureEnclave,
    /// Software.
    Software,
}

/// How a prompt verifies the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Verification {
    /// Fingerprint or face.
    Biometric,
    /// PIN, pattern or password of the phone.
    Credential,
    /// Not at all.
    None,
}

/// What a prompt is for; the shell has the words.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Prompt {
    /// What the user does.
    pub purpose: PromptPurpose,
    /// For whom: the bank's name.
    pub issuer_name: String,
}

/// What a prompt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PromptPurpose {
    /// Adding this phone.
    Enrol,
    /// Approving a request.
    Approve,
    /// Replacing the keys of an enrolment: once with the old user-verification key, once with the new one.
    ReplaceKeys,
}

/// Why a key store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// The key is gone.
    #[error("the key is gone")]
    Missing,
    /// The platform invalidated it, for example because a fingerprint was added.
    #[error("the key was invalidated")]
    Invalidated,
    /// The user closed the prompt.
    #[error("the prompt was closed")]
    Cancelled,
    /// The user was not recognised.
    #[error("the user was not recognised")]
    NotVerified,
    /// The phone has not been unlocked since it started.
    #[error("the phone is locked")]
    Locked,
    /// Anything else.
    #[error("{reason}")]
    Unavailable {
        /// Why, in the platform's words.
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
            .map_err(|_| garbage("create gave a public key that is not a point of P-256 in 65 bytes"))?;
        Ok(platform::CreatedKey {
            handle: platform::KeyHandle(created.handle),
            public,
            protection: created.protection.into(),
            verification: created.verification.into(),
            evidence: created.evidence,
        })
    }

    async fn sign(
        &self,
        key: &platform::KeyHandle,
        message: &[u8],
        prompt: Option<platform::Prompt>,
    ) -> Result<[u8; 64], platform::KeyStoreError> {
        let signature = self.0.sign(key.0.clone(), Bytes(message.to_vec()), prompt.map(Prompt::from)).await?;
        signature
            .try_into()
            .map_err(|_| garbage("sign gave something else than 64 bytes: convert DER with raw_signature"))
    }

    fn agree(
        &self,
        key: &platform::KeyHandle,
        peer: &PublicKey,
    ) -> Result<Zeroizing<[u8; 32]>, platform::KeyStoreError> {
        let secret = Zeroizing::new(self.0.agree(key.0.clone(), peer.as_sec1().to_vec())?);
        thirty_two(&secret, "agree gave something else than 32 bytes")
    }

    async fn delete(&self, key: &platform::KeyHandle) -> Result<(), platform::KeyStoreError> {
        Ok(self.0.delete(key.0.clone()).await?)
    }

    fn sealing_key(&self, state_exists: bool) -> Result<Zeroizing<[u8; 32]>, platform::KeyStoreError> {
        let key = Zeroizing::new(self.0.sealing_key(state_exists)?);
        thirty_two(&key, "sealing_key gave something else than 32 bytes")
    }
}

fn thirty_two(bytes: &[u8], otherwise: &str) -> Result<Zeroizing<[u8; 32]>, platform::KeyStoreError> {
    let mut array = Zeroizing::new([0; 32]);
    if bytes.len() != array.len() {
        return Err(garbage(otherwise));
    }
    array.copy_from_slice(bytes);
    Ok(array)
}

fn garbage(what: &str) -> platform::KeyStoreError {
    platform::KeyStoreError::Unavailable(what.to_owned())
}

impl From<platform::KeySpec> for KeySpec {
    fn from(spec: platform::KeySpec) -> Self {
        Self {
            role: match spec.role {
                platform::KeyRole::Device => KeyRole::Device,
                platform::KeyRole::UserVerification => KeyRole::UserVerification,
                platform::KeyRole::Encryption => KeyRole::Encryption,
            },
            issuer: spec.issuer.to_string(),
            challenge: spec.challenge.as_bytes().to_vec(),
        }
    }
}

impl From<platform::Prompt> for Prompt {
    fn from(prompt: platform::Prompt) -> Self {
        let purpose = match prompt.purpose {
            platform::PromptPurpose::Enrol => PromptPurpose::Enrol,
            platform::PromptPurpose::Approve => PromptPurpose::Approve,
            platform::PromptPurpose::ReplaceKeys => PromptPurpose::ReplaceKeys,
        };
        Self { purpose, issuer_name: prompt.issuer_name }
    }
}

impl From<Protection> for enrolment::Protection {
    fn from(protection: Protection) -> Self {
        match protection {
            Protection::StrongBox => Self::Strongbox,
            Protection::Tee => Self::Tee,
            Protection::SecureEnclave => Self::SecureEnclave,
            Protection::Software => Self::Software,
        }
    }
}

impl From<enrolment::Protection> for Protection {
    fn from(protection: enrolment::Protection) -> Self {
        match protection {
            enrolment::Protection::Strongbox => Self::StrongBox,
            enrolment::Protection::Tee => Self::Tee,
            enrolment::Protection::SecureEnclave => Self::SecureEnclave,
            enrolment::Protection::Software => Self::Software,
        }
    }
}

impl From<Verification> for decision::Verification {
    fn from(verification: Verification) -> Self {
        match verification {
            Verification::Biometric => Self::Biometric,
            Verification::Credential => Self::Credential,
            Verification::None => Self::None,
        }
    }
}
