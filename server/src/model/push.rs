//! Pushes in the outbox: rows of the transaction that caused them, sent by a job after the commit.

use countersign_protocol::message::claims::{EnrolmentId, Timestamp, Txn};

/// A push to add to the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewPush {
    /// The enrolment of the phone.
    pub(crate) enrolment: EnrolmentId,
    /// The content.
    pub(crate) content: PushContent,
    /// The creation time.
    pub(crate) created: Timestamp,
    /// The time from which the push is dropped.
    pub(crate) expires: Timestamp,
}

/// The content of a push. It is sealed to the phone's current encryption key when it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PushContent {
    /// The request of that handle, while it is pending.
    Request(Txn),
    /// A signed status (compact JWS).
    Status(String),
}

/// A push in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutboxPush {
    /// The identifier of the row.
    pub(crate) id: i64,
    /// The push.
    pub(crate) push: NewPush,
    /// The number of failed attempts.
    pub(crate) attempts: u32,
    /// The time of the next attempt.
    pub(crate) next_attempt: Timestamp,
}
