//! Offers: invitations to add one phone, single use and short-lived.

use sqlx::{FromRow, SqliteConnection};

/// One offer as stored.
#[derive(FromRow, Clone)]
pub(crate) struct OfferRow {
    /// Public id, part of the link.
    pub(crate) id: String,
    /// Whose phone is to be added.
    pub(crate) account: String,
    /// How the phone will name the account.
    pub(crate) label: String,
    /// base64url SHA-256 of the one-time code.
    pub(crate) code_hash: String,
    /// base64url SHA-256 of the verifier of the app that took the challenge.
    pub(crate) verifier_hash: Option<String>,
    /// The nonce that app was given.
    pub(crate) nonce: Option<String>,
    /// Seconds since 1970 after which nothing may use it.
    pub(crate) expires: i64,
    /// The enrolment it became.
    pub(crate) enrolment: Option<String>,
}

/// Stores a new offer.
pub(crate) async fn insert(db: &mut SqliteConnection, offer: &OfferRow, now: i64) -> sqlx::Result<()> {
    sqlx::query("insert into offer (id, account, label, code_hash, created, expires) values ($1, $2, $3, $4, $5, $6)")
        .bind(&offer.id)
        .bind(&offer.account)
        .bind(&offer.label)
        .bind(&offer.code_hash)
        .bind(now)
        .bind(offer.expires)
        .execute(db)
        .await?;
    Ok(())
}

/// The offer of that id, if there is one.
pub(crate) async fn find(db: &mut SqliteConnection, id: &str) -> sqlx::Result<Option<OfferRow>> {
    sqlx::query_as("select * from offer where id = $1").bind(id).fetch_optional(db).await
}

/// Ties the offer to the first app that asks. Returns the nonce that now belongs to it, or `None` when the offer is
/// unknown, expired, used, or tied to another verifier. The same verifier gets the same nonce again.
pub(crate) async fn tie(
    db: &mut SqliteConnection,
    id: &str,
    verifier_hash: &str,
    nonce: &str,
    now: i64,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(
        "update offer set verifier_hash = $2, nonce = coalesce(nonce, $3) \
         where id = $1 and expires > $4 and enrolment is null and coalesce(verifier_hash, $2) = $2 returning nonce",
    )
    .bind(id)
    .bind(verifier_hash)
    .bind(nonce)
    .bind(now)
    .fetch_optional(db)
    .await
}

/// Uses the offer up for that enrolment. False when somebody was faster or it has expired.
pub(crate) async fn redeem(db: &mut SqliteConnection, id: &str, enrolment: &str, now: i64) -> sqlx::Result<bool> {
    let done = sqlx::query("update offer set enrolment = $2 where id = $1 and enrolment is null and expires > $3")
        .bind(id)
        .bind(enrolment)
        .bind(now)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}
