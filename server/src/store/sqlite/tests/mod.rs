//! Tests of the SQLite backend. Only these tests use SQL.

mod conformance;
mod history;
mod migrations;
mod open;
mod plans;
mod queue;
mod unreadable;

use std::path::Path;

use crate::folder::DataFolder;
use crate::store::{OpenError, Store};

/// Opens the store of a folder.
async fn open(folder: &Path) -> Result<Store, OpenError> {
    Store::open(DataFolder::take(folder).unwrap()).await
}

/// Opens the database file of a folder beside the store.
async fn raw(folder: &Path) -> sqlx::SqlitePool {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("countersign.db"));
    sqlx::SqlitePool::connect_with(options).await.unwrap()
}
