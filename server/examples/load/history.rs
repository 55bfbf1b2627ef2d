//! A long history in the database, written while the server is stopped.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

/// The account and client of the history's rows.
pub(crate) enum Of {
    /// Requests of this account's phone.
    Phone(&'static str),
    /// Approval requests of this client, of accounts that do not exist.
    Client(&'static str),
}

/// Adds `rows` decided approval requests of the past year.
pub(crate) async fn add(database: PathBuf, of: Of, rows: i64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let db = SqlitePool::connect_with(SqliteConnectOptions::new().filename(database)).await.unwrap();
    let (account, client) = match of {
        Of::Phone(account) => (account.to_owned(), "shop"),
        Of::Client(client) => ("somebody".to_owned(), client),
    };
    sqlx::query(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < $1) \
         insert into approval_request (id, account, client, state, acr, amr, auth_time, created, expires) \
         select 'history' || i, $2, $3, 'approved', 'a', 'b', 1, $4 - 3600 - i * 31, $4 - 3300 - i * 31 from n",
    )
    .bind(rows)
    .bind(&account)
    .bind(client)
    .bind(now)
    .execute(&db)
    .await
    .unwrap();
    sqlx::query(
        "insert into request (txn, approval_request, enrolment, jws, hash, state, created, expires, closed) \
         select a.id, a.id, e.id, hex(zeroblob(600)), '', 'accepted', a.created, a.expires, a.created \
         from approval_request a join enrolment e on e.account = a.account \
         where a.id like 'history%' and a.account = $1",
    )
    .bind(&account)
    .execute(&db)
    .await
    .unwrap();
    db.close().await;
}
