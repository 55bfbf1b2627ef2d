//! The key store of the test phone, which can fail or return wrong results.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use countersign_core::adapters::desktop::SoftwareKeyStore;
use countersign_core::jose::PublicKey;
use countersign_core::message::decision::Verification;
use countersign_core::platform::{CreatedKey, KeyHandle, KeySpec, KeyStore, KeyStoreError, Prompt};
use zeroize::Zeroizing;

use crate::fuse::Fuse;

/// The failures of the key store.
#[derive(Default)]
pub(crate) struct Failures {
    pub(crate) fault: Mutex<Option<Failure>>,
    /// The keys that it created, oldest first.
    pub(crate) made: Mutex<Vec<CreatedKey>>,
}

#[derive(Clone)]
pub(crate) enum Failure {
    /// It creates no more than this number of keys.
    Full(usize),
    /// It returns the first key that it created.
    FirstAgain,
    /// It returns the last key that it created.
    LastAgain,
    /// It returns a new key with the public key of the last one.
    LastPublic,
    /// Its keys verify nobody.
    VerifiesNobody,
    /// It does not sign with this key.
    FailsToSign(usize, KeyStoreError),
    /// It signs other bytes.
    SignsOther,
    /// It returns a signature of zeros.
    SignsZeros,
    /// It fails at key agreement.
    FailsToAgree(KeyStoreError),
    /// It returns another shared secret.
    AgreesOther,
    /// It deletes none of these keys.
    FailsToDelete(Range<usize>),
    /// It does not return the sealing key.
    FailsToUnseal(KeyStoreError),
}

impl Failures {
    pub(crate) fn set(&self, fault: Failure) {
        *self.fault.lock().unwrap() = Some(fault);
    }

    pub(crate) fn clear(&self) {
        *self.fault.lock().unwrap() = None;
    }

    fn now(&self) -> Option<Failure> {
        self.fault.lock().unwrap().clone()
    }
}

/// A key store that can fail or return wrong results.
pub(crate) struct TestKeys {
    pub(crate) inner: SoftwareKeyStore,
    pub(crate) faults: Arc<Failures>,
    pub(crate) fuse: Arc<Fuse>,
}

impl TestKeys {
    /// Signs as the call with or without a prompt does, with the present fault.
    async fn signed(&self, key: &KeyHandle, message: &[u8], prompt: Option<Prompt>) -> Result<[u8; 64], KeyStoreError> {
        self.fuse.step().await;
        let is_made = |at: usize| self.faults.made.lock().unwrap().get(at).is_some_and(|made| made.handle == *key);
        let message = match self.faults.now() {
            Some(Failure::FailsToSign(at, error)) if is_made(at) => Err(error),
            Some(Failure::SignsOther) => Ok(b"other".as_slice()),
            _ => Ok(message),
        };
        let signature = match (message, prompt) {
            (Err(error), _) => Err(error),
            (Ok(_), _) if matches!(self.faults.now(), Some(Failure::SignsZeros)) => Ok([0; 64]),
            (Ok(message), Some(prompt)) => self.inner.sign_with_user_verification(key, message, prompt).await,
            (Ok(message), None) => self.inner.sign(key, message).await,
        };
        self.fuse.step().await;
        signature
    }
}

#[async_trait]
impl KeyStore for TestKeys {
    async fn create(&self, spec: KeySpec) -> Result<CreatedKey, KeyStoreError> {
        self.fuse.step().await;
        let made = self.faults.made.lock().unwrap().clone();
        let key = match self.faults.now() {
            Some(Failure::Full(most)) if made.len() >= most => return Err(KeyStoreError::Unavailable("full".into())),
            Some(Failure::FirstAgain) => return Ok(made.first().unwrap().clone()),
            Some(Failure::LastAgain) if !made.is_empty() => return Ok(made.last().unwrap().clone()),
            Some(Failure::LastPublic) if !made.is_empty() => {
                CreatedKey { public: made.last().unwrap().public.clone(), ..self.inner.create(spec).await? }
            }
            Some(Failure::VerifiesNobody) => {
                CreatedKey { verification: Verification::None, ..self.inner.create(spec).await? }
            }
            _ => self.inner.create(spec).await?,
        };
        self.faults.made.lock().unwrap().push(key.clone());
        self.fuse.step().await;
        Ok(key)
    }

    async fn sign(&self, key: &KeyHandle, message: &[u8]) -> Result<[u8; 64], KeyStoreError> {
        self.signed(key, message, None).await
    }

    async fn sign_with_user_verification(
        &self,
        key: &KeyHandle,
        message: &[u8],
        prompt: Prompt,
    ) -> Result<[u8; 64], KeyStoreError> {
        self.signed(key, message, Some(prompt)).await
    }

    fn agree(&self, key: &KeyHandle, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        match self.faults.now() {
            Some(Failure::FailsToAgree(error)) => Err(error),
            Some(Failure::AgreesOther) => Ok(Zeroizing::new([0; 32])),
            _ => self.inner.agree(key, peer),
        }
    }

    async fn delete(&self, key: &KeyHandle) -> Result<(), KeyStoreError> {
        self.fuse.step().await;
        let place = self.faults.made.lock().unwrap().iter().position(|made| made.handle == *key);
        let deleted = match self.faults.now() {
            Some(Failure::FailsToDelete(keys)) if place.is_some_and(|place| keys.contains(&place)) => {
                Err(KeyStoreError::Locked)
            }
            _ => self.inner.delete(key).await,
        };
        self.fuse.step().await;
        deleted
    }

    fn sealing_key(&self, state_exists: bool) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        match self.faults.now() {
            Some(Failure::FailsToUnseal(error)) => Err(error),
            _ => self.inner.sealing_key(state_exists),
        }
    }
}
