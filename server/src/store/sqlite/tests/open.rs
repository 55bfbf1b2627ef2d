//! Opening: other files are left alone, our own opens again.

use std::fs;

use super::{open, raw};
use crate::store::OpenError;

#[tokio::test]
async fn transaction_ended_by_the_database_blocks_no_later_one() {
    let folder = tempfile::tempdir().unwrap();
    let backend = super::super::Sqlite::open(&crate::folder::DataFolder::take(folder.path()).unwrap()).await.unwrap();
    for _ in 0..5 {
        let mut ended = backend.writer.begin().await.unwrap();
        // Like SQLite on a full disk.
        sqlx::query("ROLLBACK").execute(ended.connection()).await.unwrap();
        drop(ended);
    }
    backend.writer.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn database_of_another_program_is_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.unwrap().close().await;
    open(folder.path()).await.unwrap().close().await;
    let path = folder.path().join("countersign.db");
    let mut bytes = fs::read(&path).unwrap();
    assert!(bytes.len() > 4096);
    bytes[68..72].copy_from_slice(&[0; 4]);
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(open(folder.path()).await, Err(OpenError::Foreign { .. })));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[tokio::test]
async fn database_of_a_later_version_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.unwrap().close().await;
    let db = raw(folder.path()).await;
    sqlx::query("update _sqlx_migrations set version = 9999 where version = 2").execute(&db).await.unwrap();
    db.close().await;
    assert!(matches!(open(folder.path()).await, Err(OpenError::OtherVersion { .. })));
}

#[tokio::test]
async fn read_session_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let backend = super::super::Sqlite::open(&crate::folder::DataFolder::take(folder.path()).unwrap()).await.unwrap();
    let error = sqlx::query("delete from session").execute(&backend.readers).await.unwrap_err();
    assert!(error.to_string().contains("readonly"), "{error}");
}
