//! Tokens and used client assertions in SQLite.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;
use sqlx::FromRow;

use super::Session;
use super::columns::Row;
use crate::model::{Approved, Grant, Token, TokenKind};
use crate::store::{StoreError, TokenReads, TokenWrites};

const BY_HASH: &str = "select * from token where hash = $1 and kind = $2 and expires > $3 and created <= $3 + 600";
const DELETE: &str = "delete from token where hash = $1";
const DELETE_GRANT: &str = "delete from token where grant_id = $1";
const DELETE_OF_ACCOUNT: &str = "delete from token where sub = $1";
const DELETE_OF_CLIENT: &str = "delete from token where client_id = $1";
const INSERT: &str = "insert into token (hash, kind, grant_id, client_id, sub, scope, details, auth_time, acr, created, \
    expires) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const USE_ASSERTION: &str =
    "insert into used_assertion (client_id, jti, expires) values ($1, $2, $3) on conflict do nothing";

#[derive(FromRow)]
struct TokenRow {
    hash: String,
    grant_id: String,
    client_id: String,
    sub: String,
    scope: String,
    details: Option<String>,
    auth_time: Option<i64>,
    acr: Option<String>,
    created: i64,
    expires: i64,
}

impl TokenRow {
    fn token(self, kind: TokenKind) -> Result<Token, StoreError> {
        let at = Row { table: "token", id: &self.hash };
        let auth_time = at.maybe_time("auth_time", self.auth_time)?;
        Ok(Token {
            hash: at.text("hash", &self.hash)?,
            kind,
            created: at.time("created", self.created)?,
            expires: at.time("expires", self.expires)?,
            grant: Grant {
                id: at.text("grant_id", &self.grant_id)?,
                approved: auth_time.zip(self.acr).map(|(auth_time, acr)| Approved { auth_time, acr }),
                client_id: self.client_id,
                sub: self.sub,
                scope: self.scope,
                details: self.details,
            },
        })
    }
}

#[async_trait]
impl TokenReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn token(&mut self, hash: &Digest, kind: TokenKind, now: Timestamp) -> Result<Option<Token>, StoreError> {
        let query = sqlx::query_as(BY_HASH).bind(hash.to_string()).bind(kind.as_str()).bind(now.seconds());
        let row: Option<TokenRow> = query.fetch_optional(self.db()).await?;
        row.map(|row| row.token(kind)).transpose()
    }
}

#[async_trait]
impl TokenWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_token(&mut self, token: &Token) -> Result<(), StoreError> {
        let approved = token.grant.approved.as_ref();
        sqlx::query(INSERT)
            .bind(token.hash.to_string())
            .bind(token.kind.as_str())
            .bind(token.grant.id.to_string())
            .bind(&token.grant.client_id)
            .bind(&token.grant.sub)
            .bind(&token.grant.scope)
            .bind(&token.grant.details)
            .bind(approved.map(|approved| approved.auth_time.seconds()))
            .bind(approved.map(|approved| approved.acr.as_str()))
            .bind(token.created.seconds())
            .bind(token.expires.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn delete_token(&mut self, hash: &Digest) -> Result<(), StoreError> {
        sqlx::query(DELETE).bind(hash.to_string()).execute(self.db()).await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn delete_grant(&mut self, id: &Digest) -> Result<(), StoreError> {
        sqlx::query(DELETE_GRANT).bind(id.to_string()).execute(self.db()).await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn delete_tokens_of_account(&mut self, sub: &str) -> Result<u64, StoreError> {
        Ok(sqlx::query(DELETE_OF_ACCOUNT).bind(sub).execute(self.db()).await?.rows_affected())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn delete_tokens_of_client(&mut self, client_id: &str) -> Result<u64, StoreError> {
        Ok(sqlx::query(DELETE_OF_CLIENT).bind(client_id).execute(self.db()).await?.rows_affected())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn use_assertion(&mut self, client_id: &str, jti: &str, expires: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(USE_ASSERTION).bind(client_id).bind(jti).bind(expires.seconds());
        Ok(query.execute(self.db()).await?.rows_affected() == 1)
    }
}
