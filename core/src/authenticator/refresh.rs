//! The inbox: what waits for this device at each issuer. Also sends what is still in the outbox.

use super::call::{Call, Caller};
use super::{Authenticator, Inner, Refusal};
use crate::device::inbound;
use crate::device::state::Accepted;
use crate::error::{AuthenticatorError, Rejection};
use crate::message::claims::{EnrolmentId, Nonce, Txn};
use crate::message::inbox::Inbox;
use crate::message::status::EnrolmentState;
use crate::message::{MAX_MESSAGE, Message as _};
use crate::platform::{DiagnosticEvent, HttpRequest, Method};

/// What a refresh brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Requests that are new on this device.
    pub new: Vec<Txn>,
    /// What failed. Everything else of these enrolments was done, and nothing of them is lost.
    pub failed: Vec<Unrefreshed>,
}

/// A part of a refresh that failed: an answer that could not be delivered, or an inbox that did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrefreshed {
    /// Which.
    pub enrolment: EnrolmentId,
    /// Why.
    pub error: AuthenticatorError,
}

impl Authenticator {
    /// Sends kept answers, fetches what waits, and takes the state of every enrolment. One issuer that fails keeps no other
    /// back, and an answer that an issuer will not take keeps back none of its new requests.
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
            let mut refused = Vec::new();
            let flushed = inner.flush(&id, &mut refused).await;
            // Without a connection the inbox need not be tried.
            if !matches!(flushed, Err(AuthenticatorError::Transport(_))) {
                match inner.fetch_inbox(&id, &refused).await {
                    Ok(new) => refreshed.new.extend(new),
                    Err(error) => refreshed.failed.push(Unrefreshed { enrolment: id.clone(), error }),
                }
            }
            if let Err(error) = flushed {
                refreshed.failed.push(Unrefreshed { enrolment: id, error });
            }
        }
        inner.bury().await;
        Ok(refreshed)
    }

    /// Fetches the one request that a wake push named.
    pub async fn fetch(&self, enrolment: &EnrolmentId, txn: &Txn) -> Result<super::PendingRequest, AuthenticatorError> {
        self.inner.fetch(enrolment, txn).await?;
        self.request(txn)
    }

    /// The request that opens an enrolment's event stream (Server-Sent Events); the app sends it with its own HTTP client and
    /// gives each `push` event to [`Self::receive`]. `nonce` is a `DPoP-Nonce` that the server answered a first try with.
    pub async fn stream_request(
        &self,
        enrolment: &EnrolmentId,
        nonce: Option<String>,
    ) -> Result<HttpRequest, AuthenticatorError> {
        let (caller, url) = self.inner.of_enrolment(enrolment, |endpoints| endpoints.stream.clone())?;
        self.inner.keep_nonce(&caller.issuer, nonce.as_ref());
        let call = Call { method: Method::Get, url, body: Vec::new(), max_answer: 0 };
        let mut request = self.inner.prepare(&caller, &call).await?;
        for (name, value) in &mut request.headers {
            if *name == "accept" {
                *value = "text/event-stream".into();
            }
        }
        Ok(request)
    }
}

impl Inner {
    async fn fetch_inbox(&self, id: &EnrolmentId, refused: &[Txn]) -> Result<Vec<Txn>, AuthenticatorError> {
        let (caller, url) = self.of_enrolment(id, |endpoints| endpoints.requests.clone())?;
        let nonce = Nonce::random().map_err(|_| AuthenticatorError::Broken)?;
        let url = format!("{url}?nonce={nonce}");
        let call = || Call { method: Method::Get, url: url.clone(), body: Vec::new(), max_answer: Inbox::MAX };
        let jws = self.call(&caller, call()).await?;
        match self.take_inbox(id, &jws, nonce.as_str(), refused) {
            Err(Refusal::Rejection(Rejection::Jose(crate::jose::JoseError::Kid))) => {
                // The server's keys may have rolled over: newer metadata, under the pins known here, decides.
                self.renew_metadata(id).await?;
                let jws = self.call(&caller, call()).await?;
                self.take_inbox(id, &jws, nonce.as_str(), refused)
            }
            taken => taken,
        }
        .map_err(|refusal| refusal.outward(self, "inbox"))
    }

