//! The row that a health check writes and reads.

use async_trait::async_trait;

use super::StoreError;

/// Reads the row of the health check.
#[async_trait]
pub(crate) trait HealthReads {
    /// Returns the number of the last probe.
    async fn last_probe(&mut self) -> Result<i64, StoreError>;
}

/// Writes the row of the health check.
#[async_trait]
pub(crate) trait HealthWrites: HealthReads {
    /// Increases the number of the last probe and returns it. Needs no lock.
    async fn next_probe(&mut self) -> Result<i64, StoreError>;
}
