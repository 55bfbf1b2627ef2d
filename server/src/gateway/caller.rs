//! Who calls: DPoP (RFC 9449). The thumbprint of the key that signed the proof names the enrolment; no bearer secret
//! exists.

use axum::http::{HeaderMap, Method};
use countersign_protocol::jose::{PublicKey, Thumbprint};
use countersign_protocol::message::claims::Jti;
use countersign_protocol::message::dpop;
use sqlx::SqliteConnection;

use super::phone::Phone;
use super::refusal::{Code, Refused};
use super::{Gateway, nonce};
use crate::store::enrolments;

/// A proof that is right for this call. Whether it is used for the first time is not known yet: see [`Proved::spend`].
pub(super) struct Proved {
    /// The key that signed.
    pub(super) key: PublicKey,
    /// Its name.
    pub(super) thumb: Thumbprint,
    jti: Jti,
}

impl Gateway {
    /// Checks the proof of a call to `path`: one header, form, signature, method, URL, server nonce. The nonce
    /// alone says when it was made, as RFC 9449 §4.3 (step 11) allows; `iat` is the word of a clock that may be wrong by
    /// years, and a phone learns the time from our answer.
    pub(super) fn proof(&self, headers: &HeaderMap, method: &Method, path: &str) -> Result<Proved, Refused> {
        let mut given = headers.get_all("dpop").iter();
        let (Some(compact), None) = (given.next(), given.next()) else {
            return Err(Refused::of(Code::UseDpopNonce, "not exactly one proof"));
        };
        let compact = compact.to_str().map_err(|_| Refused::rejected("proof is not text"))?;
        let (proof, key) = dpop::open(compact).map_err(|error| Refused::rejected(error.code()))?;
        if proof.htm != method.as_str() {
            return Err(Refused::rejected("proof for another method"));
        }
        // The issuer, not the Host header: that one is the caller's own word.
        let called = proof.htu.split(['?', '#']).next().unwrap_or_default();
        if called.strip_prefix(self.parts.issuer.as_str()) != Some(path) {
            return Err(Refused::rejected("proof for another URL"));
        }
        if !proof.nonce.is_some_and(|nonce| self.nonces.knows(&nonce, self.now())) {
            return Err(Refused::of(Code::UseDpopNonce, "proof without a current nonce"));
        }
        Ok(Proved { thumb: key.thumbprint(), key, jti: proof.jti })
    }

    /// The phone that calls, revoked or not; its proof is spent.
    pub(super) async fn caller(&self, headers: &HeaderMap, method: &Method, path: &str) -> Result<Phone, Refused> {
        let proved = self.proof(headers, method, path)?;
        // No transaction: strangers must not hold the write lock, and a proof is spent by one statement.
        let mut db = self.parts.store.pool().acquire().await?;
        let row = enrolments::by_device_key(&mut db, &proved.thumb.to_string()).await?;
        let phone = Phone::read(row.ok_or_else(|| Refused::rejected("proof by an unknown key"))?)?;
        proved.spend(&mut db, self.now()).await?;
        Ok(phone)
    }
}

impl Proved {
    /// Uses the proof up; a second time is a replay.
    pub(super) async fn spend(&self, db: &mut SqliteConnection, now: i64) -> Result<(), Refused> {
        // Its nonce dies before the memory of it does.
        let forget = now + nonce::LIFETIME;
        let first = enrolments::use_proof(db, &self.thumb.to_string(), self.jti.as_str(), forget, now).await?;
        if first { Ok(()) } else { Err(Refused::rejected("proof used before")) }
    }
}
