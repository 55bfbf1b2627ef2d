//! People who are signed in.

use super::{Store, StoreError};

/// Someone who is signed in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Session {
    /// SHA-256 of what the cookie holds.
    pub(crate) id_hash: String,
    pub(crate) username: String,
    /// Must come back with every form.
    pub(crate) csrf: String,
}

impl Store {
    /// Keeps a session until `expires`.
    pub(crate) async fn insert_session(&self, session: &Session, now: i64, expires: i64) -> Result<(), StoreError> {
        sqlx::query("insert into session (id_hash, username, csrf, created, expires) values (?, ?, ?, ?, ?)")
            .bind(&session.id_hash)
            .bind(&session.username)
            .bind(&session.csrf)
            .bind(now)
            .bind(expires)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// The session of that hash, if it has not expired.
    pub(crate) async fn session(&self, id_hash: &str, now: i64) -> Result<Option<Session>, StoreError> {
        Ok(sqlx::query_as("select id_hash, username, csrf from session where id_hash = ? and expires > ?")
            .bind(id_hash)
            .bind(now)
            .fetch_optional(self.pool())
            .await?)
    }

    /// Ends a session.
    pub(crate) async fn delete_session(&self, id_hash: &str) -> Result<(), StoreError> {
        sqlx::query("delete from session where id_hash = ?").bind(id_hash).execute(self.pool()).await?;
        Ok(())
    }
}
