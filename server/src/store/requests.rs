//! Asks, the requests they became, and the decisions that ended them.

use sqlx::{FromRow, SqliteConnection};

use crate::policy::Load;

/// One question to one person.
#[derive(FromRow, Clone)]
pub(crate) struct ApprovalRequestRow {
    /// Opaque id, known to the provider only.
    pub(crate) id: String,
    /// Who is asked.
    pub(crate) account: String,
    /// Which client asks.
    pub(crate) client: String,
    /// `pending`, `approved`, `denied`, `binding_mismatch` or `cancelled`.
    pub(crate) state: String,
    /// What the phone must send back as binding value.
    pub(crate) expected: Option<String>,
    /// Rings nowhere, waits in the inbox.
    pub(crate) quiet: bool,
    /// Why it was denied.
    pub(crate) reason: Option<String>,
    /// Authentication context class of the approval.
    pub(crate) acr: Option<String>,
    /// Authentication methods of the approval, separated by spaces.
    pub(crate) amr: Option<String>,
    /// When the approval arrived.
    pub(crate) auth_time: Option<i64>,
    /// When it was made.
    pub(crate) created: i64,
    /// When it ends by itself.
    pub(crate) expires: i64,
}

/// One question as one phone received it.
#[derive(FromRow, Clone)]
pub(crate) struct RequestRow {
    /// Opaque handle for this phone.
    pub(crate) txn: String,
    /// The ask behind it.
    pub(crate) ask: String,
    /// The phone.
    pub(crate) enrolment: String,
    /// The signed bytes.
    pub(crate) jws: String,
    /// SHA-256 of them.
    pub(crate) hash: String,
    /// `pending`, `accepted`, `binding_mismatch`, `elsewhere` (another phone decided), `expired`, `cancelled` or
    /// `policy`.
    pub(crate) state: String,
    /// When it was made.
    pub(crate) created: i64,
    /// When it ends by itself.
    pub(crate) expires: i64,
}

/// What a phone signed and what it was answered.
#[derive(FromRow, Clone)]
pub(crate) struct DecisionRow {
    /// SHA-256 of the decision's bytes.
    pub(crate) hash: String,
    /// What it decides.
    pub(crate) txn: String,
    /// The signed bytes.
    pub(crate) jws: String,
    /// The key that verified them (JWK).
    pub(crate) signer: String,
    /// The signed receipt.
    pub(crate) receipt: String,
    /// When it arrived.
    pub(crate) received: i64,
}

/// What an account's history forbids, see [`crate::policy`].
#[derive(FromRow, Clone, Default)]
pub(crate) struct GuardRow {
    /// Wrong binding values since the last right one.
    pub(crate) binding_failures: i64,
    /// No asks until then.
    pub(crate) cool_until: i64,
    /// Denials as `not_me` since `not_me_since`.
    pub(crate) not_me: i64,
    /// When the first of them came.
    pub(crate) not_me_since: i64,
    /// No pushes until then.
    pub(crate) quiet_until: i64,
}

/// Stores a new ask.
pub(crate) async fn insert_ask(db: &mut SqliteConnection, ask: &ApprovalRequestRow) -> sqlx::Result<()> {
    sqlx::query(
        "insert into ask (id, account, client, state, expected, quiet, created, expires) \
         values ($1, $2, $3, 'pending', $4, $5, $6, $7)",
    )
    .bind(&ask.id)
    .bind(&ask.account)
    .bind(&ask.client)
    .bind(&ask.expected)
    .bind(ask.quiet)
    .bind(ask.created)
    .bind(ask.expires)
    .execute(db)
    .await?;
    Ok(())
}

/// Stores a new request.
pub(crate) async fn insert_request(db: &mut SqliteConnection, request: &RequestRow) -> sqlx::Result<()> {
    sqlx::query(
        "insert into request (txn, ask, enrolment, jws, hash, state, created, expires) \
         values ($1, $2, $3, $4, $5, 'pending', $6, $7)",
    )
    .bind(&request.txn)
    .bind(&request.ask)
    .bind(&request.enrolment)
    .bind(&request.jws)
    .bind(&request.hash)
    .bind(request.created)
    .bind(request.expires)
    .execute(db)
    .await?;
    Ok(())
}

/// The ask of that id.
pub(crate) async fn ask(db: &mut SqliteConnection, id: &str) -> sqlx::Result<Option<ApprovalRequestRow>> {
    sqlx::query_as("select * from ask where id = $1").bind(id).fetch_optional(db).await
}

/// The request of that handle.
pub(crate) async fn request(db: &mut SqliteConnection, txn: &str) -> sqlx::Result<Option<RequestRow>> {
    sqlx::query_as("select * from request where txn = $1").bind(txn).fetch_optional(db).await
}

/// What that phone may still decide, oldest first.
pub(crate) async fn pending_of(db: &mut SqliteConnection, enrolment: &str, now: i64) -> sqlx::Result<Vec<RequestRow>> {
    sqlx::query_as(
        "select * from request where enrolment = $1 and state = 'pending' and expires > $2 order by created, txn",
    )
    .bind(enrolment)
    .bind(now)
    .fetch_all(db)
    .await
}

/// What that phone may still decide and is told about aloud, oldest first.
pub(crate) async fn audible_of(db: &mut SqliteConnection, enrolment: &str, now: i64) -> sqlx::Result<Vec<RequestRow>> {
    sqlx::query_as(
        "select request.* from request join ask on ask.id = request.ask \
         where enrolment = $1 and request.state = 'pending' and request.expires > $2 and not ask.quiet \
         order by request.created, txn",
    )
    .bind(enrolment)
    .bind(now)
    .fetch_all(db)
    .await
}

