//! New DK and EK for an enrolment. Both pairs are kept until the issuer's receipt says which counts, so that neither a kill nor a
//! lost answer can cost the enrolment.

use super::call::{Call, Caller};
use super::enrol::broken;
use super::{Authenticator, Inner, Refusal};
use crate::device::{Enrolment, KeyRing, Rotation, inbound};
use crate::error::{AuthenticatorError, Rejection};
use crate::jose::sealed::{Sealed, seal};
use crate::jose::{Digest, PublicKey, wipe};
use crate::message::claims::{EnrolmentId, Jti};
use crate::message::enrolment::{KeySetEvidence, KeySetProtection};
use crate::message::proof::{KeyProof, KeySet};
use crate::message::receipt::Outcome;
use crate::message::status::EnrolmentState;
use crate::message::update::{Change, LIFETIME, NewKeys, Update, attestation_challenge};
use crate::message::{MAX_MESSAGE, Message as _};
use crate::platform::{CreatedKey, KeyHandle, KeyRole, KeyStoreError, Method};

impl Authenticator {
    /// Replaces the device key and the encryption key of an enrolment; the user-verification key stays. Without an answer the new
    /// keys wait, the old ones still count, and a [`refresh`](Self::refresh) or another call of this finishes it. If the server
    /// says no, the new keys go and the old ones stay.
    pub async fn rotate_keys(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let inner = &*self.inner;
        let waits = inner.state().enrolment(enrolment)?.rotation.is_some();
        if !waits {
            inner.begin_rotation(enrolment).await?;
        }
        let settled = inner.settle_rotation(enrolment).await;
        inner.bury().await;
        settled
    }
}

impl Inner {
    /// Sends new keys that wait, and takes the receipt. Does nothing if none wait. An issuer that took them knows the new DK
    /// alone: if it refuses the old one, the same bytes go out with the new one.
    pub(super) async fn settle_rotation(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let Some(Rotation { keys, update, .. }) = self.state().enrolment(id)?.rotation.clone() else { return Ok(()) };
        let sent = Digest::of(update.as_bytes());
        let url = self.endpoint(id, |endpoints| endpoints.device.clone())?;
        let call = Call { method: Method::Post, url, body: update.into_bytes(), max_answer: MAX_MESSAGE };
        let old = self.caller(id)?;
        let receipt = match self.call(&old, &call).await {
            Err(refused) if refused.is_of_caller() => {
                let new = Caller { dk: keys.dk, public: keys.public.dk, ..old };
                match self.call(&new, &call).await {
                    Err(AuthenticatorError::Server { .. }) => Err(refused),
                    answer => answer,
                }
            }
            answer => answer,
        }?;
        match self.taken(id, "receipt", || self.take_rotation_receipt(id, &receipt, &sent)).await? {
            Outcome::Accepted => Ok(()),
            other => Err(AuthenticatorError::NotAccepted(other)),
        }
    }

    /// The same for what only needs to know which keys count: a server that does not settle it now keeps nothing else back.
    pub(super) async fn settle_waiting(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        match self.settle_rotation(id).await {
            Err(error @ (AuthenticatorError::Transport(_) | AuthenticatorError::Clock(_))) => Err(error),
            _ => Ok(()),
        }
    }

    async fn begin_rotation(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let enrolment = self.state().enrolment(id)?.clone();
        if enrolment.state != EnrolmentState::Active {
            return Err(AuthenticatorError::NotActive(enrolment.state));
        }
        let jti = Jti::random().map_err(broken)?;
        let challenge = attestation_challenge(&enrolment.issuer, id, &jti);
        let [dk, ek] = self.create_keys(&enrolment.issuer, challenge, [KeyRole::Device, KeyRole::Encryption]).await?;
        let handles = [dk.handle.clone(), ek.handle.clone()];
        let begun = self.keep_rotation(&enrolment, jti, dk, ek).await;
        if !matches!(begun, Ok(true)) {
            self.abandon(&handles).await;
        }
        begun.map(|_| ())
    }

    /// Signs the update and keeps it with the new keys. False if another rotation was quicker.
    async fn keep_rotation(
        &self,
        enrolment: &Enrolment,
        jti: Jti,
        dk: CreatedKey,
        ek: CreatedKey,
    ) -> Result<bool, AuthenticatorError> {
        self.prove_agreement(&ek.handle, &ek.public)?;
        let old = &enrolment.keys;
        let public = KeySet { dk: dk.public, uvk: old.public.uvk.clone(), ek: ek.public };
        let protection = KeySetProtection { dk: dk.protection, uvk: old.protection.uvk, ek: ek.protection };
        let nonce = jti.as_str().parse().map_err(|_| AuthenticatorError::Broken)?;
        let proof = KeyProof { aud: enrolment.issuer.clone(), nonce, keys: public.thumbprints() };
        let input = proof.signing_input(public.dk.thumbprint()).map_err(broken)?;
        let signature = self.sign(&dk.handle, &public.dk, input.as_bytes(), None).await?;
        let now = self.now(&enrolment.id)?;
        let update = Update {
            iss: enrolment.id.clone(),
            aud: enrolment.issuer.clone(),
            jti,
            number: self.draw_number(&enrolment.id)?,
            iat: now,
            exp: now.plus(LIFETIME),
            change: Change::Keys(Box::new(NewKeys {
                keys: public.clone(),
                protection: protection.clone(),
                evidence: KeySetEvidence { dk: dk.evidence, uvk: Vec::new(), ek: ek.evidence },
                dk_proof: Some(input.finish(&signature)),
            })),
        };
        let input = update.signing_input(old.public.dk.thumbprint()).map_err(broken)?;
        let signature = self.sign(&old.dk, &old.public.dk, input.as_bytes(), None).await?;
        let keys = KeyRing { public, protection, dk: dk.handle, ek: ek.handle, ..old.clone() };
        let rotation = Rotation { keys, update: input.finish(&signature), exp: update.exp };
        self.commit(|state, _| state.begin_rotation(&enrolment.id, &old.public.dk, rotation, update.number))
    }

    /// Whether the key store opens what is sealed to a new encryption key: once it is the issuer's, it is too late to find out.
    fn prove_agreement(&self, key: &KeyHandle, public: &PublicKey) -> Result<(), AuthenticatorError> {
        let sealed = seal(b"proof", public).map_err(broken)?;
        let sealed = Sealed::parse(&sealed, MAX_MESSAGE).map_err(broken)?;
        wipe::stack_after(|| {
            let secret = self.platform.keys.agree(key, sealed.epk())?;
            sealed.open(&secret).map_err(|_| KeyStoreError::Unavailable("it agreed with another key".into()))?;
            Ok(())
        })
    }

    fn take_rotation_receipt(&self, id: &EnrolmentId, jws: &str, sent: &Digest) -> Result<Outcome, Refusal> {
        let enrolment = self.state().enrolment(id)?.clone();
        let receipt = inbound::open_receipt(jws, &enrolment)?.message;
        if receipt.message_hash != *sent || receipt.txn.is_some() {
            return Err(Rejection::Receipt.into());
        }
        let restored = self.commit(|state, reading| -> Result<bool, Refusal> {
            state.end_rotation(id, &receipt)?;
            Ok(state.take_word(id, &receipt, reading)?)
        })?;
        self.tell_restored("receipt", restored);
        Ok(receipt.outcome)
    }
}
