//! The SQLite backend: one file in the data folder, one connection for writing, several for
//! reading.
//!
//! Transactions wait for their turn in process, in the order of their calls (`writer`). SQLite's
//! own busy polling has no order. It matters only if another program writes to the file. Read
//! connections are `query_only` and read a snapshot (WAL), so that writers never delay them.

mod approval_rows;
mod approvals;
mod check;
mod ciba;
mod columns;
mod enrolments;
mod expired;
mod former;
mod health;
mod offers;
mod open;
mod outbox;
mod server_time;
mod sessions;
mod tokens;
mod writer;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::{SqliteConnection, SqlitePool};

use open::{DATABASE_FILE, LOG_FILE};

pub(super) use check::check;

use super::lock::LockSet;
use super::{Backend, Lock, OpenError, ReadSession, StoreError, WriteSession};
use crate::folder::DataFolder;
use writer::{Turn, Writer};

/// The longest wait of a transaction for its turn. After it the call fails with
/// [`StoreError::Busy`].
const WRITE_TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the database of the folder. Creates it or migrates it as needed.
///
/// # Errors
/// [`OpenError`] if the file is damaged, of another version or not usable. It is never overwritten.
pub(super) async fn open(folder: &DataFolder) -> Result<Arc<dyn Backend>, OpenError> {
    Ok(Arc::new(Sqlite::open(folder).await?))
}

/// Returns the files of an open database: the database and its log. Both exist while it is open.
pub(super) fn files(folder: &DataFolder) -> Vec<PathBuf> {
    [DATABASE_FILE, LOG_FILE].map(|name| folder.file(name)).to_vec()
}

/// The open database.
#[derive(Debug)]
struct Sqlite {
    readers: SqlitePool,
    writer: Writer,
}

#[async_trait]
impl Backend for Sqlite {
    async fn read(&self) -> Result<Box<dyn ReadSession>, StoreError> {
        let connection = self.readers.acquire().await?;
        Ok(Box::new(Session { connection: Connection::Read(connection), locks: LockSet::default() }))
    }

    async fn begin(&self) -> Result<Box<dyn WriteSession>, StoreError> {
        let turn = self.writer.begin().await?;
        Ok(Box::new(Session { connection: Connection::Write(turn), locks: LockSet::default() }))
    }

    async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}

/// A session for reading, or a transaction.
struct Session {
    connection: Connection,
    locks: LockSet,
}

/// The connection of a session.
enum Connection {
    Read(PoolConnection<sqlx::Sqlite>),
    Write(Turn),
}

impl Session {
    fn db(&mut self) -> &mut SqliteConnection {
        match &mut self.connection {
            Connection::Read(connection) => connection,
            Connection::Write(turn) => turn.connection(),
        }
    }
}

impl ReadSession for Session {}

#[async_trait]
impl WriteSession for Session {
    async fn lock(&mut self, lock: Lock) -> Result<(), StoreError> {
        // The transaction holds the write lock of the whole database already.
        self.locks.take(lock).map(|_| ())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match self.connection {
            Connection::Read(_) => Ok(()),
            Connection::Write(turn) => turn.commit().await,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // SQLITE_BUSY: another program holds the write lock. PoolTimedOut: the write connection is
        // in use.
        let code = error.as_database_error().and_then(|e| e.code()).and_then(|c| c.parse::<u32>().ok());
        match (&error, code.map(|code| code & 0xff)) {
            (sqlx::Error::PoolTimedOut, _) | (_, Some(5)) => Self::Busy,
            _ => Self::Database(Box::new(error)),
        }
    }
}
