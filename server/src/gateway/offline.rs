//! Phones without network (ADP/1, section 10). The client shows the phone's request on a screen and
//! submits the decision that the phone shows.
//!
//! The client is not trusted. The request is for one phone, and the decision is judged as if the
//! phone had sent it.

use countersign_protocol::message::decision::Decision;
use countersign_protocol::message::receipt::{Outcome, Receipt};
use countersign_protocol::message::{MAX_QR_CHARS, open};

use super::problem::ProblemCode;
use super::{ApprovalRequestId, Gateway, GatewayError};
use crate::model::Enrolment;
use crate::store::StoreError;

/// A request that is not shown, or a submitted decision that is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// No phone can decide any more.
    #[error("the request was decided or has ended")]
    Ended,
    /// A code on a screen cannot hold the request.
    #[error("the request is too long for a code: the phone needs network for it")]
    TooLong,
    /// The text is not a decision on this approval request by one of its phones, or the key is
    /// wrong. One error for every reason.
    #[error("this is not a decision on this request")]
    Rejected,
    /// Too many different decisions on one request.
    #[error("too many different decisions on this request")]
    TooMany,
    /// The gateway failed.
    #[error(transparent)]
    Gateway(GatewayError),
}

impl<E: Into<GatewayError>> From<E> for OfflineError {
    fn from(error: E) -> Self {
        Self::Gateway(error.into())
    }
}

impl Gateway {
    /// Returns the pending requests of an approval request, each as the signed text that its phone
    /// scans: one for each active phone, always in the same order.
    ///
    /// # Errors
    /// [`OfflineError::Ended`], [`OfflineError::TooLong`], [`OfflineError::Gateway`].
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn requests_to_show(&self, id: &ApprovalRequestId) -> Result<Vec<String>, OfflineError> {
        let now = self.now();
        let mut db = self.parts.store.read().await?;
        let mut shown = Vec::new();
        for request in db.requests_of(id).await? {
            let phone = db.enrolment(&request.enrolment).await?;
            if request.is_open(now) && phone.is_some_and(|phone| phone.is_active()) {
                shown.push(request.jws);
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

    /// Judges a decision on this approval request that a client submits. If the phone sends the
    /// same bytes later, it gets the same receipt.
    ///
    /// # Errors
    /// [`OfflineError::Rejected`], [`OfflineError::TooMany`], [`OfflineError::Gateway`]. Nothing
    /// was changed then.
    #[tracing::instrument(skip_all)]
    pub async fn submit_shown_decision(&self, id: &ApprovalRequestId, compact: &str) -> Result<Outcome, OfflineError> {
        let phone = self.signer_of(id, compact).await?.ok_or(OfflineError::Rejected)?;
        let receipt = self.receipt_for(&phone, compact).await.map_err(|problem| match problem.code() {
            ProblemCode::TooMany => OfflineError::TooMany,
            ProblemCode::Busy => OfflineError::Gateway(StoreError::Busy.into()),
            ProblemCode::Internal => OfflineError::Gateway(GatewayError::ShownDecision),
            _ => OfflineError::Rejected,
        })?;
        let keys = self.parts.keys.device();
        Ok(open::<Receipt>(&receipt, |kid| keys.find(kid))?.message.outcome)
    }

    /// Returns the phone that signed the decision, if the decision is on the request of that phone.
    async fn signer_of(&self, id: &ApprovalRequestId, compact: &str) -> Result<Option<Enrolment>, GatewayError> {
        let mut db = self.parts.store.read().await?;
        for request in db.requests_of(id).await? {
            let Some(phone) = db.enrolment(&request.enrolment).await? else { continue };
            let keys = [&phone.keys.uvk, &phone.keys.dk];
            let decision = open::<Decision>(compact, |kid| keys.into_iter().find(|key| key.thumbprint() == kid));
            if decision.is_ok_and(|decision| decision.message.txn == request.txn) {
                return Ok(Some(phone));
            }
        }
        Ok(None)
    }
}
