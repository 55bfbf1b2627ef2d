//! People who are signed in, and sign-ins that failed.

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

/// Attempts that cost nothing before waiting begins.
const FREE_ATTEMPTS: i64 = 5;
/// The first wait, in seconds; each further attempt doubles it.
const FIRST_WAIT: i64 = 10;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 900;
/// How long failures are remembered after the last one, in seconds.
const REMEMBERED: i64 = 3600;

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

    /// Counts an attempt to sign in, before its password is looked at: attempts made at the same time are all counted.
    /// `Some(seconds)` tells how long to wait instead; nothing is counted then.
    pub(crate) async fn begin_sign_in(
        &self,
        username: &str,
        address: &str,
        now: i64,
    ) -> Result<Option<i64>, StoreError> {
        let mut transaction = self.write().await?;
        let found: Option<(i64, i64)> = sqlx::query_as(
            "select failures, until from sign_in_failure where username = ? and address = ? and expires > ?",
        )
        .bind(username)
        .bind(address)
        .bind(now)
        .fetch_optional(&mut *transaction)
        .await?;
        let (failures, until) = found.unwrap_or_default();
        if until > now {
            return Ok(Some(until.saturating_sub(now)));
        }
        let failures = failures.saturating_add(1);
        sqlx::query("insert or replace into sign_in_failure (username, address, failures, until, expires) values (?, ?, ?, ?, ?)")
            .bind(username)
            .bind(address)
            .bind(failures)
            .bind(now.saturating_add(wait_after(failures)))
            .bind(now.saturating_add(REMEMBERED))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(None)
    }

    /// Forgets the failures of that name and address: the password was right.
    pub(crate) async fn sign_in_succeeded(&self, username: &str, address: &str) -> Result<(), StoreError> {
        sqlx::query("delete from sign_in_failure where username = ? and address = ?")
            .bind(username)
            .bind(address)
            .execute(self.pool())
            .await?;
        Ok(())
    }
}

/// Seconds to wait after that many failed attempts.
fn wait_after(failures: i64) -> i64 {
    let over = failures.saturating_sub(FREE_ATTEMPTS);
    if over < 0 {
        return 0;
    }
    let factor = u32::try_from(over).ok().and_then(|over| 2_i64.checked_pow(over));
    factor.map_or(LONGEST_WAIT, |factor| factor.saturating_mul(FIRST_WAIT).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_begins_after_five_attempts_doubles_and_ends_at_a_quarter_of_an_hour() {
        assert_eq!((0..5).map(wait_after).collect::<Vec<_>>(), [0; 5]);
        assert_eq!((5..10).map(wait_after).collect::<Vec<_>>(), [10, 20, 40, 80, 160]);
        assert_eq!(wait_after(12), 900);
        assert_eq!(wait_after(i64::MAX), 900);
    }
}
