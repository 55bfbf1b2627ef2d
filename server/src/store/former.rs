//! Rows that name their account by a user name. Migration 0008 marked them, and the next start
//! binds them.

use async_trait::async_trait;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp};

use super::StoreError;

/// An enrolment whose account is known by its user name only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormerEnrolment {
    /// The identifier.
    pub(crate) id: EnrolmentId,
    /// The user name of its account when the phone was added.
    pub(crate) username: String,
    /// The name of its account when the phone was added.
    pub(crate) label: String,
    /// True if the phone was not removed.
    pub(crate) in_use: bool,
}

/// Reads the rows that are not bound.
#[async_trait]
pub(crate) trait FormerReads {
    /// Returns the enrolments that are not bound, in the order of their user names.
    async fn former_enrolments(&mut self) -> Result<Vec<FormerEnrolment>, StoreError>;

    /// Returns every subject identifier that is known for a user name.
    async fn former_subjects(&mut self, username: &str) -> Result<Vec<String>, StoreError>;
}

/// Binds rows to subject identifiers. Only the start calls it, before any other transaction.
#[async_trait]
pub(crate) trait FormerWrites: FormerReads {
    /// Binds the rows of a user name to a subject identifier: its approval requests and guard, and
    /// those enrolments and offers that have the label.
    async fn bind_account(&mut self, username: &str, label: &str, sub: &str) -> Result<(), StoreError>;

    /// Marks all rows that are still not bound for good and suspends their phones from `now` on.
    async fn close_former_accounts(&mut self, now: Timestamp) -> Result<(), StoreError>;
}
