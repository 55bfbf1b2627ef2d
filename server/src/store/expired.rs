//! Rows that are deleted after their expiry.

use async_trait::async_trait;
use countersign_protocol::message::claims::Timestamp;

use super::StoreError;

/// A kind of row that is deleted after its expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expired {
    /// Authentication requests.
    CibaRequests,
    /// Access and refresh tokens.
    Tokens,
    /// Used client assertions.
    Assertions,
    /// Sessions.
    Sessions,
    /// Counts of failed sign-ins.
    SignIns,
    /// Offers.
    Offers,
    /// Approval requests without any decision, with their requests.
    UndecidedApprovals,
    /// Approval requests, with their requests, decisions and receipts.
    Approvals,
    /// The messages of updates, by the time at which they arrived. Their receipts stay.
    UpdateMessages,
}

impl Expired {
    /// Returns the name of the kind for the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::CibaRequests => "authentication_requests",
            Self::Tokens => "tokens",
            Self::Assertions => "used_assertions",
            Self::Sessions => "sessions",
            Self::SignIns => "sign_in_counts",
            Self::Offers => "offers",
            Self::UndecidedApprovals => "undecided_approval_requests",
            Self::Approvals => "approval_requests",
            Self::UpdateMessages => "update_messages",
        }
    }
}

/// Reads expired rows.
#[async_trait]
pub(crate) trait ExpiredReads {
    /// Returns true if there is a row of that kind that expired at or before `before`.
    async fn has_expired(&mut self, kind: Expired, before: Timestamp) -> Result<bool, StoreError>;
}

/// Deletes expired rows.
#[async_trait]
pub(crate) trait ExpiredWrites: ExpiredReads {
    /// Deletes rows of that kind that expired at or before `before`, at most `limit`, and returns
    /// their number. Needs no lock.
    async fn delete_expired(&mut self, kind: Expired, before: Timestamp, limit: u32) -> Result<u32, StoreError>;
}
