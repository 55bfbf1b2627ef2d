//! Refresh: the inbox of each issuer is fetched and the outbox is sent.

use futures_util::future::join_all;

use super::call::Call;
use super::{Authenticator, ChangeError, Inner, PendingRequest};
use crate::device::{Acceptance, inbound};
use crate::error::AuthenticatorError;
use crate::platform::{HttpRequest, Method, TransportError};
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

impl Refreshed {
    /// Adds the failure of a part. Returns true if the phone has no connection to the issuer: the
    /// other parts would fail too.
    fn is_offline_after(&mut self, id: &EnrolmentId, part: Result<(), AuthenticatorError>) -> bool {
        let Err(error) = part else { return false };
        let offline = matches!(error, AuthenticatorError::Transport(TransportError::Unreachable | TransportError::Tls));
        self.failed.push(RefreshFailure { enrolment: id.clone(), error });
        offline
    }
}

impl Authenticator {
    /// Settles the key rotation, fetches the inbox and sends the outbox of every enrolment that is
    /// not revoked.
    ///
    /// The enrolments are refreshed side by side, each with its own budget of time and calls, so
    /// that a slow issuer does not delay the others. A failure of one enrolment does not stop the
    /// others, and a decision that an issuer rejects does not stop its new requests. Failures are
    /// in [`Refreshed::failed`].
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
        let parts = ids.iter().map(|id| Ok((id, inner.with_budget()?)));
        let parts = parts.collect::<Result<Vec<_>, AuthenticatorError>>()?;
        let parts = join_all(parts.iter().map(|(id, inner)| inner.refresh(id))).await;
        inner.delete_marked_keys().await;
        let mut refreshed = Refreshed::default();
        for part in parts {
            refreshed.new.extend(part.new);
            refreshed.failed.extend(part.failed);
        }
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
    /// Refreshes one enrolment. The inbox is before the outbox, so that new requests arrive
    /// although the outbox is slow. If the server rejects a decision, the inbox is fetched again:
    /// it says whether the request has ended.
    async fn refresh(&self, id: &EnrolmentId) -> Refreshed {
        let mut refreshed = Refreshed::default();
        let rotation = self.settle_rotation(id).await;
        if refreshed.is_offline_after(id, rotation) {
            return refreshed;
        }
        let inbox = self.fetch_inbox(id, &[]).await.map(|new| refreshed.new = new);
        if refreshed.is_offline_after(id, inbox) {
            return refreshed;
        }
        let mut rejected = Vec::new();
        let outbox = self.flush_outbox(id, &mut rejected).await;
        if refreshed.is_offline_after(id, outbox) || rejected.is_empty() {
            return refreshed;
        }
        let inbox = self.fetch_inbox(id, &rejected).await.map(|new| refreshed.new.extend(new));
        refreshed.is_offline_after(id, inbox);
        refreshed
    }

    /// Fetches and applies the inbox of an enrolment. Returns the new requests. `rejected` are the
    /// decisions that the server has just rejected.
    pub(super) async fn fetch_inbox(&self, id: &EnrolmentId, rejected: &[Txn]) -> Result<Vec<Txn>, AuthenticatorError> {
        let url = self.endpoint(id, |endpoints| endpoints.requests.clone())?;
        let nonce = Nonce::random().map_err(|_| AuthenticatorError::Broken)?;
        let url = format!("{url}?nonce={nonce}");
        let call = Call { method: Method::Get, url, body: Vec::new(), max_response_bytes: Inbox::MAX_BYTES };
        let jws = self.call_for(id, &call).await?;
        let new = self.apply_message(id, "inbox", || self.apply_inbox(id, &jws, nonce.as_str(), rejected)).await?;
        self.refresh_due_metadata(id).await;
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
            enrolment.abandon_rejected(rejected, inbox.iat);
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
        self.apply_message(id, "fetch", apply).await?;
        self.refresh_due_metadata(id).await;
        Ok(())
    }
}
