//! Approval requests, their requests and decisions, and the guards of accounts.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp, Txn};

use super::StoreError;
use crate::model::{ApprovalRequest, ApprovalRequestId, DecisionRecord, Guard, Load, Request, RequestState};

/// Reads approval requests. Every function fails with a [`StoreError`] if the database fails or a
/// row is unreadable.
#[async_trait]
pub(crate) trait ApprovalReads {
    /// Returns the approval request with that identifier.
    async fn approval_request(&mut self, id: &ApprovalRequestId) -> Result<Option<ApprovalRequest>, StoreError>;

    /// Returns the requests of an approval request in the order of their creation.
    async fn requests_of(&mut self, id: &ApprovalRequestId) -> Result<Vec<Request>, StoreError>;

    /// Returns the request with that handle.
    async fn request(&mut self, txn: &Txn) -> Result<Option<Request>, StoreError>;

    /// Returns the requests that the phone can still decide, oldest first.
    async fn open_requests(&mut self, id: &EnrolmentId, now: Timestamp) -> Result<Vec<Request>, StoreError>;

    /// Returns the requests that the phone can still decide and that are not quiet, oldest first.
    async fn audible_requests(&mut self, id: &EnrolmentId, now: Timestamp) -> Result<Vec<Request>, StoreError>;

    /// Returns handle and state of the requests of the phone that ended and whose expiry is after
    /// `since`. The newest come first, at most `limit`. A pending request that has expired counts
    /// as [`RequestState::Expired`].
    async fn closed_requests(
        &mut self,
        id: &EnrolmentId,
        since: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Txn, RequestState)>, StoreError>;

    /// Counts approval requests of the account and of the client: those made after `since`, and
    /// those that are pending at `now`.
    async fn load(&mut self, account: &str, client: &str, since: Timestamp, now: Timestamp)
    -> Result<Load, StoreError>;

    /// Returns the guard of the account. An account without history has an empty one.
    async fn guard(&mut self, account: &str) -> Result<Guard, StoreError>;

    /// Returns the decision with those bytes.
    async fn decision(&mut self, hash: &Digest) -> Result<Option<DecisionRecord>, StoreError>;

    /// Returns the decisions on a request in the order of arrival.
    async fn decisions_on(&mut self, txn: &Txn) -> Result<Vec<DecisionRecord>, StoreError>;
}

/// Writes approval requests. Every function fails with [`StoreError::NotLocked`] in debug builds if
/// the transaction does not hold the named lock.
#[async_trait]
pub(crate) trait ApprovalWrites: ApprovalReads {
    /// Stores a new approval request. Needs the locks of its client, its account and the approval
    /// request.
    async fn insert_approval_request(&mut self, request: &ApprovalRequest) -> Result<(), StoreError>;

    /// Stores the state of an approval request. Needs its lock.
    async fn save_approval_request(&mut self, request: &ApprovalRequest) -> Result<(), StoreError>;

    /// Stores a new request. Needs the lock of its approval request.
    async fn insert_request(&mut self, request: &Request) -> Result<(), StoreError>;

    /// Stores the state of a request. Needs the lock of its approval request.
    async fn save_request(&mut self, request: &Request) -> Result<(), StoreError>;

    /// Stores a decision and its receipt. Needs the lock of the approval request `of`.
    async fn insert_decision(&mut self, of: &ApprovalRequestId, decision: &DecisionRecord) -> Result<(), StoreError>;

    /// Stores the guard of an account. Needs the lock of the account.
    async fn save_guard(&mut self, account: &str, guard: &Guard) -> Result<(), StoreError>;
}
