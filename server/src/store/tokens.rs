//! Access and refresh tokens, and the client assertions that were used. Only hashes are kept.

use sqlx::SqliteConnection;

use super::{Store, StoreError};

/// Which kind a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Access,
    Refresh,
}

impl TokenKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// What a token stands for. Times are seconds since 1970.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) username: String,
    pub(crate) sub: String,
    /// Separated by spaces.
    pub(crate) scope: String,
    /// `authorization_details`, as received.
    pub(crate) details: Option<String>,
}

/// A token to keep.
#[derive(Clone, Debug)]
pub(crate) struct NewToken {
    /// SHA-256 of the token.
    pub(crate) hash: String,
    pub(crate) kind: TokenKind,
    pub(crate) grant: Grant,
    pub(crate) expires: i64,
}

impl Store {
    /// Keeps a token.
    pub(crate) async fn insert_token(&self, token: &NewToken, now: i64) -> Result<(), StoreError> {
        insert(&mut *self.pool().acquire().await?, token, now).await
    }

    /// What a token of that hash and kind stands for, if it has not expired.
    pub(crate) async fn token(&self, hash: &str, kind: TokenKind, now: i64) -> Result<Option<Grant>, StoreError> {
        Ok(sqlx::query_as(
            "select client_id, username, sub, scope, details from token where hash = ? and kind = ? and expires > ?",
        )
        .bind(hash)
        .bind(kind.as_str())
        .bind(now)
        .fetch_optional(self.pool())
        .await?)
    }

    /// Marks a client assertion as used until it expires. False when it was used before.
    pub(crate) async fn use_assertion(&self, client_id: &str, jti: &str, expires: i64) -> Result<bool, StoreError> {
        let inserted =
            sqlx::query("insert into used_assertion (client_id, jti, expires) values (?, ?, ?) on conflict do nothing")
                .bind(client_id)
                .bind(jti)
                .bind(expires)
                .execute(self.pool())
                .await?;
        Ok(inserted.rows_affected() == 1)
    }
}

/// Keeps a token, as part of whatever the connection is in.
pub(super) async fn insert(connection: &mut SqliteConnection, token: &NewToken, now: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into token (hash, kind, client_id, username, sub, scope, details, created, expires) \
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&token.hash)
    .bind(token.kind.as_str())
    .bind(&token.grant.client_id)
    .bind(&token.grant.username)
    .bind(&token.grant.sub)
    .bind(&token.grant.scope)
    .bind(&token.grant.details)
    .bind(now)
    .bind(token.expires)
    .execute(connection)
    .await?;
    Ok(())
}
