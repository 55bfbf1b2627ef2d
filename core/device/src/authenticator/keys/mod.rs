//! The life of an enrolment's keys, from creation to deletion.
//!
//! ```text
//!            create                 store                    receipt: accepted
//! (nothing) ───────► pending keys ─────────► rotation waits ──────────────────► current keys
//!                         │      (or enrolment)   │                                   │
//!         failure, kill   │                       │ receipt: other outcome, or a      │ receipt of the
//!         or cancellation │                       │ signed time outside its validity  │ next rotation
//!                         ▼                       ▼                                   ▼
//!                      marked for deletion ◄──────────────── DK and EK: replaced keys; UVK: marked
//!                         │                    retired
//!                         ▼
//!                      deleted
//! ```
//!
//! | state of a key | where it is stored | leaves the state when |
//! |---|---|---|
//! | pending | [`State::pending_keys`] | enrolment or rotation is stored, failed, or its future was dropped |
//! | rotation waits | [`Enrolment::rotation`] | the receipt arrives, or signed time rules out acceptance |
//! | current | [`Enrolment::keys`] | a later rotation is accepted, or the enrolment is revoked |
//! | replaced | [`Enrolment::replaced_keys`] | no message for it can arrive any more and the outbox is empty |
//! | marked for deletion | [`State::keys_to_delete`] | the key store has deleted it |
//!
//! While a rotation waits, old and new keys are both stored. Neither a kill nor a lost response can
//! cost the enrolment. An unsigned response never changes the state of a key. An approval and a
//! rotation of the UVK are never in flight together, because an approval by the old UVK would be
//! rejected: the later of the two ends in [`AuthenticatorError::RotationConflict`].
//!
//! [`State::pending_keys`]: crate::device::State::pending_keys
//! [`State::keys_to_delete`]: crate::device::State::keys_to_delete

mod replacement;
mod store;

use self::replacement::{Replacement, Scope};
use super::call::{Call, Caller, signing_input};
use super::enrol::broken;
use super::{Authenticator, ChangeError, Inner};
use crate::device::{Enrolment, Rotation, inbound};
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::Method;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::MAX_MESSAGE_BYTES;
use countersign_protocol::message::claims::{EnrolmentId, Jti};
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::update::{Change, LIFETIME_SECS, Update, attestation_challenge};

impl Authenticator {
    /// Rotates the device key and the encryption key of an enrolment. The user-verification key
    /// stays, and the user is not prompted.
    ///
    /// Without a response the rotation waits and the old keys stay in use. A
    /// [`refresh`](Self::refresh) or another call of this function finishes it.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`], or [`AuthenticatorError::NotActive`] if the
    /// enrolment is not active. [`AuthenticatorError::NotAccepted`] if the issuer's receipt says
    /// so: the old keys stay and the new ones are deleted. [`AuthenticatorError::Transport`],
    /// [`AuthenticatorError::Server`] or [`AuthenticatorError::Rejected`] if there is no valid
    /// receipt: the rotation waits. [`AuthenticatorError::KeyStore`],
    /// [`AuthenticatorError::State`], [`AuthenticatorError::Clock`] or
    /// [`AuthenticatorError::Broken`] if the platform fails.
    pub async fn rotate_keys(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let inner = &*self.inner;
        let waits = inner.state().enrolment(enrolment)?.rotation.is_some();
        if !waits {
            inner.begin_rotation(enrolment, Scope::DeviceAndEncryption).await?;
        }
        let settled = inner.settle_rotation(enrolment).await;
        inner.delete_marked_keys().await;
        settled
    }

    /// Rotates all three keys of an enrolment.
    ///
    /// The user is prompted twice: with the old user-verification key, to agree, and with the new
    /// one, to show that it can verify the user. Otherwise as [`rotate_keys`](Self::rotate_keys).
    ///
    /// # Errors
    /// As [`rotate_keys`](Self::rotate_keys). [`AuthenticatorError::RotationConflict`] while an
    /// approval waits for its receipt. [`KeyStoreError::Invalidated`] if the platform has
    /// invalidated the old user-verification key: the new keys are deleted, the enrolment stays as
    /// it is, and the issuer must identify the user and make a new offer.
    ///
    /// [`KeyStoreError::Invalidated`]: crate::platform::KeyStoreError::Invalidated
    pub async fn rotate_all_keys(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let inner = &*self.inner;
        let settled = inner.rotate_all(enrolment).await;
        inner.delete_marked_keys().await;
        settled
    }
}

impl Inner {
    /// Sends the update of a rotation that waits, and applies the receipt. Without a rotation it
    /// does nothing.
    ///
    /// An issuer that accepted the update knows only the new DK. If it rejects the old DK as the
    /// caller, the same bytes are sent with a proof by the new DK.
    pub(super) async fn settle_rotation(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let Some(Rotation { keys, update, .. }) = self.state().enrolment(id)?.rotation.clone() else { return Ok(()) };
        let sent = Digest::of(update.as_bytes());
        let url = self.endpoint(id, |endpoints| endpoints.device.clone())?;
        let call = Call { method: Method::Post, url, body: update.into_bytes(), max_response_bytes: MAX_MESSAGE_BYTES };
        let old = self.caller(id)?;
        let receipt = match self.call(&old, &call).await {
            Err(error) if error.rejects_caller() => {
                let new = Caller { dk: keys.dk, public: keys.public.dk, ..old };
                match self.call(&new, &call).await {
                    Err(AuthenticatorError::Server { .. }) => Err(error),
                    response => response,
                }
            }
            response => response,
        }?;
        match self.apply_message(id, "receipt", || self.apply_rotation_receipt(id, &receipt, &sent)).await? {
            Outcome::Accepted => Ok(()),
            other => Err(AuthenticatorError::NotAccepted(other)),
        }
    }

