//! Tokens and used client assertions in SQLite.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;
use sqlx::FromRow;

use super::Session;
use crate::model::{Grant, Token, TokenKind};
use crate::store::{StoreError, TokenReads, TokenWrites};

const BY_HASH: &str = "select client_id, username, sub, scope, details from token where hash = $1 and kind = $2 and expires > $3 \
    and created <= $3 + 600";
const INSERT: &str = "insert into token (hash, kind, client_id, username, sub, scope, details, created, expires) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const USE_ASSERTION: &str =
    "insert into used_assertion (client_id, jti, expires) values ($1, $2, $3) on conflict do nothing";

/// The statements of calls from clients.
#[cfg(test)]
pub(super) const LIVE: &[&str] = &[BY_HASH];

#[derive(FromRow)]
struct GrantRow {
    client_id: String,
    username: String,
    sub: String,
    scope: String,
    details: Option<String>,
}

impl From<GrantRow> for Grant {
    fn from(GrantRow { client_id, username, sub, scope, details }: GrantRow) -> Self {
        Self { client_id, username, sub, scope, details }
    }
}

#[async_trait]
impl TokenReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn token(&mut self, hash: &Digest, kind: TokenKind, now: Timestamp) -> Result<Option<Grant>, StoreError> {
        let query = sqlx::query_as(BY_HASH).bind(hash.to_string()).bind(kind.as_str()).bind(now.seconds());
        let row: Option<GrantRow> = query.fetch_optional(self.db()).await?;
        Ok(row.map(Into::into))
    }
}

#[async_trait]
impl TokenWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_token(&mut self, token: &Token) -> Result<(), StoreError> {
        sqlx::query(INSERT)
            .bind(token.hash.to_string())
            .bind(token.kind.as_str())
            .bind(&token.grant.client_id)
            .bind(&token.grant.username)
            .bind(&token.grant.sub)
            .bind(&token.grant.scope)
            .bind(&token.grant.details)
            .bind(token.created.seconds())
            .bind(token.expires.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn use_assertion(&mut self, client_id: &str, jti: &str, expires: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(USE_ASSERTION).bind(client_id).bind(jti).bind(expires.seconds());
        Ok(query.execute(self.db()).await?.rows_affected() == 1)
    }
}
