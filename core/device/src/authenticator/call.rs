//! CallPolicy of the gateway: with a DPoP proof by DK, and the server's nonce.

use std::sync::PoisonError;
use std::time::Duration;

use super::Inner;
use crate::device::Enrolment;
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::{ClockReading, HttpRequest, HttpResponse, KeyHandle, Method};
use countersign_protocol::jose::PublicKey;
use countersign_protocol::message::claims::{EnrolmentId, Issuer, Jti, Timestamp};
use countersign_protocol::message::dpop::{self, Proof};
use countersign_protocol::message::metadata::{self, Metadata};
use countersign_protocol::message::status::EnrolmentState;

const TIMEOUT: Duration = Duration::from_secs(15);

/// Who calls.
pub(super) struct Caller {
    pub(super) issuer: Issuer,
    pub(super) dk: KeyHandle,
    pub(super) public: PublicKey,
    /// The issuer's time.
    pub(super) now: Timestamp,
}

impl Caller {
    pub(super) fn of(enrolment: &Enrolment, reading: &ClockReading) -> Self {
        Self {
            now: enrolment.clock.now(reading),
            issuer: enrolment.issuer.clone(),
            dk: enrolment.keys.dk.clone(),
            public: enrolment.keys.public.dk.clone(),
        }
    }
}

/// What is called.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) body: Vec<u8>,
    pub(super) max_answer: usize,
}

impl Inner {
    /// CallPolicy with a proof; once again if the server wants its nonce in it. Anything but a 200 is an error that changes nothing.
    pub(super) async fn call(&self, caller: &Caller, call: &Call) -> Result<String, AuthenticatorError> {
        let first = self.send_with_proof(caller, call).await?;
        let answer = if first.status == 401 && first.dpop_nonce.is_some() {
            self.send_with_proof(caller, call).await?
        } else {
            first
        };
        text_of(answer)
    }

    /// CallPolicy for an enrolment. An issuer that refuses the caller may have taken new keys whose receipt was lost: then that is
    /// settled first, and the call goes out with the keys that count.
    pub(super) async fn call_for(&self, id: &EnrolmentId, call: &Call) -> Result<String, AuthenticatorError> {
        let caller = self.caller(id)?;
        match self.call(&caller, call).await {
            Err(refused) if refused.is_of_caller() => {
                self.settle_waiting(id).await?;
                let now = self.caller(id)?;
                if now.public == caller.public { Err(refused) } else { self.call(&now, call).await }
            }
            answer => answer,
        }
    }

    /// Who calls for an enrolment.
    pub(super) fn caller(&self, id: &EnrolmentId) -> Result<Caller, AuthenticatorError> {
        let reading = self.reading()?;
        let state = self.state();
        let enrolment = state.enrolment(id)?;
        if enrolment.state == EnrolmentState::Revoked {
            return Err(AuthenticatorError::NotActive(enrolment.state));
        }
        Ok(Caller::of(enrolment, &reading))
    }

    /// Where to call for an enrolment.
    pub(super) fn endpoint(
        &self,
        id: &EnrolmentId,
        url: impl FnOnce(&metadata::Endpoints) -> String,
    ) -> Result<String, AuthenticatorError> {
        Ok(url(&self.state().enrolment(id)?.metadata.endpoints))
    }

    /// The request of a call that the app sends itself: the event stream.
    pub(super) async fn prepare(&self, caller: &Caller, call: &Call) -> Result<HttpRequest, AuthenticatorError> {
        self.with_proof(caller, call).await
    }

    /// Keeps the server's nonce for the next proof.
    pub(super) fn keep_nonce(&self, issuer: &Issuer, nonce: Option<&String>) {
        if let Some(nonce) = nonce {
            let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
            nonces.insert(issuer.clone(), nonce.clone());
        }
    }

    /// Fetches metadata and checks it under pins. It replaces nothing by itself.
    pub(super) async fn fetch_metadata(
        &self,
        issuer: &Issuer,
        pins: &[countersign_protocol::jose::Thumbprint],
        known: Option<&Metadata>,
    ) -> Result<Metadata, AuthenticatorError> {
        let url = format!("{issuer}{}", metadata::PATH);
        let call = Call { method: Method::Get, url, body: Vec::new(), max_answer: 16 * 1024 };
        let text = text_of(self.platform.transport.send(plain(&call)).await?)?;
        let checked = Metadata::open(&text, pins)
            .map_err(VerifyError::from)
            .and_then(|metadata| crate::device::enrolment::check_metadata(&metadata, issuer, known).map(|()| metadata));
        checked.map_err(|rejection| self.reject("metadata", rejection).into())
    }

    async fn send_with_proof(&self, caller: &Caller, call: &Call) -> Result<HttpResponse, AuthenticatorError> {
        let request = self.with_proof(caller, call).await?;
        let answer = self.platform.transport.send(request).await?;
        self.keep_nonce(&caller.issuer, answer.dpop_nonce.as_ref());
        Ok(answer)
    }

    async fn with_proof(&self, caller: &Caller, call: &Call) -> Result<HttpRequest, AuthenticatorError> {
        let nonce = self.nonces.lock().unwrap_or_else(PoisonError::into_inner).get(&caller.issuer).cloned();
        let htu = call.url.split(['?', '#']).next().unwrap_or_default().to_owned();
        let proof = Proof {
            jti: Jti::random().map_err(|_| AuthenticatorError::Broken)?,
            htm: call.method.as_str().into(),
            htu,
            iat: caller.now,
            nonce,
        };
        let input = proof.signing_input(&caller.public).map_err(|_| AuthenticatorError::Broken)?;
        let signature = self.sign(&caller.dk, &caller.public, input.as_bytes(), None).await?;
        let mut request = plain(call);
        request.headers.push(("dpop", dpop::finish(&input, &signature)));
        Ok(request)
    }
}

/// A call without a proof.
pub(super) fn plain(call: &Call) -> HttpRequest {
    let mut headers = vec![("accept", "application/jose".to_owned())];
    if call.method == Method::Post {
        headers.push(("content-type", "application/jose".to_owned()));
    }
    HttpRequest {
        method: call.method,
        url: call.url.clone(),
        headers,
        body: call.body.clone(),
        timeout: TIMEOUT,
        max_answer: call.max_answer,
    }
}

/// The body of a 200; any other status is a hint from the server, nothing more.
pub(super) fn text_of(answer: HttpResponse) -> Result<String, AuthenticatorError> {
    #[derive(serde::Deserialize)]
    struct Problem {
        code: String,
    }
    if answer.status == 200 {
        return String::from_utf8(answer.body)
            .map_err(|_| AuthenticatorError::Server { status: 200, code: "not_text".into() });
    }
    let code = serde_json::from_slice::<Problem>(&answer.body).ok().map(|problem| problem.code);
    let known_form = |code: &String| code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    Err(AuthenticatorError::Server {
        status: answer.status,
        code: code.filter(known_form).unwrap_or_else(|| "none".into()),
    })
}

impl AuthenticatorError {
    /// Whether the server refused whoever called, as it does when it knows another DK.
    pub(super) const fn is_of_caller(&self) -> bool {
        matches!(self, Self::Server { status: 401 | 403, .. })
    }
}