/// Requests of that phone that ended since `since`, newest first, at most `most`: handle and state.
pub(crate) async fn closed_of(
    db: &mut SqliteConnection,
    enrolment: &str,
    since: i64,
    now: i64,
    most: i64,
) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as(
        "select txn, case when state = 'pending' then 'expired' else state end from request \
         where enrolment = $1 and expires > $2 and (state <> 'pending' or expires <= $3) \
         order by created desc, txn limit $4",
    )
    .bind(enrolment)
    .bind(since)
    .bind(now)
    .bind(most)
    .fetch_all(db)
    .await
}

/// Asks of an account, of a client and of both made since `since`, and asks of the account that still wait.
pub(crate) async fn load(
    db: &mut SqliteConnection,
    account: &str,
    client: &str,
    since: i64,
    now: i64,
) -> sqlx::Result<Load> {
    sqlx::query_as(
        "select (select count(*) from ask where account = $1 and created > $3) as of_account, \
                (select count(*) from ask where client = $2 and created > $3) as of_client, \
                (select count(*) from ask where account = $1 and client = $2 and created > $3) as of_client_for_account, \
                (select count(*) from ask where account = $1 and state = 'pending' and expires > $4) as waiting, \
                (select count(*) from ask where account = $1 and client = $2 and state = 'pending' and expires > $4) \
                as waiting_of_client",
    )
    .bind(account)
    .bind(client)
    .bind(since)
    .bind(now)
    .fetch_one(db)
    .await
}

/// Ends a waiting ask; the value it expected is forgotten. False when it had ended before.
pub(crate) async fn end_ask(db: &mut SqliteConnection, ask: &ApprovalRequestRow) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update ask set state = $2, expected = null, reason = $3, acr = $4, amr = $5, auth_time = $6 where id = $1 and state = 'pending'",
    )
    .bind(&ask.id)
    .bind(&ask.state)
    .bind(&ask.reason)
    .bind(&ask.acr)
    .bind(&ask.amr)
    .bind(ask.auth_time)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a waiting request. False when it had ended before.
pub(crate) async fn end_request(db: &mut SqliteConnection, txn: &str, state: &str, now: i64) -> sqlx::Result<bool> {
    let done = sqlx::query("update request set state = $2, closed = $3 where txn = $1 and state = 'pending'")
        .bind(txn)
        .bind(state)
        .bind(now)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends what still waits of an ask.
pub(crate) async fn end_requests_of_ask(
    db: &mut SqliteConnection,
    ask: &str,
    state: &str,
    now: i64,
) -> sqlx::Result<()> {
    sqlx::query("update request set state = $2, closed = $3 where ask = $1 and state = 'pending'")
        .bind(ask)
        .bind(state)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// Cancels what still waits at a phone, and the asks that wait nowhere else.
pub(crate) async fn cancel_requests_of_phone(db: &mut SqliteConnection, enrolment: &str, now: i64) -> sqlx::Result<()> {
    sqlx::query("update request set state = 'cancelled', closed = $2 where enrolment = $1 and state = 'pending'")
        .bind(enrolment)
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "update ask set state = 'cancelled' where state = 'pending' \
         and id in (select ask from request where enrolment = $1) \
         and not exists (select 1 from request where request.ask = ask.id and request.state = 'pending')",
    )
    .bind(enrolment)
    .execute(db)
    .await?;
    Ok(())
}

/// Whether any phone can still answer the ask.
pub(crate) async fn waits_somewhere(db: &mut SqliteConnection, ask: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select 1 from request where ask = $1 and state = 'pending')")
        .bind(ask)
        .fetch_one(db)
        .await
}

/// The decision with exactly those bytes.
pub(crate) async fn decision(db: &mut SqliteConnection, hash: &str) -> sqlx::Result<Option<DecisionRow>> {
    sqlx::query_as("select * from decision where hash = $1").bind(hash).fetch_optional(db).await
}

/// Every decision on a request, in the order of arrival.
pub(crate) async fn decisions_on(db: &mut SqliteConnection, txn: &str) -> sqlx::Result<Vec<DecisionRow>> {
    sqlx::query_as("select * from decision where txn = $1 order by received, rowid").bind(txn).fetch_all(db).await
}

/// Keeps a decision and its receipt.
pub(crate) async fn insert_decision(db: &mut SqliteConnection, row: &DecisionRow) -> sqlx::Result<()> {
    sqlx::query("insert into decision (hash, txn, jws, signer, receipt, received) values ($1, $2, $3, $4, $5, $6)")
        .bind(&row.hash)
        .bind(&row.txn)
        .bind(&row.jws)
        .bind(&row.signer)
        .bind(&row.receipt)
        .bind(row.received)
        .execute(db)
        .await?;
    Ok(())
}

/// The account's guard; an account nobody troubled has an empty one.
pub(crate) async fn guard(db: &mut SqliteConnection, account: &str) -> sqlx::Result<GuardRow> {
    let row = sqlx::query_as("select * from account_guard where account = $1").bind(account).fetch_optional(db).await?;
    Ok(row.unwrap_or_default())
}

/// Stores the account's guard.
pub(crate) async fn save_guard(db: &mut SqliteConnection, account: &str, guard: &GuardRow) -> sqlx::Result<()> {
    sqlx::query(
        "insert or replace into account_guard \
         (account, binding_failures, cool_until, not_me, not_me_since, quiet_until) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(account)
    .bind(guard.binding_failures)
    .bind(guard.cool_until)
    .bind(guard.not_me)
    .bind(guard.not_me_since)
    .bind(guard.quiet_until)
    .execute(db)
    .await?;
    Ok(())
}
