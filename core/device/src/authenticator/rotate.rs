//! New keys for an enrolment, without UVK or with it. Old and new ones are kept until the issuer's receipt says which count, so
//! that neither a kill nor a lost answer can cost the enrolment.

use super::call::{Call, Caller};
use super::enrol::broken;
use super::replacing::{Replaced, Replacing};
use super::{Authenticator, Inner, Refusal};
use crate::device::{Enrolment, Rotation, inbound};
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::Method;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{EnrolmentId, Jti};
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::update::{Change, LIFETIME_SECS, Update, attestation_challenge};
use countersign_protocol::message::{MAX_MESSAGE_BYTES, Message as _};

impl Authenticator {
    /// Replaces the device key and the encryption key of an enrolment; the user-verification key stays. Without an answer the new
    /// keys wait, the old ones still count, and a [`refresh`](Self::refresh) or another call of this finishes it. If the server
    /// says no, the new keys go and the old ones stay.
    pub async fn rotate_keys(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let inner = &*self.inner;
        let waits = inner.state().enrolment(enrolment)?.rotation.is_some();
        if !waits {
            inner.begin_rotation(enrolment, Replaced::DeviceAndEncryption).await?;
        }
        let settled = inner.settle_rotation(enrolment).await;
        inner.bury().await;
        settled
    }

    /// Replaces all three keys of an enrolment. Prompts the user twice: the old user-verification key says that the user agrees,
    /// the new one that it verifies the user. Otherwise as [`rotate_keys`](Self::rotate_keys).
    ///
    /// It does not begin while an approval waits for its receipt, and no approval is made while it waits for its own:
    /// [`Unsettled`](AuthenticatorError::Unsettled). A user-verification key that the platform has
    /// [invalidated](crate::platform::KeyStoreError::Invalidated) cannot agree any more: the new keys are deleted, the enrolment
    /// stays as it is, and the bank has to identify the user and make a new offer.
    pub async fn rotate_all_keys(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let inner = &*self.inner;
        let settled = inner.rotate_all(enrolment).await;
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
        let call = Call { method: Method::Post, url, body: update.into_bytes(), max_answer: MAX_MESSAGE_BYTES };
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

    /// Settles new keys that replace UVK before an approval is made.
    pub(super) async fn settle_uvk(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        if !self.state().enrolment(id)?.awaits_uvk() {
            return Ok(());
        }
        let settled = self.settle_rotation(id).await;
        let waits = self.state().enrolment(id)?.awaits_uvk();
        if settled.is_err() && waits { Err(AuthenticatorError::Unsettled) } else { Ok(()) }
    }

    /// Finishes a replacement of all keys that was begun, or begins one after whatever else waits was settled.
    async fn rotate_all(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let begun = self.state().enrolment(id)?.awaits_uvk();
        self.settle_rotation(id).await?;
        if begun {
            return Ok(());
        }
        self.settle_approvals(id).await?;
        self.begin_rotation(id, Replaced::All).await?;
        self.settle_rotation(id).await
    }

    /// Sends kept approvals. One that still waits was signed by the UVK that is to go.
    async fn settle_approvals(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        if !self.state().enrolment(id)?.approval_waits() {
            return Ok(());
        }
        let sent = self.flush(id, &mut Vec::new()).await;
        let waits = self.state().enrolment(id)?.approval_waits();
        if sent.is_err() && waits { Err(AuthenticatorError::Unsettled) } else { Ok(()) }
    }

    async fn begin_rotation(&self, id: &EnrolmentId, replaced: Replaced) -> Result<(), AuthenticatorError> {
        let enrolment = self.state().enrolment(id)?.clone();
        if enrolment.state != EnrolmentState::Active {
            return Err(AuthenticatorError::NotActive(enrolment.state));
        }
        let jti = Jti::random().map_err(broken)?;
        let challenge = attestation_challenge(&enrolment.issuer, id, &jti);
        let new = self.create_replacing(&enrolment.issuer, challenge, replaced).await?;
        let handles = new.handles();
        let begun = self.keep_rotation(&enrolment, jti, new).await;
        if !matches!(begun, Ok(true)) {
            self.abandon(&handles).await;
        }
        begun.map(|_| ())
    }

    /// Signs the update and keeps it with the new keys. False if another rotation was quicker.
    async fn keep_rotation(&self, enrolment: &Enrolment, jti: Jti, new: Replacing) -> Result<bool, AuthenticatorError> {
        let old = &enrolment.keys;
        let proved = self.prove_replacing(enrolment, &jti, &new).await?;
        let now = self.now(&enrolment.id)?;
        let update = Update {
            iss: enrolment.id.clone(),
            aud: enrolment.issuer.clone(),
            jti,
            number: self.draw_number(&enrolment.id)?,
            iat: now,
            exp: now.plus(LIFETIME_SECS),
            change: Change::Keys(Box::new(proved)),
        };
        let input = update.signing_input(old.public.dk.thumbprint()).map_err(broken)?;
        let signature = self.sign(&old.dk, &old.public.dk, input.as_bytes(), None).await?;
        let rotation = Rotation { keys: new.ring(old), update: input.finish(&signature), exp: update.exp };
        self.commit(|state, _| state.begin_rotation(&enrolment.id, &old.public.dk, rotation, update.number))
    }

    fn take_rotation_receipt(&self, id: &EnrolmentId, jws: &str, sent: &Digest) -> Result<Outcome, Refusal> {
        let enrolment = self.state().enrolment(id)?.clone();
        let receipt = inbound::open_receipt(jws, &enrolment)?.message;
        if receipt.message_hash != *sent || receipt.txn.is_some() {
            return Err(VerifyError::Receipt.into());
        }
        let restored = self.commit(|state, reading| -> Result<bool, Refusal> {
            state.end_rotation(id, &receipt)?;
            Ok(state.take_word(id, &receipt, reading)?)
        })?;
        self.tell_restored("receipt", restored);
        Ok(receipt.outcome)
    }
}
