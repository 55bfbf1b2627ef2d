//! Sessions of people at the pages, and failed sign-ins.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

use super::StoreError;
use crate::model::{Session, SignInCount};

/// Reads sessions.
#[async_trait]
pub(crate) trait SessionReads {
    /// Returns the session with that hash, if it has not expired.
    async fn session(&mut self, id_hash: &Digest, now: Timestamp) -> Result<Option<Session>, StoreError>;

    /// Returns the failed sign-ins of a target within the last day.
    async fn sign_in_count(&mut self, target: &Digest, now: Timestamp) -> Result<SignInCount, StoreError>;
}

/// Writes sessions.
#[async_trait]
pub(crate) trait SessionWrites: SessionReads {
    /// Stores a session. Needs no lock.
    async fn insert_session(&mut self, session: &Session) -> Result<(), StoreError>;

    /// Deletes a session. Needs no lock.
    async fn delete_session(&mut self, id_hash: &Digest) -> Result<(), StoreError>;

    /// Deletes all sessions of an account. Needs no lock.
    async fn delete_sessions_of_account(&mut self, sub: &str) -> Result<(), StoreError>;

    /// Counts a sign-in as failed until `expires`, unless an earlier count of the target is still
    /// running. Returns the count with this sign-in. Needs no lock.
    async fn count_sign_in(
        &mut self,
        target: &Digest,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<SignInCount, StoreError>;

    /// Takes back one failed sign-in of a target. Needs no lock.
    async fn forgive_sign_in(&mut self, target: &Digest) -> Result<(), StoreError>;
}
