//! Errors of the gateway.

use countersign_protocol::jose::JoseError;

use crate::model::InvalidTransition;
use crate::store::StoreError;

/// A gateway call that failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The database failed, or too many writes are waiting.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A message could not be signed, sealed or verified.
    #[error("a message could not be made: {0}")]
    Jose(#[from] JoseError),
    /// A value could not be written as JSON.
    #[error("a value could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The stored state does not allow the change.
    #[error("the stored state does not allow the change: {0}")]
    State(#[from] InvalidTransition),
    /// The account has as many phones as it may have.
    #[error("the account has {0} phones, which is the maximum. Remove a phone first.")]
    TooManyPhones(u32),
    /// The account has as many unused offers as it may have.
    #[error("the account has {0} unused offers, which is the maximum. Use one of them, or wait until they expire.")]
    TooManyOffers(u32),
    /// A stored row refers to a row that does not exist.
    #[error("{0} does not exist in the database. Restore the database from a backup.")]
    Missing(&'static str),
    /// A decision that a client submitted could not be judged. The log has the reason.
    #[error("a decision submitted by a client could not be judged. Try again later.")]
    ShownDecision,
}

impl GatewayError {
    /// Returns true if the call can succeed later without any change: too many writes are waiting.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Store(StoreError::Busy))
    }
}
