//! Use of the key store: keys are created so that none is lost or used twice, signatures are
//! verified, and unused keys are deleted.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::authenticator::Inner;
use crate::authenticator::call::signing_input;
use crate::error::AuthenticatorError;
use crate::platform::{CreatedKey, DiagnosticEvent, KeyHandle, KeyRole, KeySpec, KeyStoreError, Prompt};
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::claims::Issuer;
use countersign_protocol::message::decision::Verification;
use countersign_protocol::message::proof::KeyProof;

/// An operation that creates keys. While it exists, pending keys are not left over.
pub(in crate::authenticator) struct Creating<'a>(&'a AtomicUsize);

impl Drop for Creating<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Inner {
    /// Begins an operation that creates keys. Keep the value until the keys are stored or deleted.
    ///
    /// If the future of the operation is dropped, its keys stay pending. They are deleted with the
    /// keys that are marked for deletion once no operation is in progress.
    pub(in crate::authenticator) async fn begin_creating(&self) -> Creating<'_> {
        self.delete_marked_keys().await;
        self.shared.creating.fetch_add(1, Ordering::SeqCst);
        Creating(&self.shared.creating)
    }

    /// Creates a key for each role, all or none. Each is stored as pending at once, so that none is
    /// lost if the process is killed. A user-verification key must verify the user.
    pub(in crate::authenticator) async fn create_keys<const N: usize>(
        &self,
        issuer: &Issuer,
        challenge: Digest,
        roles: [KeyRole; N],
    ) -> Result<[CreatedKey; N], AuthenticatorError> {
        let mut created: Vec<CreatedKey> = Vec::with_capacity(N);
        for role in roles {
            let spec = KeySpec { role, issuer: issuer.clone(), challenge };
            match self.create_key(spec, &created).await {
                Ok(key) => created.push(key),
                Err(error) => {
                    let handles: Vec<KeyHandle> = created.into_iter().map(|key| key.handle).collect();
                    self.delete_pending_keys(&handles).await;
                    return Err(error);
                }
            }
        }
        created.try_into().map_err(|_| AuthenticatorError::Broken)
    }

    async fn create_key(&self, spec: KeySpec, created: &[CreatedKey]) -> Result<CreatedKey, AuthenticatorError> {
        let role = spec.role;
        let key = self.platform.keys.create(spec).await?;
        let same = |other: &CreatedKey| other.handle == key.handle || other.public == key.public;
        if created.iter().any(same) || self.state().knows_key(&key.handle, &key.public) {
            // The key is in use elsewhere, so it is not deleted.
            return Err(KeyStoreError::Unavailable("it returned an existing key instead of a new one".into()).into());
        }
        let stored = self.commit(|state, _| -> Result<(), AuthenticatorError> {
            state.pending_keys.push(key.handle.clone());
            Ok(())
        });
        let verifies = role != KeyRole::UserVerification || key.verification != Verification::None;
        let usable = stored.and_then(|()| if verifies { Ok(()) } else { Err(KeyStoreError::NoVerification.into()) });
        if let Err(error) = usable {
            self.delete_pending_keys(std::slice::from_ref(&key.handle)).await;
            return Err(error);
        }
        Ok(key)
    }

    /// Deletes the new keys of an operation that failed. The caller returns the error of the
    /// operation. Keys that cannot be deleted stay pending until the next attempt.
    pub(in crate::authenticator) async fn delete_pending_keys(&self, handles: &[KeyHandle]) {
        let mut deleted = Vec::new();
        for handle in handles {
            if self.platform.keys.delete(handle).await.is_ok() {
                deleted.push(handle);
            }
        }
        let removed: Result<(), AuthenticatorError> = self.commit(|state, _| {
            state.pending_keys.retain(|handle| !deleted.contains(&handle));
            Ok(())
        });
        self.report_unsaved("keys", removed.is_ok());
    }

    /// Deletes the keys that are marked for deletion, and pending keys that are left over. Keys
    /// that cannot be deleted stay marked.
    pub(in crate::authenticator) async fn delete_marked_keys(&self) {
        self.mark_left_over_keys();
        let marked = self.state().keys_to_delete.clone();
        let mut deleted = Vec::new();
        for handle in marked {
            if self.platform.keys.delete(&handle).await.is_ok() {
                deleted.push(handle);
            }
        }
        if deleted.is_empty() {
            return;
        }
        let removed: Result<(), AuthenticatorError> = self.commit(|state, _| {
            state.keys_to_delete.retain(|handle| !deleted.contains(handle));
            Ok(())
        });
        self.report_unsaved("delete_keys", removed.is_ok());
    }

    /// Marks pending keys for deletion if no operation that creates keys is in progress. The future
    /// of their operation was dropped, or they could not be deleted after a failure.
    fn mark_left_over_keys(&self) {
        if self.state().pending_keys.is_empty() {
            return;
        }
        let marked: Result<(), AuthenticatorError> = self.commit(|state, _| {
            if self.shared.creating.load(Ordering::SeqCst) == 0 {
                state.mark_pending_keys();
            }
            Ok(())
        });
        self.report_unsaved("keys", marked.is_ok());
    }

    fn report_unsaved(&self, during: &'static str, saved: bool) {
        if !saved {
            self.platform.diagnostics.record(DiagnosticEvent { during, code: "state" });
        }
    }

    /// Signs an `adp-proof+jwt` with a key.
    pub(in crate::authenticator) async fn sign_proof(
        &self,
        proof: &KeyProof,
        key: &KeyHandle,
        public: &PublicKey,
        prompt: Option<Prompt>,
    ) -> Result<String, AuthenticatorError> {
        let input = signing_input(proof, public)?;
        let signature = self.sign(key, public, input.as_bytes(), prompt).await?;
        Ok(input.finish(&signature))
    }

    /// Signs with a key of the key store and verifies the signature.
    pub(in crate::authenticator) async fn sign(
        &self,
        key: &KeyHandle,
        public: &PublicKey,
        message: &[u8],
        prompt: Option<Prompt>,
    ) -> Result<[u8; 64], AuthenticatorError> {
        let keys = &self.platform.keys;
        let signature = match prompt {
            Some(prompt) => keys.sign_with_user_verification(key, message, prompt).await?,
            None => keys.sign(key, message).await?,
        };
        public
            .verify(message, &signature)
            .map_err(|_| KeyStoreError::Unavailable("it signed with another key".into()))?;
        Ok(signature)
    }
}
