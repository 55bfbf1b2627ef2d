//! The numbers of what phones signed: each counts for the first bytes that use it. They are kept for as long as the enrolment,
//! also when the evidence of what they were for is gone.

use sqlx::SqliteConnection;

/// Gives a number of that phone to the bytes with that hash. False when it was given before.
pub(crate) async fn take(db: &mut SqliteConnection, enrolment: &str, number: i64, hash: &str) -> sqlx::Result<bool> {
    let done =
        sqlx::query("insert into used_number (enrolment, number, hash) values ($1, $2, $3) on conflict do nothing")
            .bind(enrolment)
            .bind(number)
            .bind(hash)
            .execute(db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// The highest number of that phone; 0 if it used none.
pub(crate) async fn highest(db: &mut SqliteConnection, enrolment: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar("select coalesce(max(number), 0) from used_number where enrolment = $1")
        .bind(enrolment)
        .fetch_one(db)
        .await
}

/// Notes that a number of that phone came with other bytes than before.
pub(crate) async fn note_reuse(db: &mut SqliteConnection, enrolment: &str, now: i64) -> sqlx::Result<()> {
    sqlx::query("update enrolment set number_reused = $2 where id = $1").bind(enrolment).bind(now).execute(db).await?;
    Ok(())
}
