//! Calls of the gateway, authenticated by a DPoP proof with the DK and the server's nonce (RFC
//! 9449).

use std::sync::PoisonError;
use std::time::Duration;

use super::Inner;
use crate::device::Enrolment;
use crate::error::AuthenticatorError;
use crate::platform::{ClockReading, HttpRequest, HttpResponse, KeyHandle, Method};
use countersign_protocol::jose::PublicKey;
use countersign_protocol::jose::signed::SigningInput;
use countersign_protocol::message::Message;
use countersign_protocol::message::claims::{EnrolmentId, Issuer, Jti, Timestamp};
use countersign_protocol::message::dpop::{self, Proof};
use countersign_protocol::message::metadata;
use countersign_protocol::message::status::EnrolmentState;

const TIMEOUT: Duration = Duration::from_secs(15);
/// The maximum length of the `code` of a problem document. A longer one is not reported.
const MAX_CODE_BYTES: usize = 40;

/// The identity of the device in a call.
pub(super) struct Caller {
    pub(super) issuer: Issuer,
    pub(super) dk: KeyHandle,
    pub(super) public: PublicKey,
    /// A time that the issuer signed, for the proofs.
    pub(super) now: Timestamp,
}

impl Caller {
    pub(super) fn of(enrolment: &Enrolment, reading: &ClockReading) -> Self {
        Self {
            now: enrolment.signed_time(reading),
            issuer: enrolment.issuer.clone(),
            dk: enrolment.keys.dk.clone(),
            public: enrolment.keys.public.dk.clone(),
        }
    }
}

/// The request of a call, without its proof.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) body: Vec<u8>,
    pub(super) max_response_bytes: usize,
}

impl Inner {
    /// Sends a request with a DPoP proof and retries once if the server requires a nonce. Any
    /// status other than 200 is an error and leaves the state unchanged.
    pub(super) async fn call(&self, caller: &Caller, call: &Call) -> Result<String, AuthenticatorError> {
        let first = self.send_with_proof(caller, call).await?;
        let asks_for_nonce = first.status == 401 && usable_nonce(first.dpop_nonce.as_ref()).is_some();
        let response = if asks_for_nonce { self.send_with_proof(caller, call).await? } else { first };
        body_of(response)
    }

    /// Calls for an enrolment.
    ///
    /// If the issuer rejects the caller, it may have accepted new keys whose receipt was lost. Then
    /// the rotation is settled first and the call is repeated with the keys that are current by
    /// then.
    pub(super) async fn call_for(&self, id: &EnrolmentId, call: &Call) -> Result<String, AuthenticatorError> {
        let caller = self.caller(id)?;
        match self.call(&caller, call).await {
            Err(error) if error.rejects_caller() => {
                self.try_settle_rotation(id).await?;
                let now = self.caller(id)?;
                if now.public == caller.public { Err(error) } else { self.call(&now, call).await }
            }
            response => response,
        }
    }

    /// Returns the caller for an enrolment that is not revoked.
    pub(super) fn caller(&self, id: &EnrolmentId) -> Result<Caller, AuthenticatorError> {
        let reading = self.reading()?;
        let state = self.state();
        let enrolment = state.enrolment(id)?;
        if enrolment.state == EnrolmentState::Revoked {
            return Err(AuthenticatorError::NotActive(enrolment.state));
        }
        Ok(Caller::of(enrolment, &reading))
    }

    /// Returns an endpoint of an enrolment's issuer.
    pub(super) fn endpoint(
        &self,
        id: &EnrolmentId,
        url: impl FnOnce(&metadata::Endpoints) -> String,
    ) -> Result<String, AuthenticatorError> {
        Ok(url(&self.state().enrolment(id)?.metadata.endpoints))
    }

    /// Stores the server's nonce for the next proof. A value that is not a nonce is ignored.
    pub(super) fn store_nonce(&self, issuer: &Issuer, nonce: Option<&String>) {
        if let Some(nonce) = usable_nonce(nonce) {
            let mut nonces = self.shared.nonces.lock().unwrap_or_else(PoisonError::into_inner);
            nonces.insert(issuer.clone(), nonce.clone());
        }
    }

    async fn send_with_proof(&self, caller: &Caller, call: &Call) -> Result<HttpResponse, AuthenticatorError> {
        let nonce = self.nonce(&caller.issuer);
        let request = self.with_nonce(caller, call, nonce.clone()).await?;
        let response = self.platform.transport.send(request).await?;
        if (400..500).contains(&response.status) {
            // The nonce may be the reason. Without one, the server responds with a new one.
            self.forget_nonce(&caller.issuer, nonce.as_ref());
        }
        self.store_nonce(&caller.issuer, response.dpop_nonce.as_ref());
        Ok(response)
    }

