//! The confirmed time, so that a restart does not forget it.

use async_trait::async_trait;

use super::StoreError;
use crate::clock::ConfirmedTime;

/// Reads the confirmed time.
#[async_trait]
pub(crate) trait TimeReads {
    /// Returns the stored time, or `None` in a new database.
    async fn confirmed_time(&mut self) -> Result<Option<ConfirmedTime>, StoreError>;
}

/// Writes the confirmed time.
#[async_trait]
pub(crate) trait TimeWrites: TimeReads {
    /// Stores the time. Needs no lock.
    async fn save_confirmed_time(&mut self, time: &ConfirmedTime) -> Result<(), StoreError>;
}
