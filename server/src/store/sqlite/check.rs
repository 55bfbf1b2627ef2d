//! The check of a whole database. It reads every page, so it is a command of its own.

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::open::{self, DATABASE_FILE, MIGRATIONS};
use crate::folder::DataFolder;
use crate::store::OpenError;

/// Checks the database of a folder without changing it: the structure of every page, every index,
/// references between tables, and the migrations.
///
/// # Errors
/// [`OpenError::Damaged`] with the first finding, and the other [`OpenError`]s.
pub(in crate::store) async fn check(folder: &DataFolder) -> Result<(), OpenError> {
    let path = folder.file(DATABASE_FILE);
    open::check_file(folder)?;
    let failed = |error: sqlx::Error| open::opening(&path, &error);
    let damaged = |reason: String| OpenError::Damaged { path: path.clone(), reason };
    let options = open::options(&path).create_if_missing(false).pragma("query_only", "on");
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    let found: String =
        sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut connection).await.map_err(failed)?;
    if found != "ok" {
        return Err(damaged(found));
    }
    let orphan: Option<String> = sqlx::query_scalar("select \"table\" from pragma_foreign_key_check limit 1")
        .fetch_optional(&mut connection)
        .await
        .map_err(failed)?;
    if let Some(table) = orphan {
        return Err(damaged(format!("a row of table {table} refers to a row that does not exist")));
    }
    let versions: Vec<i64> = sqlx::query_scalar("select version from _sqlx_migrations order by version")
        .fetch_all(&mut connection)
        .await
        .map_err(failed)?;
    if let Some(unknown) = versions.iter().find(|version| !MIGRATIONS.version_exists(**version)) {
        return Err(OpenError::OtherVersion { path: path.clone(), reason: format!("migration {unknown} is unknown") });
    }
    connection.close().await.map_err(failed)
}
