//! Sessions and failed sign-ins in SQLite.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;
use sqlx::FromRow;

use super::Session as SqliteSession;
use super::columns::Row;
use crate::model::{Secret, Session, SignInCount};
use crate::store::{SessionReads, SessionWrites, StoreError};

const BY_HASH: &str = "select * from session where id_hash = $1 and expires > $2 and created <= $2 + 600";
const DELETE: &str = "delete from session where id_hash = $1";
const DELETE_OF_ACCOUNT: &str = "delete from session where sub = $1";
const INSERT: &str = "\
    insert into session (id_hash, sub, password_hash, csrf, created, expires) values ($1, $2, $3, $4, $5, $6)";

/// A count lasts for a day. One that lasts ten minutes longer comes from a clock that was ahead.
/// It does not count.
const SIGN_INS: &str = "select failures, expires from sign_in_attempt \
    where target = $1 and expires > $2 and expires <= $2 + 87000";
/// The count begins again when it has expired, or comes from a clock that was ahead. A count that
/// lasts a little longer than a new one is shortened.
const COUNT_SIGN_IN: &str = "insert into sign_in_attempt (target, failures, expires) values ($1, 1, $3) \
    on conflict (target) do update set \
    failures = case when expires <= $2 or expires > $3 + 600 then 1 else failures + 1 end, \
    expires = case when expires <= $2 or expires > $3 + 600 then $3 else min(expires, $3) end \
    returning failures, expires";
const FORGIVE_SIGN_IN: &str = "update sign_in_attempt set failures = max(failures - 1, 0) where target = $1";

#[derive(FromRow)]
struct SessionRow {
    id_hash: String,
    sub: String,
    password_hash: String,
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
            password_hash: at.text("password_hash", &row.password_hash)?,
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

    #[tracing::instrument(level = "debug", skip_all)]
    async fn sign_in_count(&mut self, target: &Digest, now: Timestamp) -> Result<SignInCount, StoreError> {
        let query = sqlx::query_as(SIGN_INS).bind(target.to_string()).bind(now.seconds());
        sign_in_count(target, query.fetch_optional(self.db()).await?)
    }
}

fn sign_in_count(target: &Digest, row: Option<(i64, i64)>) -> Result<SignInCount, StoreError> {
    let Some((failures, expires)) = row else { return Ok(SignInCount::default()) };
    let id = target.to_string();
    let at = Row { table: "sign_in_attempt", id: &id };
    Ok(SignInCount { failures: at.count("failures", failures)?, expires: Some(at.time("expires", expires)?) })
}

#[async_trait]
impl SessionWrites for SqliteSession {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_session(&mut self, session: &Session) -> Result<(), StoreError> {
        sqlx::query(INSERT)
            .bind(session.id_hash.to_string())
            .bind(&session.sub)
            .bind(session.password_hash.to_string())
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

    #[tracing::instrument(level = "debug", skip_all)]
    async fn count_sign_in(
        &mut self,
        target: &Digest,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<SignInCount, StoreError> {
        let query = sqlx::query_as(COUNT_SIGN_IN).bind(target.to_string()).bind(now.seconds()).bind(expires.seconds());
        sign_in_count(target, Some(query.fetch_one(self.db()).await?))
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn forgive_sign_in(&mut self, target: &Digest) -> Result<(), StoreError> {
        sqlx::query(FORGIVE_SIGN_IN).bind(target.to_string()).execute(self.db()).await?;
        Ok(())
    }
}
