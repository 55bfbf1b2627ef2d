//! Refresh: the outbox is sent and the inbox of each issuer is fetched.

use super::call::Call;
use super::{Authenticator, ChangeError, Inner, PendingRequest};
use crate::device::{Acceptance, inbound};
use crate::error::AuthenticatorError;
use crate::platform::{HttpRequest, Method};
use countersign_protocol::message::claims::{EnrolmentId, Nonce, Txn};
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::{MAX_MESSAGE_BYTES, Message as _};

/// The result of a refresh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// The requests that are new on this device.
    pub new: Vec<Txn>,
    /// The parts that failed. Everything else was done, and the next refresh tries these again.
    pub failed: Vec<RefreshFailure>,
}

/// A part of a refresh that failed: a key rotation, the sending of a decision, or the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshFailure {
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// The error.
    pub error: AuthenticatorError,
}

impl Authenticator {
    /// Settles key rotations, sends the outbox and fetches the inbox of every enrolment that is not
    /// revoked.
    ///
    /// A failure of one issuer does not stop the others, and a decision that an issuer rejects does
    /// not stop its new requests. Failures are in [`Refreshed::failed`].
    ///
    /// # Errors
    /// [`AuthenticatorError::Clock`] or [`AuthenticatorError::State`] if the platform fails before
    /// the first call.
    pub async fn refresh(&self) -> Result<Refreshed, AuthenticatorError> {
        let inner = &*self.inner;
        inner.expire()?;
        let ids: Vec<EnrolmentId> = inner
            .state()
            .enrolments
            .iter()
            .filter(|enrolment| enrolment.state != EnrolmentState::Revoked)
            .map(|enrolment| enrolment.id.clone())
            .collect();
        let mut refreshed = Refreshed::default();
        for id in ids {
            if let Err(error) = inner.settle_rotation(&id).await {
                let offline = matches!(error, AuthenticatorError::Transport(_));
                refreshed.failed.push(RefreshFailure { enrolment: id.clone(), error });
                if offline {
                    continue;
                }
            }
            let mut rejected = Vec::new();
            let flushed = inner.flush_outbox(&id, &mut rejected).await;
            if !matches!(flushed, Err(AuthenticatorError::Transport(_))) {
                match inner.fetch_inbox(&id, &rejected).await {
                    Ok(new) => refreshed.new.extend(new),
                    Err(error) => refreshed.failed.push(RefreshFailure { enrolment: id.clone(), error }),
                }
            }
            if let Err(error) = flushed {
                refreshed.failed.push(RefreshFailure { enrolment: id, error });
            }
        }
        inner.delete_marked_keys().await;
        Ok(refreshed)
    }

    /// Fetches the request that a push named ([`Received::Fetch`](super::Received::Fetch)).
    ///
    /// # Errors
    /// [`AuthenticatorError::Transport`] or [`AuthenticatorError::Server`] without a response.
    /// [`AuthenticatorError::Rejected`] if the request fails verification. The errors of
    /// [`request`](Self::request) if the user cannot decide any more.
    pub async fn fetch(&self, enrolment: &EnrolmentId, txn: &Txn) -> Result<PendingRequest, AuthenticatorError> {
        self.inner.fetch(enrolment, txn).await?;
        self.request(txn)
    }

    /// Returns the HTTP request that opens the event stream of an enrolment (Server-Sent Events).
    ///
    /// The app sends it with its own HTTP client and passes each `push` event to [`Self::receive`].
    /// If the server responds to the first request with a `DPoP-Nonce`, call again with this
    /// `nonce`.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`], or [`AuthenticatorError::NotActive`] if the
    /// enrolment is revoked. [`AuthenticatorError::Transport`] if a key rotation waits for its
    /// receipt and cannot be settled. [`AuthenticatorError::KeyStore`] or
    /// [`AuthenticatorError::Clock`] if the platform fails.
    pub async fn stream_request(
        &self,
        enrolment: &EnrolmentId,
        nonce: Option<String>,
    ) -> Result<HttpRequest, AuthenticatorError> {
        self.inner.try_settle_rotation(enrolment).await?;
        let url = self.inner.endpoint(enrolment, |endpoints| endpoints.stream.clone())?;
        let caller = self.inner.caller(enrolment)?;
        self.inner.store_nonce(&caller.issuer, nonce.as_ref());
        let call = Call { method: Method::Get, url, body: Vec::new(), max_response_bytes: 0 };
        let mut request = self.inner.with_proof(&caller, &call).await?;
        for (name, value) in &mut request.headers {
            if *name == "accept" {
                *value = "text/event-stream".into();
            }
        }
        Ok(request)
    }
}

