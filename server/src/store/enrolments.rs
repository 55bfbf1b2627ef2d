//! Enrolments: the phones of an account, their keys and their state.

use sqlx::{FromRow, SqliteConnection};

/// One phone of one account as stored. Keys, protection, device and push address are JSON.
#[derive(FromRow, Clone)]
pub(crate) struct EnrolmentRow {
    /// Enrolment id: `sub` of messages to the phone, `iss` of messages from it.
    pub(crate) id: String,
    /// Whose phone.
    pub(crate) account: String,
    /// How the phone names the account.
    pub(crate) label: String,
    /// Routing handle of pushes.
    pub(crate) handle: String,
    /// `pending`, `active`, `suspended` or `revoked`.
    pub(crate) state: String,
    /// Thumbprint of `dk`.
    pub(crate) dk_thumb: String,
    /// Device key (JWK).
    pub(crate) dk: String,
    /// User-verification key (JWK).
    pub(crate) uvk: String,
    /// Encryption key (JWK).
    pub(crate) ek: String,
    /// Claimed protection of the keys.
    pub(crate) protection: String,
    /// Platform, model, app, sdk.
    pub(crate) device: String,
    /// Push address.
    pub(crate) push: String,
    /// SHA-256 of the enrolment message.
    pub(crate) enrol_hash: String,
    /// What the confirmation code was made with.
    pub(crate) confirm_nonce: String,
    /// The six digits, while they are awaited.
    pub(crate) confirm_code: Option<String>,
    /// When it was made, seconds since 1970.
    pub(crate) created: i64,
    /// When it last used a number with other bytes than before.
    pub(crate) number_reused: Option<i64>,
}

/// What a phone signed to change its enrolment, and what it was answered.
pub(crate) struct UpdateRow<'a> {
    /// SHA-256 of its bytes.
    pub(crate) hash: &'a str,
    /// The phone.
    pub(crate) enrolment: &'a str,
    /// The name that the phone gave it.
    pub(crate) jti: &'a str,
    /// The signed bytes.
    pub(crate) jws: &'a str,
    /// The signed receipt.
    pub(crate) receipt: &'a str,
    /// When it arrived.
    pub(crate) received: i64,
}

/// Stores a new enrolment.
pub(crate) async fn insert(db: &mut SqliteConnection, row: &EnrolmentRow) -> sqlx::Result<()> {
    sqlx::query(
        "insert into enrolment (id, account, label, handle, state, dk_thumb, dk, uvk, ek, protection, device, push, \
         enrol_hash, confirm_nonce, confirm_code, created, changed) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)",
    )
    .bind(&row.id)
    .bind(&row.account)
    .bind(&row.label)
    .bind(&row.handle)
    .bind(&row.state)
    .bind(&row.dk_thumb)
    .bind(&row.dk)
    .bind(&row.uvk)
    .bind(&row.ek)
    .bind(&row.protection)
    .bind(&row.device)
    .bind(&row.push)
    .bind(&row.enrol_hash)
    .bind(&row.confirm_nonce)
    .bind(&row.confirm_code)
    .bind(row.created)
    .execute(db)
    .await?;
    Ok(())
}

/// The enrolment of that id.
pub(crate) async fn find(db: &mut SqliteConnection, id: &str) -> sqlx::Result<Option<EnrolmentRow>> {
    sqlx::query_as("select * from enrolment where id = $1").bind(id).fetch_optional(db).await
}

/// The enrolment whose device key has that thumbprint.
pub(crate) async fn by_device_key(db: &mut SqliteConnection, thumb: &str) -> sqlx::Result<Option<EnrolmentRow>> {
    sqlx::query_as("select * from enrolment where dk_thumb = $1").bind(thumb).fetch_optional(db).await
}

/// Every enrolment of the account that was not revoked, oldest first.
pub(crate) async fn of_account(db: &mut SqliteConnection, account: &str) -> sqlx::Result<Vec<EnrolmentRow>> {
    sqlx::query_as("select * from enrolment where account = $1 and state <> 'revoked' order by created, id")
        .bind(account)
        .fetch_all(db)
        .await
}

/// Every enrolment that the account ever had and that is still kept, oldest first.
pub(crate) async fn history_of_account(db: &mut SqliteConnection, account: &str) -> sqlx::Result<Vec<EnrolmentRow>> {
    sqlx::query_as("select * from enrolment where account = $1 order by created, id").bind(account).fetch_all(db).await
}

