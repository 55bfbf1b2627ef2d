//! Use of the key store: keys are created so that none is lost or used twice, signatures are
//! verified, and unused keys are deleted.

use crate::authenticator::Inner;
use crate::authenticator::enrol::broken;
use crate::error::AuthenticatorError;
use crate::platform::{CreatedKey, DiagnosticEvent, KeyHandle, KeyRole, KeySpec, KeyStoreError, Prompt};
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::Message as _;
use countersign_protocol::message::claims::Issuer;
use countersign_protocol::message::decision::Verification;
use countersign_protocol::message::proof::KeyProof;

impl Inner {
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
    /// operation. Keys that cannot be deleted stay pending and are deleted after the next start.
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
        if removed.is_err() {
            self.platform.diagnostics.record(DiagnosticEvent { during: "keys", code: "state" });
        }
    }

    /// Deletes the keys that are marked for deletion. Keys that cannot be deleted stay marked.
    pub(in crate::authenticator) async fn delete_marked_keys(&self) {
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
        if removed.is_err() {
            self.platform.diagnostics.record(DiagnosticEvent { during: "delete_keys", code: "state" });
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
        let input = proof.signing_input(public.thumbprint()).map_err(broken)?;
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
