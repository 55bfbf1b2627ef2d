//! Named locks of a transaction.
//!
//! A rule that reads rows and writes a consequence must hold the lock of the aggregate, so that no
//! other transaction changes the rows in between. SQLite has one write lock for the whole database,
//! so `lock` only records the name there. PostgreSQL will lock the row.
//!
//! | lock | rows | needed to write |
//! |---|---|---|
//! | `CibaRequest` | one authentication request | its redemption |
//! | `Offer` | one offer | its tie and its use |
//! | `Client` | the request rate of one client | a new approval request |
//! | `Account` | the guard, the set of enrolments, their states | these, a new approval request |
//! | `Enrolment` | one enrolment, its counter, numbers, updates | each of these |
//! | `ApprovalRequest` | one approval request, its requests and decisions | each of these |
//!
//! Locks are taken in the order of this table, and by name within one kind, so that two
//! transactions cannot wait for each other.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{EnrolmentId, OfferId};

use super::StoreError;
use crate::model::ApprovalRequestId;

/// The name of a lock. The order of the variants is the order in which locks are taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// One authentication request, by the text of its hash.
    CibaRequest(String),
    /// One offer.
    Offer(OfferId),
    /// The request rate of one client.
    Client(String),
    /// One account: its guard, the set of its enrolments and their states.
    Account(String),
    /// One enrolment.
    Enrolment(EnrolmentId),
    /// One approval request.
    ApprovalRequest(ApprovalRequestId),
}

impl Lock {
    /// Returns the lock of an authentication request.
    pub(crate) fn ciba(id_hash: &Digest) -> Self {
        Self::CibaRequest(id_hash.to_string())
    }

    /// Returns the lock of an account.
    pub(crate) fn account(account: &str) -> Self {
        Self::Account(account.to_owned())
    }

    /// Returns the lock of an enrolment.
    pub(crate) fn enrolment(id: &EnrolmentId) -> Self {
        Self::Enrolment(id.clone())
    }

    /// Returns the lock of an approval request.
    pub(crate) fn approval(id: &ApprovalRequestId) -> Self {
        Self::ApprovalRequest(id.clone())
    }
}

/// The locks that a transaction holds. Debug and test builds check their order and their presence.
#[derive(Debug, Default)]
pub(super) struct LockSet(Vec<Lock>);

impl LockSet {
    /// Records a lock. Returns false if the transaction holds it already.
    ///
    /// # Errors
    /// [`StoreError::LockOrder`] in debug builds if a later lock was taken before.
    pub(super) fn take(&mut self, lock: Lock) -> Result<bool, StoreError> {
        if self.0.contains(&lock) {
            return Ok(false);
        }
        if cfg!(debug_assertions) && self.0.iter().any(|held| *held > lock) {
            return Err(StoreError::LockOrder(lock));
        }
        self.0.push(lock);
        Ok(true)
    }

    /// Checks that the transaction holds a lock before it writes.
    ///
    /// # Errors
    /// [`StoreError::NotLocked`] in debug builds if it does not.
    pub(super) fn require(&self, lock: Lock) -> Result<(), StoreError> {
        if cfg!(debug_assertions) && !self.0.contains(&lock) {
            return Err(StoreError::NotLocked(lock));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_taken_in_order_and_required_by_name() {
        let mut locks = LockSet::default();
        assert!(locks.take(Lock::account("a")).unwrap());
        assert!(!locks.take(Lock::account("a")).unwrap());
        assert!(matches!(locks.take(Lock::Client("c".to_owned())), Err(StoreError::LockOrder(_))));
        locks.require(Lock::account("a")).unwrap();
        assert!(matches!(locks.require(Lock::account("b")), Err(StoreError::NotLocked(_))));
    }
}