/// The next number for a message to that phone; starts at 1 and never repeats.
pub(crate) async fn next_seq(db: &mut SqliteConnection, id: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar("update enrolment set seq = seq + 1 where id = $1 returning seq").bind(id).fetch_one(db).await
}

/// Moves the enrolment from one state to another. False when it was not in the first one.
pub(crate) async fn change_state(
    db: &mut SqliteConnection,
    id: &str,
    from: &str,
    to: &str,
    now: i64,
) -> sqlx::Result<bool> {
    let done =
        sqlx::query("update enrolment set state = $3, confirm_code = null, changed = $4 where id = $1 and state = $2")
            .bind(id)
            .bind(from)
            .bind(to)
            .bind(now)
            .execute(db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts one wrong confirmation code and returns the count.
pub(crate) async fn count_wrong_code(db: &mut SqliteConnection, id: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar("update enrolment set confirm_tries = confirm_tries + 1 where id = $1 returning confirm_tries")
        .bind(id)
        .fetch_one(db)
        .await
}

/// Replaces keys and push address by those of `row`.
pub(crate) async fn replace_keys_and_push(db: &mut SqliteConnection, row: &EnrolmentRow, now: i64) -> sqlx::Result<()> {
    sqlx::query(
        "update enrolment set dk_thumb = $2, dk = $3, uvk = $4, ek = $5, protection = $6, push = $7, changed = $8 \
         where id = $1",
    )
    .bind(&row.id)
    .bind(&row.dk_thumb)
    .bind(&row.dk)
    .bind(&row.uvk)
    .bind(&row.ek)
    .bind(&row.protection)
    .bind(&row.push)
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// The receipt that those bytes of an update already got, with the enrolment it belongs to.
pub(crate) async fn update_receipt(
    db: &mut SqliteConnection,
    hash: &str,
    enrolment: &str,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("select receipt from enrolment_update where hash = $1 and enrolment = $2")
        .bind(hash)
        .bind(enrolment)
        .fetch_optional(db)
        .await
}

/// How many updates of that phone are kept since `since`.
pub(crate) async fn updates_since(db: &mut SqliteConnection, enrolment: &str, since: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from enrolment_update where enrolment = $1 and received > $2")
        .bind(enrolment)
        .bind(since)
        .fetch_one(db)
        .await
}

/// Whether an update of that phone with that `jti` was answered before.
pub(crate) async fn knows_update(db: &mut SqliteConnection, enrolment: &str, jti: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select 1 from enrolment_update where enrolment = $1 and jti = $2)")
        .bind(enrolment)
        .bind(jti)
        .fetch_one(db)
        .await
}

/// Keeps an update and its receipt.
pub(crate) async fn keep_update(db: &mut SqliteConnection, row: &UpdateRow<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "insert into enrolment_update (hash, enrolment, jti, jws, receipt, received) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.hash)
    .bind(row.enrolment)
    .bind(row.jti)
    .bind(row.jws)
    .bind(row.receipt)
    .bind(row.received)
    .execute(db)
    .await?;
    Ok(())
}

/// Marks a proof of possession as used until `expires`. False when it was used before.
pub(crate) async fn use_proof(
    db: &mut SqliteConnection,
    dk_thumb: &str,
    jti: &str,
    expires: i64,
    now: i64,
) -> sqlx::Result<bool> {
    sqlx::query("delete from used_proof where expires < $1").bind(now).execute(&mut *db).await?;
    let done =
        sqlx::query("insert into used_proof (dk_thumb, jti, expires) values ($1, $2, $3) on conflict do nothing")
            .bind(dk_thumb)
            .bind(jti)
            .bind(expires)
            .execute(db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// The secret of that name, made from `fresh` at the first call on any node.
pub(crate) async fn secret(db: &mut SqliteConnection, name: &str, fresh: &[u8]) -> sqlx::Result<Vec<u8>> {
    sqlx::query("insert into gateway_secret (name, value) values ($1, $2) on conflict do nothing")
        .bind(name)
        .bind(fresh)
        .execute(&mut *db)
        .await?;
    sqlx::query_scalar("select value from gateway_secret where name = $1").bind(name).fetch_one(db).await
}
