//! Updates of an enrolment by the phone: a new push address, or the end of the enrolment, with or
//! without its issuer.

use super::call::{Call, signing_input};
use super::{Authenticator, ChangeError, Inner};
use crate::device::inbound;
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::Method;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::MAX_MESSAGE_BYTES;
use countersign_protocol::message::claims::{EnrolmentId, Jti};
use countersign_protocol::message::enrolment::PushAddress;
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::update::{Change, LIFETIME_SECS, Update};

impl Authenticator {
    /// Registers a new push address with the issuer.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`], or [`AuthenticatorError::NotActive`] if the
    /// enrolment is revoked. [`AuthenticatorError::NotAccepted`] if the issuer's receipt says so.
    /// [`AuthenticatorError::Transport`], [`AuthenticatorError::Server`] or
    /// [`AuthenticatorError::Rejected`] if there is no valid receipt: the issuer may have stored
    /// the address, so repeat the call. [`AuthenticatorError::KeyStore`],
    /// [`AuthenticatorError::State`], [`AuthenticatorError::Clock`] or
    /// [`AuthenticatorError::Broken`] if the platform fails.
    pub async fn update_push_address(
        &self,
        enrolment: &EnrolmentId,
        push: PushAddress,
    ) -> Result<(), AuthenticatorError> {
        self.inner.update(enrolment, Change::PushAddress(push)).await
    }

    /// Ends an enrolment and deletes its keys.
    ///
    /// The keys are deleted after the issuer's signed receipt, never before. The call is
    /// idempotent: repeating it after a lost receipt succeeds.
    ///
    /// # Errors
    /// As [`update_push_address`](Self::update_push_address). The enrolment and its keys are then
    /// unchanged on this phone.
    pub async fn unenrol(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let inner = &*self.inner;
        let before = inner.state().enrolment(enrolment)?.state;
        match inner.update(enrolment, Change::Unenrol {}).await {
            // The contact before the update showed that the enrolment is revoked.
            Err(AuthenticatorError::NotActive(_)) if before != EnrolmentState::Revoked => {}
            Err(error) if error.rejects_caller() => inner.confirm_revoked(enrolment, error).await?,
            done => done?,
        }
        inner.delete_marked_keys().await;
        Ok(())
    }

    /// Ends an enrolment on this phone without its issuer, and deletes its keys.
    ///
    /// It is for an enrolment that cannot be ended by [`unenrol`](Self::unenrol), for example
    /// because the issuer no longer exists. Try `unenrol` first, and ask the user to confirm: the
    /// issuer is not informed and still lists this phone. Pending requests end, and decisions
    /// without a receipt are abandoned. The enrolment stays in the list as revoked, with its
    /// history and evidence. Repeating the call succeeds.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`]. [`AuthenticatorError::State`] or
    /// [`AuthenticatorError::Clock`] if the platform fails: nothing has changed.
    pub async fn forget(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        self.inner.commit(|state, _| state.forget(enrolment))?;
        self.inner.delete_marked_keys().await;
        Ok(())
    }
}

impl Inner {
    /// Fetches the inbox and succeeds if it says that the enrolment is revoked. Otherwise returns
    /// `error`.
    ///
    /// A server rejects updates of a revoked enrolment, so that a repeated `unenrol` after a lost
    /// receipt is rejected. The error itself is not signed and proves nothing.
    async fn confirm_revoked(&self, id: &EnrolmentId, error: AuthenticatorError) -> Result<(), AuthenticatorError> {
        let fetched = self.fetch_inbox(id, &[]).await;
        let revoked = fetched.is_ok() && self.state().enrolment(id)?.state == EnrolmentState::Revoked;
        if revoked { Ok(()) } else { Err(error) }
    }

    async fn update(&self, id: &EnrolmentId, change: Change) -> Result<(), AuthenticatorError> {
        self.try_settle_rotation(id).await?;
        self.require_contact(id).await?;
        let url = self.endpoint(id, |endpoints| endpoints.device.clone())?;
        let caller = self.caller(id)?;
        let now = caller.now;
        let ends = matches!(change, Change::Unenrol {});
        let update = Update {
            iss: id.clone(),
            aud: caller.issuer.clone(),
            jti: Jti::random().map_err(|_| AuthenticatorError::Broken)?,
            number: if ends { self.next_or_last_number(id)? } else { self.next_number(id)? },
            iat: now,
            exp: now.plus(LIFETIME_SECS),
            change,
        };
        let input = signing_input(&update, &caller.public)?;
        let signature = self.sign(&caller.dk, &caller.public, input.as_bytes(), None).await?;
        let body = input.finish(&signature);
        let sent = Digest::of(body.as_bytes());
        self.commit(|state, _| -> Result<(), AuthenticatorError> {
            state.enrolment_mut(id)?.use_number(update.number);
            Ok(())
        })?;
        let call = Call { method: Method::Post, url, body: body.into_bytes(), max_response_bytes: MAX_MESSAGE_BYTES };
        let jws = self.call(&caller, &call).await?;
        match self.apply_message(id, "receipt", || self.apply_update_receipt(id, &jws, &sent)).await? {
            Outcome::Accepted => Ok(()),
            other => Err(AuthenticatorError::NotAccepted(other)),
        }
    }

    fn apply_update_receipt(&self, id: &EnrolmentId, jws: &str, sent: &Digest) -> Result<Outcome, ChangeError> {
        let enrolment = self.state().enrolment(id)?.clone();
        let receipt = inbound::open_receipt(jws, &enrolment)?.message;
        if receipt.message_hash != *sent || receipt.txn.is_some() {
            return Err(VerifyError::Receipt.into());
        }
        let rollback = self.commit(|state, reading| state.apply_receipt(id, &receipt, reading))?;
        self.report_rollback("receipt", rollback);
        Ok(receipt.outcome)
    }
}
