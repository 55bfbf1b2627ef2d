//! Sessions in SQLite.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;
use sqlx::FromRow;

use super::Session as SqliteSession;
use super::columns::Row;
use crate::model::{Secret, Session};
use crate::store::{SessionReads, SessionWrites, StoreError};

const BY_HASH: &str = "select * from session where id_hash = $1 and expires > $2 and created <= $2 + 600";
const DELETE: &str = "delete from session where id_hash = $1";
const DELETE_OF_ACCOUNT: &str = "delete from session where sub = $1";
const INSERT: &str = "insert into session (id_hash, sub, csrf, created, expires) values ($1, $2, $3, $4, $5)";

#[derive(FromRow)]
struct SessionRow {
    id_hash: String,
    sub: String,
    csrf: String,
    created: i64,
    expires: i64,
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let at = Row { table: "session", id: &row.id_hash };
        Ok(Self {
            id_hash: at.text("id_hash", &row.id_hash)?,
            created: at.time("created", row.created)?,
            expires: at.time("expires", row.expires)?,
            sub: row.sub,
            csrf: Secret::new(row.csrf),
        })
    }
}

#[async_trait]
impl SessionReads for SqliteSession {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn session(&mut self, id_hash: &Digest, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let query = sqlx::query_as(BY_HASH).bind(id_hash.to_string()).bind(now.seconds());
        let row: Option<SessionRow> = query.fetch_optional(self.db()).await?;
        row.map(TryInto::try_into).transpose()
    }
}

#[async_trait]
impl SessionWrites for SqliteSession {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_session(&mut self, session: &Session) -> Result<(), StoreError> {
        sqlx::query(INSERT)
            .bind(session.id_hash.to_string())
            .bind(&session.sub)
            .bind(session.csrf.expose())
            .bind(session.created.seconds())
            .bind(session.expires.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn delete_session(&mut self, id_hash: &Digest) -> Result<(), StoreError> {
        sqlx::query(DELETE).bind(id_hash.to_string()).execute(self.db()).await?;
        Ok(())
    }
    #[tracing::instrument(level = "debug", skip_all)]
    async fn delete_sessions_of_account(&mut self, sub: &str) -> Result<(), StoreError> {
        sqlx::query(DELETE_OF_ACCOUNT).bind(sub).execute(self.db()).await?;
        Ok(())
    }
}
