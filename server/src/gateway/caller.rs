//! Authentication of calls from phones by DPoP (RFC 9449). The thumbprint of the key that signed
//! the proof identifies the enrolment. There is no bearer secret.

use axum::http::{HeaderMap, Method};
use countersign_protocol::jose::{PublicKey, Thumbprint};
use countersign_protocol::message::claims::Jti;
use countersign_protocol::message::dpop;

use super::Gateway;
use super::nonce::{Period, Use};
use super::problem::{CallProblem, ProblemCode};
use crate::model::Enrolment;

/// A valid proof for this call. [`Gateway::spend`] checks that it is used for the first time and
/// that the caller may make another call.
pub(super) struct Proved {
    /// The key that signed the proof.
    pub(super) key: PublicKey,
    /// The thumbprint of the key.
    pub(super) thumb: Thumbprint,
    jti: Jti,
    period: Period,
}

impl Gateway {
    /// Verifies the proof of a call to `path`: one header, form, signature, method, URL and nonce.
    /// The nonce limits the age of the proof (RFC 9449, section 4.3, step 11). `iat` is not
    /// checked, because the clock of a phone can be wrong by years. A phone learns the time from
    /// the response.
    pub(super) fn proof(&self, headers: &HeaderMap, method: &Method, path: &str) -> Result<Proved, CallProblem> {
        let mut given = headers.get_all("dpop").iter();
        let (Some(compact), None) = (given.next(), given.next()) else {
            return Err(CallProblem::new(ProblemCode::UseDpopNonce, "not exactly one proof"));
        };
        let compact = compact.to_str().map_err(|_| CallProblem::rejected("proof is not text"))?;
        let (proof, key) = dpop::open(compact).map_err(|error| CallProblem::rejected(error.code()))?;
        if proof.htm != method.as_str() {
            return Err(CallProblem::rejected("proof for another method"));
        }
        // Compared with the issuer. The caller chooses the Host header.
        let called = proof.htu.split(['?', '#']).next().unwrap_or_default();
        if called.strip_prefix(self.parts.issuer.as_str()) != Some(path) {
            return Err(CallProblem::rejected("proof for another URL"));
        }
        let Some(period) = proof.nonce.and_then(|nonce| self.nonces.accept(&nonce)) else {
            return Err(CallProblem::new(ProblemCode::UseDpopNonce, "proof without a current nonce"));
        };
        Ok(Proved { thumb: key.thumbprint(), key, jti: proof.jti, period })
    }

    /// Returns the enrolment of the calling phone, revoked or not. Marks the proof as used.
    pub(super) async fn caller(
        &self,
        headers: &HeaderMap,
        method: &Method,
        path: &str,
    ) -> Result<Enrolment, CallProblem> {
        let proved = self.proof(headers, method, path)?;
        // A stranger's proof is not remembered, so that strangers cannot fill the memory.
        let phone = self.parts.store.read().await?.enrolment_by_device_key(&proved.thumb).await?;
        let phone = phone.ok_or_else(|| CallProblem::rejected("proof by an unknown key"))?;
        self.spend(&proved).await?;
        Ok(phone)
    }

    /// Takes the call from the budget of its key and marks the proof as used. A proof that was used
    /// before is rejected as a replay.
    pub(super) async fn spend(&self, proved: &Proved) -> Result<(), CallProblem> {
        // A stranger who repeats a proof takes nothing from the budget of its phone.
        if self.nonces.is_used(&proved.thumb, &proved.jti) {
            return Err(CallProblem::rejected("proof used before"));
        }
        if let Err(over) = self.calls.take(&proved.thumb).await {
            return Err(CallProblem::too_many(over));
        }
        match self.nonces.spend(proved.period, &proved.thumb, &proved.jti) {
            Use::First => Ok(()),
            Use::Again => Err(CallProblem::rejected("proof used before")),
            Use::Expired => Err(CallProblem::new(ProblemCode::UseDpopNonce, "proof whose nonce has expired")),
            Use::Full => Err(CallProblem::new(ProblemCode::Busy, "too many proofs in a short time")),
        }
    }
}
