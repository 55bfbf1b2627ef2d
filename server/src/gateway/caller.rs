//! Authentication of calls from phones by DPoP (RFC 9449). The thumbprint of the key that signed
//! the proof identifies the enrolment. There is no bearer secret.

use axum::http::{HeaderMap, Method};
use countersign_protocol::jose::{PublicKey, Thumbprint};
use countersign_protocol::message::claims::Jti;
use countersign_protocol::message::dpop;

use super::problem::{CallProblem, ProblemCode};
use super::{Gateway, nonce};
use crate::model::Enrolment;
use crate::store::Tx;

/// A valid proof for this call. [`Gateway::spend`] checks that it is used for the first time.
pub(super) struct Proved {
    /// The key that signed the proof.
    pub(super) key: PublicKey,
    /// The thumbprint of the key.
    pub(super) thumb: Thumbprint,
    jti: Jti,
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
        if !proof.nonce.is_some_and(|nonce| self.nonces.knows(&nonce, self.now().seconds())) {
            return Err(CallProblem::new(ProblemCode::UseDpopNonce, "proof without a current nonce"));
        }
        Ok(Proved { thumb: key.thumbprint(), key, jti: proof.jti })
    }

    /// Returns the enrolment of the calling phone, revoked or not, and marks the proof as used.
    pub(super) async fn caller(
        &self,
        headers: &HeaderMap,
        method: &Method,
        path: &str,
    ) -> Result<Enrolment, CallProblem> {
        let (phone, proved) = self.identify(headers, method, path).await?;
        self.spend(&proved).await?;
        Ok(phone)
    }

    /// Returns the enrolment of the calling phone and its proof. The caller of this function marks
    /// the proof as used in its own transaction.
    pub(super) async fn identify(
        &self,
        headers: &HeaderMap,
        method: &Method,
        path: &str,
    ) -> Result<(Enrolment, Proved), CallProblem> {
        let proved = self.proof(headers, method, path)?;
        // Read first: a caller without an enrolment causes no write.
        let phone = self.parts.store.read().await?.enrolment_by_device_key(&proved.thumb).await?;
        let phone = phone.ok_or_else(|| CallProblem::rejected("proof by an unknown key"))?;
        Ok((phone, proved))
    }

    /// Marks a proof as used. A proof that was used before is rejected as a replay.
    pub(super) async fn spend(&self, proved: &Proved) -> Result<(), CallProblem> {
        let mut tx = self.parts.store.begin().await?;
        self.spend_in(&mut tx, proved).await?;
        Ok(tx.commit().await?)
    }

    /// Marks a proof as used in a transaction of the caller.
    pub(super) async fn spend_in(&self, tx: &mut Tx, proved: &Proved) -> Result<(), CallProblem> {
        // The nonce of the proof expires before the record of its use is deleted.
        let expires = self.now().plus(nonce::LIFETIME_SECS);
        let first = tx.use_proof(&proved.thumb, &proved.jti, expires).await?;
        if first { Ok(()) } else { Err(CallProblem::rejected("proof used before")) }
    }
}
