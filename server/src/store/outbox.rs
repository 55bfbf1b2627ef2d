//! The outbox: pushes that a transaction caused and that a job sends after the commit.

use async_trait::async_trait;
use countersign_protocol::message::claims::Timestamp;

use super::StoreError;
use crate::model::{NewPush, OutboxPush};

/// Reads the outbox.
#[async_trait]
pub(crate) trait OutboxReads {
    /// Returns the pushes whose next attempt is due, the earliest first, at most `limit`.
    async fn due_pushes(&mut self, now: Timestamp, limit: u32) -> Result<Vec<OutboxPush>, StoreError>;
}

/// Writes the outbox.
#[async_trait]
pub(crate) trait OutboxWrites: OutboxReads {
    /// Adds a push that is due at once. Needs no lock. Call `Tx::enqueue_push`, which also wakes
    /// the job.
    async fn insert_push(&mut self, push: &NewPush) -> Result<(), StoreError>;

    /// Removes pushes. Needs no lock. A push that is not in the outbox is ignored.
    async fn delete_pushes(&mut self, ids: &[i64]) -> Result<(), StoreError>;

    /// Counts a failed attempt and sets the time of the next one. Needs no lock.
    async fn delay_push(&mut self, id: i64, next_attempt: Timestamp) -> Result<(), StoreError>;
}
