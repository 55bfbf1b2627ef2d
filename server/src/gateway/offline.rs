//! A phone without network (ADP/1 §10): whoever asked shows the phone's request on a screen, and brings back what the phone
//! signed. Nothing is trusted of who carries it: the request is for one phone, and the decision is judged as if the phone had sent
//! it.

use countersign_protocol::message::decision::Decision;
use countersign_protocol::message::receipt::{Outcome, Receipt};
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::{MAX_QR_CHARS, open};

use super::phone::Phone;
use super::refusal::Code;
use super::{ApprovalRequestId, Fault, Gateway};
use crate::store::offline::requests_of_ask;

/// Why a request is not shown, or a carried decision not taken.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// Nobody can answer it any more.
    #[error("the request was answered or has ended")]
    Ended,
    /// A code that is scanned cannot hold it.
    #[error("the request is too long for a code: the phone needs network for it")]
    TooLong,
    /// No decision on this ask by a phone that was asked, or not by the right key. One answer for every reason.
    #[error("this is not an answer to this request")]
    Rejected,
    /// Too many different decisions on one request.
    #[error("too many different answers to this request")]
    TooMany,
    /// The gateway could not do its work.
    #[error(transparent)]
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for OfflineError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl Gateway {
    /// The requests of an ask that still wait, each as the signed text that its phone scans: one for each active phone that was
    /// asked, always in the same order.
    ///
    /// # Errors
    /// [`OfflineError::Ended`], [`OfflineError::TooLong`], [`OfflineError::Fault`].
    pub async fn requests_to_show(&self, ask: &ApprovalRequestId) -> Result<Vec<String>, OfflineError> {
        let now = self.now();
        let mut db = self.parts.store.pool().acquire().await?;
        let mut shown = Vec::new();
        for row in requests_of_ask(&mut db, &ask.0).await? {
            let phone = Phone::find(&mut db, &row.enrolment).await?;
            let active = phone.is_some_and(|phone| phone.state == EnrolmentState::Active);
            if active && row.state == "pending" && row.expires > now {
                shown.push(row.jws);
            }
        }
        if shown.is_empty() {
            return Err(OfflineError::Ended);
        }
        if shown.iter().any(|jws| jws.len() > MAX_QR_CHARS) {
            return Err(OfflineError::TooLong);
        }
        Ok(shown)
    }

    /// Judges a decision on this ask that somebody else than its phone brings. The phone that sends the same bytes later gets the
    /// receipt that was made here.
    ///
    /// # Errors
    /// [`OfflineError::Rejected`], [`OfflineError::TooMany`], [`OfflineError::Fault`]; then nothing has changed.
    pub async fn take_shown(&self, ask: &ApprovalRequestId, compact: &str) -> Result<Outcome, OfflineError> {
        let phone = self.author(ask, compact).await?.ok_or(OfflineError::Rejected)?;
        let receipt = self.receipt_for(&phone, compact).await.map_err(|refused| match refused.code() {
            Code::TooMany => OfflineError::TooMany,
            Code::Internal => OfflineError::Fault(Fault::Carried),
            _ => OfflineError::Rejected,
        })?;
        let keys = self.parts.keys.device();
        Ok(open::<Receipt>(&receipt, |kid| keys.find(kid))?.message.outcome)
    }

    /// The phone that signed it, if it was asked and the decision is on the very request that it got.
    async fn author(&self, ask: &ApprovalRequestId, compact: &str) -> Result<Option<Phone>, Fault> {
        let mut db = self.parts.store.pool().acquire().await?;
        for row in requests_of_ask(&mut db, &ask.0).await? {
            let Some(phone) = Phone::find(&mut db, &row.enrolment).await? else { continue };
            let keys = [&phone.keys.uvk, &phone.keys.dk];
            let decision = open::<Decision>(compact, |kid| keys.into_iter().find(|key| key.thumbprint() == kid));
            if decision.is_ok_and(|decision| decision.message.txn.as_str() == row.txn) {
                return Ok(Some(phone));
            }
        }
        Ok(None)
    }
}
