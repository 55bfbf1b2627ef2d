//! Backchannel authentication requests: made once, polled, redeemed once.

use super::tokens::{self, NewToken};
use super::{Store, StoreError};

/// One request as the provider keeps it. Times are seconds since 1970.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct CibaRequest {
    /// SHA-256 of the `auth_req_id`.
    pub(crate) id_hash: String,
    pub(crate) client_id: String,
    pub(crate) username: String,
    pub(crate) sub: String,
    /// The gateway's name of it.
    pub(crate) ask: String,
    pub(crate) scope: String,
    /// `authorization_details`, as received.
    pub(crate) details: Option<String>,
    pub(crate) created: i64,
    pub(crate) expires: i64,
}

/// What a poll found, in the order in which CIBA Core 11 wants it told.
#[derive(Debug)]
pub(crate) enum Poll {
    /// No such request of this client.
    Unknown,
    /// Its tokens were issued already.
    Used,
    /// Its time is over, and with it the time in which an answer that came before can still be had.
    Expired,
    /// It came before the interval was over, which is now longer.
    TooEarly,
    /// What the phone said counts.
    Due(CibaRequest),
}

/// How much each early poll adds to the interval, in seconds (CIBA Core 11).
const SLOW_DOWN: i64 = 5;

/// How long after its end an answer given in time can be had at least, in seconds; two intervals if they are longer. A phone
/// that said "approved" in the last second must not leave its client with `expired_token`.
const GRACE: i64 = 60;

impl Store {
    /// Keeps a new request, to be polled every `interval` seconds.
    pub(crate) async fn insert_ciba(&self, new: &CibaRequest, interval: i64) -> Result<(), StoreError> {
        sqlx::query(
            "insert into ciba_request (id_hash, client_id, username, sub, ask, scope, details, created, expires, \
             poll_interval) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&new.id_hash)
        .bind(&new.client_id)
        .bind(&new.username)
        .bind(&new.sub)
        .bind(&new.ask)
        .bind(&new.scope)
        .bind(&new.details)
        .bind(new.created)
        .bind(new.expires)
        .bind(interval)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Counts a poll and tells what it found. An early one makes the interval 5 s longer, from then on.
    pub(crate) async fn poll_ciba(&self, id_hash: &str, client_id: &str, now: i64) -> Result<Poll, StoreError> {
        let mut transaction = self.write().await?;
        let found: Option<(Option<i64>, Option<i64>, i64)> =
            sqlx::query_as("select used, polled, poll_interval from ciba_request where id_hash = ? and client_id = ?")
                .bind(id_hash)
                .bind(client_id)
                .fetch_optional(&mut *transaction)
                .await?;
        let Some((used, polled, interval)) = found else {
            return Ok(Poll::Unknown);
        };
        if used.is_some() {
            return Ok(Poll::Used);
        }
        let request: CibaRequest = sqlx::query_as(
            "select id_hash, client_id, username, sub, ask, scope, details, created, expires from ciba_request \
             where id_hash = ?",
        )
        .bind(id_hash)
        .fetch_one(&mut *transaction)
        .await?;
        if request.expires.saturating_add(interval.saturating_mul(2).max(GRACE)) <= now {
            return Ok(Poll::Expired);
        }
        // After the end every answer is the last one: none comes too early.
        let early = now < request.expires && polled.is_some_and(|polled| now < polled.saturating_add(interval));
        let interval = if early { interval.saturating_add(SLOW_DOWN) } else { interval };
        sqlx::query("update ciba_request set polled = ?, poll_interval = ? where id_hash = ?")
            .bind(now)
            .bind(interval)
            .bind(id_hash)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(if early { Poll::TooEarly } else { Poll::Due(request) })
    }

    /// Redeems a request for tokens: all of it or nothing, and for one caller only. False when another was first.
    pub(crate) async fn redeem_ciba(&self, id_hash: &str, issue: &[NewToken], now: i64) -> Result<bool, StoreError> {
        let mut transaction = self.write().await?;
        let marked = sqlx::query("update ciba_request set used = ? where id_hash = ? and used is null")
            .bind(now)
            .bind(id_hash)
            .execute(&mut *transaction)
            .await?;
        if marked.rows_affected() != 1 {
            return Ok(false);
        }
        for token in issue {
            tokens::insert(&mut transaction, token, now).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}
