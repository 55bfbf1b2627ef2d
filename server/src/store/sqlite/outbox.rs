//! The outbox in SQLite.

use async_trait::async_trait;
use countersign_protocol::message::claims::Timestamp;
use sqlx::FromRow;

use super::Session;
use super::columns::Row;
use crate::model::{NewPush, OutboxPush, PushContent};
use crate::store::{OutboxReads, OutboxWrites, StoreError};

const DUE: &str =
    "select * from outbox indexed by outbox_due where next_attempt <= $1 order by next_attempt, id limit $2";
const DELETE: &str = "delete from outbox where id in (select value from json_each($1))";
const DELAY: &str = "update outbox set attempts = attempts + 1, next_attempt = $2 where id = $1";
const INSERT: &str = "insert into outbox (enrolment, kind, content, created, expires, next_attempt) \
    values ($1, $2, $3, $4, $5, $4)";

#[derive(FromRow)]
struct OutboxRow {
    id: i64,
    enrolment: String,
    kind: String,
    content: String,
    created: i64,
    expires: i64,
    attempts: i64,
    next_attempt: i64,
}

impl TryFrom<OutboxRow> for OutboxPush {
    type Error = StoreError;

    fn try_from(row: OutboxRow) -> Result<Self, StoreError> {
        let id = row.id.to_string();
        let at = Row { table: "outbox", id: &id };
        let content = match row.kind.as_str() {
            "request" => PushContent::Request(at.text("content", &row.content)?),
            "status" => PushContent::Status(row.content),
            _ => return Err(at.unreadable("kind")),
        };
        Ok(Self {
            id: row.id,
            push: NewPush {
                enrolment: at.text("enrolment", &row.enrolment)?,
                content,
                created: at.time("created", row.created)?,
                expires: at.time("expires", row.expires)?,
            },
            attempts: at.count("attempts", row.attempts)?,
            next_attempt: at.time("next_attempt", row.next_attempt)?,
        })
    }
}

#[async_trait]
impl OutboxReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn due_pushes(&mut self, now: Timestamp, limit: u32) -> Result<Vec<OutboxPush>, StoreError> {
        let query = sqlx::query_as(DUE).bind(now.seconds()).bind(limit);
        let rows: Vec<OutboxRow> = query.fetch_all(self.db()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

#[async_trait]
impl OutboxWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_push(&mut self, push: &NewPush) -> Result<(), StoreError> {
        let (kind, content) = match &push.content {
            PushContent::Request(txn) => ("request", txn.as_str()),
            PushContent::Status(signed) => ("status", signed.as_str()),
        };
        sqlx::query(INSERT)
            .bind(push.enrolment.as_str())
            .bind(kind)
            .bind(content)
            .bind(push.created.seconds())
            .bind(push.expires.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn delete_pushes(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        let ids = serde_json::Value::from(ids.to_vec()).to_string();
        sqlx::query(DELETE).bind(ids).execute(self.db()).await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn delay_push(&mut self, id: i64, next_attempt: Timestamp) -> Result<(), StoreError> {
        sqlx::query(DELAY).bind(id).bind(next_attempt.seconds()).execute(self.db()).await?;
        Ok(())
    }
}
