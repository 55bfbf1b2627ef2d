//! Changes of an enrolment that the phone begins: another push address, the end.

use super::call::Call;
use super::{Authenticator, Inner, Refusal};
use crate::device::inbound;
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::Method;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{EnrolmentId, Jti};
use countersign_protocol::message::enrolment::PushAddress;
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::update::{Change, LIFETIME_SECS, Update};
use countersign_protocol::message::{MAX_MESSAGE_BYTES, Message as _};

impl Authenticator {
    /// Tells the issuer where pushes go from now on.
    pub async fn update_push_address(
        &self,
        enrolment: &EnrolmentId,
        push: PushAddress,
    ) -> Result<(), AuthenticatorError> {
        self.inner.update(enrolment, Change::PushAddress(push)).await
    }

    /// Ends an enrolment. The keys go once the server's receipt says so, never before: an unsigned error deletes nothing.
    pub async fn unenrol(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let inner = &*self.inner;
        match inner.update(enrolment, Change::Unenrol {}).await {
            Err(refused) if refused.is_of_caller() => inner.ended_before(enrolment, refused).await?,
            done => done?,
        }
        inner.bury().await;
        Ok(())
    }
}

impl Inner {
    /// A server takes no change of an enrolment that has ended, so an end whose receipt was lost is refused when it is asked for
    /// again. The signed inbox tells whether that is why.
    async fn ended_before(&self, id: &EnrolmentId, refused: AuthenticatorError) -> Result<(), AuthenticatorError> {
        let asked = self.fetch_inbox(id, &[]).await;
        let ended = asked.is_ok() && self.state().enrolment(id)?.state == EnrolmentState::Revoked;
        if ended { Ok(()) } else { Err(refused) }
    }

    async fn update(&self, id: &EnrolmentId, change: Change) -> Result<(), AuthenticatorError> {
        self.settle_waiting(id).await?;
        let url = self.endpoint(id, |endpoints| endpoints.device.clone())?;
        let caller = self.caller(id)?;
        let now = caller.now;
        let update = Update {
            iss: id.clone(),
            aud: caller.issuer.clone(),
            jti: Jti::random().map_err(|_| AuthenticatorError::Broken)?,
            number: self.draw_number(id)?,
            iat: now,
            exp: now.plus(LIFETIME_SECS),
            change,
        };
        let input = update.signing_input(caller.public.thumbprint()).map_err(|_| AuthenticatorError::Broken)?;
        let signature = self.sign(&caller.dk, &caller.public, input.as_bytes(), None).await?;
        let body = input.finish(&signature);
        let sent = Digest::of(body.as_bytes());
        self.commit(|state, _| -> Result<(), AuthenticatorError> {
            state.enrolment_mut(id)?.use_number(update.number);
            Ok(())
        })?;
        let call = Call { method: Method::Post, url, body: body.into_bytes(), max_answer: MAX_MESSAGE_BYTES };
        let jws = self.call(&caller, &call).await?;
        match self.taken(id, "receipt", || self.take_update_receipt(id, &jws, &sent)).await? {
            Outcome::Accepted => Ok(()),
            other => Err(AuthenticatorError::NotAccepted(other)),
        }
    }

    fn take_update_receipt(&self, id: &EnrolmentId, jws: &str, sent: &Digest) -> Result<Outcome, Refusal> {
        let enrolment = self.state().enrolment(id)?.clone();
        let receipt = inbound::open_receipt(jws, &enrolment)?.message;
        if receipt.message_hash != *sent || receipt.txn.is_some() {
            return Err(VerifyError::Receipt.into());
        }
        let restored = self.commit(|state, reading| state.take_word(id, &receipt, reading))?;
        self.tell_restored("receipt", restored);
        Ok(receipt.outcome)
    }
}
