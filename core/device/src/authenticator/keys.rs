//! Keys of the key store: made so that none is lost or taken twice, and used so that a wrong answer is noticed.

use super::Inner;
use super::enrol::broken;
use crate::error::AuthenticatorError;
use crate::platform::{CreatedKey, DiagnosticEvent, KeyHandle, KeyRole, KeySpec, KeyStoreError, Prompt};
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::Message as _;
use countersign_protocol::message::claims::Issuer;
use countersign_protocol::message::proof::KeyProof;

impl Inner {
    /// Makes a key for each role, all or none. Each is noted as nascent, so that a kill forgets none.
    pub(super) async fn create_keys<const N: usize>(
        &self,
        issuer: &Issuer,
        challenge: Digest,
        roles: [KeyRole; N],
    ) -> Result<[CreatedKey; N], AuthenticatorError> {
        let mut made: Vec<CreatedKey> = Vec::with_capacity(N);
        for role in roles {
            let spec = KeySpec { role, issuer: issuer.clone(), challenge };
            match self.create_key(spec, &made).await {
                Ok(key) => made.push(key),
                Err(error) => {
                    let handles: Vec<KeyHandle> = made.into_iter().map(|key| key.handle).collect();
                    self.abandon(&handles).await;
                    return Err(error);
                }
            }
        }
        made.try_into().map_err(|_| AuthenticatorError::Broken)
    }

    async fn create_key(&self, spec: KeySpec, made: &[CreatedKey]) -> Result<CreatedKey, AuthenticatorError> {
        let key = self.platform.keys.create(spec).await?;
        let again = |other: &CreatedKey| other.handle == key.handle || other.public == key.public;
        if made.iter().any(again) || self.state().knows_key(&key.handle, &key.public) {
            // Not deleted: it is somebody's.
            return Err(KeyStoreError::Unavailable("it gave a key again instead of a new one".into()).into());
        }
        let noted = self.commit(|state, _| -> Result<(), AuthenticatorError> {
            state.nascent.push(key.handle.clone());
            Ok(())
        });
        if let Err(error) = noted {
            self.abandon(std::slice::from_ref(&key.handle)).await;
            return Err(error);
        }
        Ok(key)
    }

    /// Deletes keys of something that failed. It has failed with a better reason than that its keys could not be deleted;
    /// those that cannot are left to the next start.
    pub(super) async fn abandon(&self, handles: &[KeyHandle]) {
        let mut deleted = Vec::new();
        for handle in handles {
            if self.platform.keys.delete(handle).await.is_ok() {
                deleted.push(handle);
            }
        }
        let forgotten: Result<(), AuthenticatorError> = self.commit(|state, _| {
            state.nascent.retain(|handle| !deleted.contains(&handle));
            Ok(())
        });
        if forgotten.is_err() {
            self.platform.diagnostics.record(DiagnosticEvent { during: "keys", code: "state" });
        }
    }

    /// `adp-proof+jwt` by this key.
    pub(super) async fn prove(
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

    /// Signs with a key of the key store and checks what it gave back.
    pub(super) async fn sign(
        &self,
        key: &KeyHandle,
        public: &PublicKey,
        message: &[u8],
        prompt: Option<Prompt>,
    ) -> Result<[u8; 64], AuthenticatorError> {
        let signature = self.platform.keys.sign(key, message, prompt).await?;
        public
            .verify(message, &signature)
            .map_err(|_| KeyStoreError::Unavailable("it signed with another key".into()))?;
        Ok(signature)
    }
}