    /// Settles a rotation before a call that only needs the current DK. Only a missing connection
    /// or clock is an error. The call can be made although the server does not settle the rotation
    /// now.
    pub(super) async fn try_settle_rotation(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        match self.settle_rotation(id).await {
            Err(error @ (AuthenticatorError::Transport(_) | AuthenticatorError::Clock(_))) => Err(error),
            _ => Ok(()),
        }
    }

    /// Settles a rotation of the UVK before an approval.
    pub(super) async fn settle_uvk(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        if !self.state().enrolment(id)?.awaits_uvk() {
            return Ok(());
        }
        let settled = self.settle_rotation(id).await;
        let waits = self.state().enrolment(id)?.awaits_uvk();
        if settled.is_err() && waits { Err(AuthenticatorError::RotationConflict) } else { Ok(()) }
    }

    /// Finishes a rotation of all keys that waits, or settles everything else and begins one.
    async fn rotate_all(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let begun = self.state().enrolment(id)?.awaits_uvk();
        self.settle_rotation(id).await?;
        if begun {
            return Ok(());
        }
        self.settle_approvals(id).await?;
        self.begin_rotation(id, Scope::All).await?;
        self.settle_rotation(id).await
    }

    /// Sends approvals in the outbox before a rotation of the UVK that signed them.
    async fn settle_approvals(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        if !self.state().enrolment(id)?.approval_waits() {
            return Ok(());
        }
        let mut rejected = Vec::new();
        let sent = self.flush_outbox(id, &mut rejected).await;
        if !rejected.is_empty() {
            // The inbox may say that the approvals can no longer be accepted.
            self.fetch_inbox(id, &rejected).await?;
        }
        let waits = self.state().enrolment(id)?.approval_waits();
        if sent.is_err() && waits { Err(AuthenticatorError::RotationConflict) } else { Ok(()) }
    }

    async fn begin_rotation(&self, id: &EnrolmentId, scope: Scope) -> Result<(), AuthenticatorError> {
        self.require_active(id)?;
        self.require_contact(id).await?;
        let enrolment = self.require_active(id)?;
        let jti = Jti::random().map_err(broken)?;
        let challenge = attestation_challenge(&enrolment.issuer, id, &jti);
        let _creating = self.begin_creating().await;
        let new = self.create_replacement(&enrolment.issuer, challenge, scope).await?;
        let handles = new.handles();
        let begun = self.store_rotation(&enrolment, jti, new).await;
        if !matches!(begun, Ok(true)) {
            self.delete_pending_keys(&handles).await;
        }
        begun.map(|_| ())
    }

    fn require_active(&self, id: &EnrolmentId) -> Result<Enrolment, AuthenticatorError> {
        let enrolment = self.state().enrolment(id)?.clone();
        match enrolment.state {
            EnrolmentState::Active => Ok(enrolment),
            other => Err(AuthenticatorError::NotActive(other)),
        }
    }

    /// Signs the update and stores it with the new keys. Returns `false` if another rotation was
    /// stored first.
    async fn store_rotation(
        &self,
        enrolment: &Enrolment,
        jti: Jti,
        new: Replacement,
    ) -> Result<bool, AuthenticatorError> {
        let old = &enrolment.keys;
        let proved = self.prove_replacement(enrolment, &jti, &new).await?;
        let now = self.signed_now(&enrolment.id)?;
        let update = Update {
            iss: enrolment.id.clone(),
            aud: enrolment.issuer.clone(),
            jti,
            number: self.next_number(&enrolment.id)?,
            iat: now,
            exp: now.plus(LIFETIME_SECS),
            change: Change::Keys(Box::new(proved)),
        };
        let input = signing_input(&update, &old.public.dk)?;
        let signature = self.sign(&old.dk, &old.public.dk, input.as_bytes(), None).await?;
        let rotation = Rotation { keys: new.ring(old), update: input.finish(&signature), exp: update.exp };
        self.commit(|state, _| state.begin_rotation(&enrolment.id, &old.public.dk, rotation, update.number))
    }

    fn apply_rotation_receipt(&self, id: &EnrolmentId, jws: &str, sent: &Digest) -> Result<Outcome, ChangeError> {
        let enrolment = self.state().enrolment(id)?.clone();
        let receipt = inbound::open_receipt(jws, &enrolment)?.message;
        if receipt.message_hash != *sent || receipt.txn.is_some() {
            return Err(VerifyError::Receipt.into());
        }
        let rollback = self.commit(|state, reading| -> Result<bool, ChangeError> {
            state.end_rotation(id, &receipt)?;
            Ok(state.apply_receipt(id, &receipt, reading)?)
        })?;
        self.report_rollback("receipt", rollback);
        Ok(receipt.outcome)
    }
}
