//! Enrolments, their counters, their used numbers and their updates.

use async_trait::async_trait;
use countersign_protocol::jose::{Digest, Thumbprint};
use countersign_protocol::message::claims::{EnrolmentId, Jti, Timestamp};
use countersign_protocol::message::number::Number;

use super::StoreError;
use crate::model::{Enrolment, UpdateRecord};

/// Reads enrolments. Every function fails with a [`StoreError`] if the database fails or a row is
/// unreadable.
#[async_trait]
pub(crate) trait EnrolmentReads {
    /// Returns the enrolment with that identifier.
    async fn enrolment(&mut self, id: &EnrolmentId) -> Result<Option<Enrolment>, StoreError>;

    /// Returns the enrolment whose device key has that thumbprint.
    async fn enrolment_by_device_key(&mut self, key: &Thumbprint) -> Result<Option<Enrolment>, StoreError>;

    /// Returns the enrolments of the account that are not revoked, oldest first.
    async fn enrolments_of_account(&mut self, account: &str) -> Result<Vec<Enrolment>, StoreError>;

    /// Returns every stored enrolment of the account, oldest first.
    async fn enrolment_history(&mut self, account: &str) -> Result<Vec<Enrolment>, StoreError>;

    /// Returns the suspended enrolments of all accounts, the newest suspension first, at most
    /// `limit`.
    async fn suspended_enrolments(&mut self, limit: u32) -> Result<Vec<Enrolment>, StoreError>;

    /// Returns true if any enrolment is stored, of any state.
    async fn has_enrolments(&mut self) -> Result<bool, StoreError>;

    /// Returns the highest used number of the enrolment, or 0.
    async fn highest_number(&mut self, id: &EnrolmentId) -> Result<u64, StoreError>;

    /// Returns the receipt of the update with those bytes, if this enrolment sent it.
    async fn update_receipt(&mut self, hash: &Digest, id: &EnrolmentId) -> Result<Option<String>, StoreError>;

    /// Returns true if an update of the enrolment with that `jti` is stored.
    async fn knows_update(&mut self, id: &EnrolmentId, jti: &Jti) -> Result<bool, StoreError>;

    /// Returns the number of updates of the enrolment that arrived in the hour after `since`. Ten
    /// more minutes count too, because the clock can have been set back.
    async fn updates_since(&mut self, id: &EnrolmentId, since: Timestamp) -> Result<u32, StoreError>;

    /// Returns the size of the stored messages of the enrolment's updates, in bytes.
    async fn update_bytes(&mut self, id: &EnrolmentId) -> Result<u64, StoreError>;
}

/// Writes enrolments. Every function fails with [`StoreError::NotLocked`] in debug builds if the
/// transaction does not hold the named lock.
#[async_trait]
pub(crate) trait EnrolmentWrites: EnrolmentReads {
    /// Stores a new enrolment. Needs the lock of its account.
    async fn insert_enrolment(&mut self, enrolment: &Enrolment) -> Result<(), StoreError>;

    /// Stores the state, keys, protection, push address, reuse time and use of a history of an
    /// enrolment. Needs the locks of its account and of the enrolment.
    async fn save_enrolment(&mut self, enrolment: &Enrolment, now: Timestamp) -> Result<(), StoreError>;

    /// Returns the next counter of messages to the phone. It starts at 1 and never repeats. Needs
    /// the lock of the enrolment.
    async fn next_seq(&mut self, id: &EnrolmentId) -> Result<u64, StoreError>;

    /// Assigns a number to the bytes with that hash. Returns false if the number was used before.
    /// Needs the lock of the enrolment.
    async fn use_number(&mut self, id: &EnrolmentId, number: Number, hash: &Digest) -> Result<bool, StoreError>;

    /// Stores an update and its receipt. Needs the lock of the enrolment.
    async fn insert_update(&mut self, update: &UpdateRecord) -> Result<(), StoreError>;

    /// Returns the secret with that name. The first call on any node stores `fresh` as the secret.
    /// Needs no lock.
    async fn secret(&mut self, name: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError>;
}