    fn take_inbox(&self, id: &EnrolmentId, jws: &str, nonce: &str, refused: &[Txn]) -> Result<Vec<Txn>, Refusal> {
        let enrolment = self.state().enrolment(id)?.clone();
        let inbox = inbound::open_inbox(jws, &enrolment, nonce)?;
        let (mut requests, mut rejections) = (Vec::new(), Vec::new());
        for jws in &inbox.requests {
            match inbound::open_request(jws, &enrolment) {
                Ok(request) => requests.push((jws, request)),
                // One bad request hides no good one.
                Err(rejection) => rejections.push(rejection),
            }
        }
        let new = self.commit(|state, reading| -> Result<Vec<Txn>, Refusal> {
            state.enrolment_mut(id)?.clock.observe_live(inbox.iat, reading);
            let mut new = Vec::new();
            for (jws, request) in requests {
                let txn = request.message.txn.clone();
                match state.accept_request(id, jws, request, reading) {
                    Ok(Accepted::New) => new.push(txn),
                    Ok(Accepted::Duplicate) => {}
                    Err(rejection) => rejections.push(rejection),
                }
            }
            let enrolment = state.enrolment_mut(id)?;
            enrolment.close(&inbox.closed, refused);
            if enrolment.set_state(inbox.status, inbox.seq) {
                state.doom(id);
            }
            state.expire(reading);
            Ok(new)
        })?;
        for rejection in rejections {
            self.reject("inbox", rejection);
        }
        Ok(new)
    }

    async fn fetch(&self, id: &EnrolmentId, txn: &Txn) -> Result<(), AuthenticatorError> {
        let (caller, url) = self.of_enrolment(id, |endpoints| format!("{}/{txn}", endpoints.requests))?;
        let call = Call { method: Method::Get, url, body: Vec::new(), max_answer: MAX_MESSAGE };
        let jws = self.call(&caller, call).await?;
        let enrolment = self.state().enrolment(id)?.clone();
        let take = || -> Result<(), Refusal> {
            let request = inbound::open_request(&jws, &enrolment)?;
            self.commit(|state, reading| {
                state.accept_request(id, &jws, request, reading)?;
                Ok(())
            })
        };
        take().map_err(|refusal| refusal.outward(self, "fetch"))
    }

    async fn renew_metadata(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let known = self.state().enrolment(id)?.metadata.clone();
        let metadata = self.fetch_metadata(&known.iss, &known.pins, Some(&known)).await?;
        if metadata.exp < self.now(id)? {
            return Err(self.reject("metadata", Rejection::Expired).into());
        }
        self.commit(|state, _| {
            state.enrolment_mut(id)?.metadata = metadata;
            Ok(())
        })
    }

    /// Who calls for an enrolment, and where.
    pub(super) fn of_enrolment(
        &self,
        id: &EnrolmentId,
        url: impl FnOnce(&crate::message::metadata::Endpoints) -> String,
    ) -> Result<(Caller, String), AuthenticatorError> {
        let reading = self.reading()?;
        let state = self.state();
        let enrolment = state.enrolment(id)?;
        if enrolment.state == EnrolmentState::Revoked {
            return Err(AuthenticatorError::NotActive(enrolment.state));
        }
        Ok((Caller::of(enrolment, &reading), url(&enrolment.metadata.endpoints)))
    }

    /// Deletes the keys of ended enrolments. What cannot be deleted now is tried again at the next chance.
    pub(super) async fn bury(&self) {
        let doomed = self.state().doomed.clone();
        let mut deleted = Vec::new();
        for handle in doomed {
            if self.platform.keys.delete(&handle).await.is_ok() {
                deleted.push(handle);
            }
        }
        if deleted.is_empty() {
            return;
        }
        let forgotten: Result<(), AuthenticatorError> = self.commit(|state, _| {
            state.doomed.retain(|handle| !deleted.contains(handle));
            Ok(())
        });
        if forgotten.is_err() {
            self.platform.diagnostics.record(DiagnosticEvent { during: "bury", code: "state" });
        }
    }
}
