//! The confirmed time in SQLite.

use async_trait::async_trait;
use sqlx::FromRow;

use super::Session;
use super::columns::Row;
use crate::clock::ConfirmedTime;
use crate::store::{StoreError, TimeReads, TimeWrites};

const READ: &str = "select * from server_time where id = 1";
const SAVE: &str = "insert or replace into server_time (id, confirmed, seen, steady) values (1, $1, $2, $3)";

#[derive(FromRow)]
struct TimeRow {
    confirmed: i64,
    seen: i64,
    steady: i64,
}

impl TryFrom<TimeRow> for ConfirmedTime {
    type Error = StoreError;

    fn try_from(row: TimeRow) -> Result<Self, StoreError> {
        let at = Row { table: "server_time", id: "1" };
        Ok(Self {
            confirmed: at.time("confirmed", row.confirmed)?,
            seen: at.time("seen", row.seen)?,
            steady_secs: row.steady,
        })
    }
}

#[async_trait]
impl TimeReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn confirmed_time(&mut self) -> Result<Option<ConfirmedTime>, StoreError> {
        let row: Option<TimeRow> = sqlx::query_as(READ).fetch_optional(self.db()).await?;
        row.map(TryInto::try_into).transpose()
    }
}

#[async_trait]
impl TimeWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn save_confirmed_time(&mut self, time: &ConfirmedTime) -> Result<(), StoreError> {
        sqlx::query(SAVE)
            .bind(time.confirmed.seconds())
            .bind(time.seen.seconds())
            .bind(time.steady_secs)
            .execute(self.db())
            .await?;
        Ok(())
    }
}