    fn nonce(&self, issuer: &Issuer) -> Option<String> {
        self.shared.nonces.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }

    /// Forgets a stored nonce, unless a concurrent call has stored another one.
    fn forget_nonce(&self, issuer: &Issuer, nonce: Option<&String>) {
        let mut nonces = self.shared.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        if nonces.get(issuer) == nonce {
            nonces.remove(issuer);
        }
    }

    /// Returns the HTTP request of a call, with its proof.
    pub(super) async fn with_proof(&self, caller: &Caller, call: &Call) -> Result<HttpRequest, AuthenticatorError> {
        self.with_nonce(caller, call, self.nonce(&caller.issuer)).await
    }

    async fn with_nonce(
        &self,
        caller: &Caller,
        call: &Call,
        nonce: Option<String>,
    ) -> Result<HttpRequest, AuthenticatorError> {
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
        let mut request = without_proof(call);
        request.headers.push(("dpop", dpop::finish(&input, &signature)));
        Ok(request)
    }
}

/// Returns the text that a key signs for a message.
///
/// # Errors
/// [`AuthenticatorError::TooLong`] if the signed message would exceed the maximum size of its kind.
/// A server rejects such a message each time.
pub(super) fn signing_input<M: Message>(message: &M, key: &PublicKey) -> Result<SigningInput, AuthenticatorError> {
    let input = message.signing_input(key.thumbprint()).map_err(|_| AuthenticatorError::Broken)?;
    if input.signed_len() <= M::MAX_BYTES { Ok(input) } else { Err(AuthenticatorError::TooLong) }
}

/// Returns the nonce of a response if a proof can repeat it.
fn usable_nonce(nonce: Option<&String>) -> Option<&String> {
    nonce.filter(|nonce| dpop::is_nonce(nonce))
}

/// Returns the HTTP request of a call without a proof.
pub(super) fn without_proof(call: &Call) -> HttpRequest {
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
        max_response_bytes: call.max_response_bytes,
    }
}

/// Returns the body of a response with status 200. Any other status is
/// [`AuthenticatorError::Server`].
pub(super) fn body_of(response: HttpResponse) -> Result<String, AuthenticatorError> {
    #[derive(serde::Deserialize)]
    struct Problem {
        code: String,
    }
    if response.status == 200 {
        return String::from_utf8(response.body)
            .map_err(|_| AuthenticatorError::Server { status: 200, code: "not_text".into() });
    }
    let code = serde_json::from_slice::<Problem>(&response.body).ok().map(|problem| problem.code);
    let well_formed =
        |code: &String| code.len() <= MAX_CODE_BYTES && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    Err(AuthenticatorError::Server {
        status: response.status,
        code: code.filter(well_formed).unwrap_or_else(|| "none".into()),
    })
}

impl AuthenticatorError {
    /// Returns whether the server rejected the caller, as it does if it knows another DK.
    pub(super) const fn rejects_caller(&self) -> bool {
        matches!(self, Self::Server { status: 401 | 403, .. })
    }

    /// Returns whether the server rejected the message instead of failing to process it. The
    /// response is not signed, so that it proves nothing alone.
    pub(super) const fn rejects_message(&self) -> bool {
        matches!(self, Self::Server { status: 400 | 402..=407 | 409..=499, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_code_of_the_server_is_passed_on() {
        let longest = "a".repeat(MAX_CODE_BYTES);
        for (code, expected) in [
            ("rate_limited", "rate_limited"),
            (longest.as_str(), longest.as_str()),
            (&format!("{longest}a"), "none"),
            ("Rate limited", "none"),
            ("e401", "none"),
        ] {
            let body = serde_json::json!({ "code": code }).to_string().into_bytes();
            let problem = body_of(HttpResponse { status: 429, dpop_nonce: None, body });
            assert_eq!(problem, Err(AuthenticatorError::Server { status: 429, code: expected.into() }));
        }
        let text = |body: &[u8]| body_of(HttpResponse { status: 200, dpop_nonce: None, body: body.to_vec() });
        assert_eq!(text(b"ok"), Ok("ok".to_owned()));
        assert_eq!(text(&[0xFF]), Err(AuthenticatorError::Server { status: 200, code: "not_text".into() }));
    }
}
