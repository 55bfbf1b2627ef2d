//! The writer: transactions in the order of their calls, several of them in one commit.
//!
//! A commit is an fsync, and during it other transactions wait. The writer therefore runs the
//! transactions that wait one after the other, each in a savepoint, and commits them together.
//! [`Turn::commit`] returns after this common commit. A transaction that is dropped is rolled back
//! to its savepoint, which leaves the others as they are. If the common commit fails, every
//! transaction in it fails.
//!
//! One task owns the connection and lends it to one transaction at a time. Only this task begins,
//! commits and rolls back, so a call that is cancelled at any moment leaves nothing half done.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{OwnedMutexGuard, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::store::StoreError;

/// The number of transactions in one commit.
const MAX_GROUP: usize = 64;

/// The number of transactions in the queue. Further ones wait for a place.
const MAX_WAITING: usize = 1_024;

type Connection = PoolConnection<sqlx::Sqlite>;

/// The call that waits for the common commit.
type Answer = oneshot::Sender<Result<(), StoreError>>;

/// A call that waits for its turn.
type Waiting = oneshot::Sender<Result<Turn, StoreError>>;

/// The queue of the transactions.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` after the writer was closed.
    queue: Mutex<Option<mpsc::Sender<Waiting>>>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    timeout: Duration,
}

/// A transaction. Dropping it without a commit rolls it back.
pub(super) struct Turn {
    /// Released first, since fields are dropped in order.
    connection: OwnedMutexGuard<Connection>,
    commit: oneshot::Sender<Answer>,
}

impl Writer {
    /// Starts the task that owns the write connection. A transaction waits `timeout` for its turn.
    pub(super) fn start(pool: SqlitePool, timeout: Duration) -> Self {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        let task = tokio::spawn(run(pool, waiting));
        Self { queue: Mutex::new(Some(queue)), task: tokio::sync::Mutex::new(Some(task)), timeout }
    }

    /// Begins a transaction after those that were called before.
    pub(super) async fn begin(&self) -> Result<Turn, StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or(StoreError::Busy)?;
        let (sender, receiver) = oneshot::channel();
        let turn = async {
            queue.send(sender).await.map_err(|_| StoreError::Busy)?;
            receiver.await.map_err(|_| StoreError::Busy)?
        };
        tokio::time::timeout(self.timeout, turn).await.map_err(|_| StoreError::Busy)?
    }

    /// Ends the task after the transactions in the queue. Later ones fail with
    /// [`StoreError::Busy`].
    pub(super) async fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(task) = self.task.lock().await.take() {
            task.await.ok();
        }
    }
}

impl Turn {
    /// Returns the connection, inside the transaction.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Waits until the changes are durable.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let Self { connection, commit } = self;
        let (answer, committed) = oneshot::channel();
        drop(connection);
        commit.send(answer).map_err(|_| StoreError::Busy)?;
        committed.await.map_err(|_| StoreError::Busy)?
    }
}

/// Serves transactions until the queue is closed and empty.
async fn run(pool: SqlitePool, mut queue: mpsc::Receiver<Waiting>) {
    while let Some(first) = queue.recv().await {
        if first.is_closed() {
            continue;
        }
        match begin(&pool).await {
            Ok(connection) => Group { connection, answers: Vec::new() }.run(first, &mut queue).await,
            Err(error) => drop(first.send(Err(error))),
        }
    }
    pool.close().await;
}

async fn begin(pool: &SqlitePool) -> Result<Arc<tokio::sync::Mutex<Connection>>, StoreError> {
    let mut connection = pool.acquire().await?;
    execute(&mut connection, "BEGIN IMMEDIATE").await?;
    Ok(Arc::new(tokio::sync::Mutex::new(connection)))
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}

/// The transactions of one commit.
struct Group {
    connection: Arc<tokio::sync::Mutex<Connection>>,
    /// The transactions that wait for the commit.
    answers: Vec<Answer>,
}

impl Group {
    /// Runs the transactions that wait, commits them together and answers them.
    async fn run(mut self, first: Waiting, queue: &mut mpsc::Receiver<Waiting>) {
        let committed = self.turns(first, queue).await;
        if let Err(error) = &committed {
            // The state of the connection is unknown. SQLite may have ended the transaction itself.
            self.connection.lock().await.close_on_drop();
            if !self.answers.is_empty() {
                tracing::error!(%error, transactions = self.answers.len(), "a commit failed, nothing of it is stored");
            }
        }
        let reason = committed.err().map(|error| error.to_string());
        for answer in self.answers {
            let result = reason.clone().map_or(Ok(()), |reason| Err(StoreError::Database(reason.into())));
            answer.send(result).ok();
        }
    }

    async fn turns(&mut self, first: Waiting, queue: &mut mpsc::Receiver<Waiting>) -> Result<(), StoreError> {
        self.turn(first).await?;
        // A transaction that was rolled back first leaves no group to join.
        while !self.answers.is_empty() && self.answers.len() < MAX_GROUP {
            let Ok(next) = queue.try_recv() else { break };
            self.turn(next).await?;
        }
        self.execute(if self.answers.is_empty() { "ROLLBACK" } else { "COMMIT" }).await
    }

    /// Lends the connection to one transaction and applies its end. The first transaction of the
    /// group needs no savepoint.
    async fn turn(&mut self, waiting: Waiting) -> Result<(), StoreError> {
        let nested = !self.answers.is_empty();
        if nested {
            self.execute("SAVEPOINT turn").await?;
        }
        let (commit, ended) = oneshot::channel();
        let connection = self.connection.clone().lock_owned().await;
        // A caller that is gone drops the turn, which ends it like any other.
        drop(waiting.send(Ok(Turn { connection, commit })));
        let answer = ended.await;
        if nested {
            if answer.is_err() {
                self.execute("ROLLBACK TO turn").await?;
            }
            self.execute("RELEASE turn").await?;
        }
        self.answers.extend(answer);
        Ok(())
    }

    async fn execute(&self, statement: &'static str) -> Result<(), StoreError> {
        execute(&mut *self.connection.lock().await, statement).await
    }
}
