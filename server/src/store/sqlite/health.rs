//! The row of the health check in SQLite.

use async_trait::async_trait;

use super::Session;
use crate::store::{HealthReads, HealthWrites, StoreError};

const LAST: &str = "select probe from health where id = 1";
const NEXT: &str = "update health set probe = probe + 1 where id = 1 returning probe";

#[async_trait]
impl HealthReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn last_probe(&mut self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(LAST).fetch_one(self.db()).await?)
    }
}

#[async_trait]
impl HealthWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn next_probe(&mut self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(NEXT).fetch_one(self.db()).await?)
    }
}
