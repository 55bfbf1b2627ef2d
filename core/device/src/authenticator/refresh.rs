//! The inbox: what waits for this device at each issuer. Also sends what is still in the outbox.

use super::call::Call;
use super::{Authenticator, Inner, Refusal};
use crate::device::inbound;
use crate::device::state::Accepted;
use crate::error::AuthenticatorError;
use crate::platform::{DiagnosticEvent, HttpRequest, Method};
use countersign_protocol::message::claims::{EnrolmentId, Nonce, Txn};
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::{MAX_MESSAGE_BYTES, Message as _};

/// What a refresh brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Requests that are new on this device.
    pub new: Vec<Txn>,
    /// What failed. Everything else of these enrolments was done, and nothing of them is lost.
    pub failed: Vec<RefreshFailure>,
}

/// A part of a refresh that failed: new keys that the issuer did not take, an answer that could not be delivered, or an inbox that
/// did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshFailure {
    /// Which.
    pub enrolment: EnrolmentId,
    /// Why.
    pub error: AuthenticatorError,
}

impl Authenticator {
    /// Finishes what was begun with new keys, sends kept answers, fetches what waits, and takes the state of every enrolment. One issuer that fails keeps no other
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
            if let Err(error) = inner.settle_rotation(&id).await {
                let offline = matches!(error, AuthenticatorError::Transport(_));
                refreshed.failed.push(RefreshFailure { enrolment: id.clone(), error });
                // Without a connection the rest need not be tried.
                if offline {
                    continue;
                }
            }
            let mut refused = Vec::new();
            let flushed = inner.flush(&id, &mut refused).await;
            // Without a connection the inbox need not be tried.
            if !matches!(flushed, Err(AuthenticatorError::Transport(_))) {
                match inner.fetch_inbox(&id, &refused).await {
                    Ok(new) => refreshed.new.extend(new),
                    Err(error) => refreshed.failed.push(RefreshFailure { enrolment: id.clone(), error }),
                }
            }
            if let Err(error) = flushed {
                refreshed.failed.push(RefreshFailure { enrolment: id, error });
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
        self.inner.settle_waiting(enrolment).await?;
        let url = self.inner.endpoint(enrolment, |endpoints| endpoints.stream.clone())?;
        let caller = self.inner.caller(enrolment)?;
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
    pub(super) async fn fetch_inbox(&self, id: &EnrolmentId, refused: &[Txn]) -> Result<Vec<Txn>, AuthenticatorError> {
        let url = self.endpoint(id, |endpoints| endpoints.requests.clone())?;
        let nonce = Nonce::random().map_err(|_| AuthenticatorError::Broken)?;
        let url = format!("{url}?nonce={nonce}");
        let call = Call { method: Method::Get, url, body: Vec::new(), max_answer: Inbox::MAX_BYTES };
        let jws = self.call_for(id, &call).await?;
        let new = self.taken(id, "inbox", || self.take_inbox(id, &jws, nonce.as_str(), refused)).await?;
        self.renew_expired(id).await;
        Ok(new)
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
        let (new, restored) = self.commit(|state, reading| -> Result<_, Refusal> {
            let enrolment = state.enrolment_mut(id)?;
            enrolment.clock.observe_live(inbox.iat, reading);
            let restored = enrolment.hear_number(inbox.number, None, inbox.iat);
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
            if enrolment.hear(&inbox) {
                state.doom(id);
            }
            state.give_up_rotation(id, &inbox)?;
            state.expire(reading);
            Ok((new, restored))
        })?;
        self.tell_restored("inbox", restored);
        for rejection in rejections {
            self.reject("inbox", rejection);
        }
        Ok(new)
    }

    async fn fetch(&self, id: &EnrolmentId, txn: &Txn) -> Result<(), AuthenticatorError> {
        let url = self.endpoint(id, |endpoints| format!("{}/{txn}", endpoints.requests))?;
        let call = Call { method: Method::Get, url, body: Vec::new(), max_answer: MAX_MESSAGE_BYTES };
        let jws = self.call_for(id, &call).await?;
        let take = || -> Result<(), Refusal> {
            let enrolment = self.state().enrolment(id)?.clone();
            let request = inbound::open_request(&jws, &enrolment)?;
            self.commit(|state, reading| {
                state.accept_request(id, &jws, request, reading)?;
                Ok(())
            })
        };
        self.taken(id, "fetch", take).await
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
