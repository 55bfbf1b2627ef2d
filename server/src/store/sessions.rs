//! Sessions of people at the pages.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

use super::StoreError;
use crate::model::Session;

/// Reads sessions.
#[async_trait]
pub(crate) trait SessionReads {
    /// Returns the session with that hash, if it has not expired.
    async fn session(&mut self, id_hash: &Digest, now: Timestamp) -> Result<Option<Session>, StoreError>;
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
}
