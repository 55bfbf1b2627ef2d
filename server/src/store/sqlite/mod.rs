//! The SQLite backend: one file in the data folder, one connection for writing, several for
//! reading.
//!
//! Transactions wait for their turn in process, in the order of their calls, before they take the
//! write connection. SQLite's own busy polling has no order. It matters only if another program
//! writes to the file. Read connections are `query_only` and read a snapshot (WAL), so that writers
//! never delay them.

mod approval_rows;
mod approvals;
mod ciba;
mod columns;
mod enrolments;
mod expired;
mod offers;
mod open;
mod outbox;
mod server_time;
mod sessions;
mod tokens;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::{SqliteConnection, SqlitePool, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::lock::LockSet;
use super::{Backend, Lock, OpenError, ReadSession, StoreError, WriteSession};
use crate::folder::DataFolder;

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

/// The open database.
#[derive(Debug)]
struct Sqlite {
    readers: SqlitePool,
    writer: SqlitePool,
    /// One permit, given in the order of the calls.
    turn: Arc<Semaphore>,
    turn_timeout: Duration,
}

#[async_trait]
impl Backend for Sqlite {
    async fn read(&self) -> Result<Box<dyn ReadSession>, StoreError> {
        let connection = self.readers.acquire().await?;
        Ok(Box::new(Session { connection: Connection::Read(connection), locks: LockSet::default() }))
    }

    async fn begin(&self) -> Result<Box<dyn WriteSession>, StoreError> {
        // The turn comes before the connection. The other way round, calls that hold a connection
        // and wait for the turn would block the call that has the turn.
        let turn = tokio::time::timeout(self.turn_timeout, self.turn.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| StoreError::Busy)?.map_err(|_| StoreError::Busy)?;
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let connection = Connection::Write { transaction, _turn: turn };
        Ok(Box::new(Session { connection, locks: LockSet::default() }))
    }

    async fn close(&self) {
        self.turn.close();
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
    Write {
        transaction: Transaction<'static, sqlx::Sqlite>,
        /// Released after the transaction has ended, since fields are dropped in order.
        _turn: OwnedSemaphorePermit,
    },
}

impl Session {
    fn db(&mut self) -> &mut SqliteConnection {
        match &mut self.connection {
            Connection::Read(connection) => connection,
            Connection::Write { transaction, .. } => transaction,
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
            Connection::Write { transaction, .. } => Ok(transaction.commit().await?),
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