impl Inner {
    /// Fetches and applies the inbox of an enrolment. Returns the new requests. `rejected` are the
    /// decisions that the server has just rejected.
    pub(super) async fn fetch_inbox(&self, id: &EnrolmentId, rejected: &[Txn]) -> Result<Vec<Txn>, AuthenticatorError> {
        let url = self.endpoint(id, |endpoints| endpoints.requests.clone())?;
        let nonce = Nonce::random().map_err(|_| AuthenticatorError::Broken)?;
        let url = format!("{url}?nonce={nonce}");
        let call = Call { method: Method::Get, url, body: Vec::new(), max_response_bytes: Inbox::MAX_BYTES };
        let jws = self.call_for(id, &call).await?;
        let new = self.apply_message(id, "inbox", || self.apply_inbox(id, &jws, nonce.as_str(), rejected)).await?;
        self.refresh_expired_metadata(id).await;
        Ok(new)
    }

    fn apply_inbox(&self, id: &EnrolmentId, jws: &str, nonce: &str, rejected: &[Txn]) -> Result<Vec<Txn>, ChangeError> {
        let enrolment = self.state().enrolment(id)?.clone();
        let inbox = inbound::open_inbox(jws, &enrolment, nonce)?;
        // A request that fails verification does not affect the others.
        let (mut requests, mut reasons) = (Vec::new(), Vec::new());
        for jws in &inbox.requests {
            match inbound::open_request(jws, &enrolment) {
                Ok(request) => requests.push((jws, request)),
                Err(reason) => reasons.push(reason),
            }
        }
        let (new, rollback) = self.commit(|state, reading| -> Result<_, ChangeError> {
            let enrolment = state.enrolment_mut(id)?;
            enrolment.clock.observe_live(inbox.iat, reading);
            enrolment.apply_live_time(inbox.iat);
            let rollback = enrolment.observe_number(inbox.number, None, inbox.iat);
            let mut new = Vec::new();
            for (jws, request) in requests {
                let txn = request.message.txn.clone();
                match state.accept_request(id, jws, request, reading) {
                    Ok(Acceptance::New) => new.push(txn),
                    Ok(Acceptance::Duplicate) => {}
                    Err(reason) => reasons.push(reason),
                }
            }
            let enrolment = state.enrolment_mut(id)?;
            enrolment.close(&inbox.closed, rejected);
            if enrolment.apply_inbox(&inbox) {
                state.mark_for_deletion(id);
            }
            state.abandon_rotation(id, &inbox)?;
            state.expire(reading);
            Ok((new, rollback))
        })?;
        self.report_rollback("inbox", rollback);
        for reason in reasons {
            self.reject("inbox", reason);
        }
        Ok(new)
    }

    async fn fetch(&self, id: &EnrolmentId, txn: &Txn) -> Result<(), AuthenticatorError> {
        let url = self.endpoint(id, |endpoints| format!("{}/{txn}", endpoints.requests))?;
        let call = Call { method: Method::Get, url, body: Vec::new(), max_response_bytes: MAX_MESSAGE_BYTES };
        let jws = self.call_for(id, &call).await?;
        let apply = || -> Result<(), ChangeError> {
            let enrolment = self.state().enrolment(id)?.clone();
            let request = inbound::open_request(&jws, &enrolment)?;
            self.commit(|state, reading| {
                state.accept_request(id, &jws, request, reading)?;
                Ok(())
            })
        };
        self.apply_message(id, "fetch", apply).await
    }
}
