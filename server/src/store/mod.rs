//! The store: traits per aggregate, and transactions with named locks.
//!
//! | file | content |
//! |---|---|
//! | `approvals`, `ciba`, `enrolments`, `expired` | a trait for reading and one for writing each |
//! | `former`, `health`, `offers`, `outbox`, `server_time`, `sessions`, `tokens` | the same |
//! | `open_files` | detects that a file of the open database was deleted or replaced |
//! | `lock` | the named locks and their order |
//! | `sqlite` | the SQLite backend. All SQL is there |
//! | `conformance` | the tests that every backend must pass |
//!
//! `Store::read` returns a session for reading, which never waits for writers. `Store::begin`
//! returns a transaction. Transactions begin in the order of their calls and wait a bounded time.
//! See `docs/adr/0016-server-store.md`.

mod approvals;
mod ciba;
mod enrolments;
mod error;
mod expired;
mod former;
mod health;
mod lock;
mod offers;
mod open_files;
mod outbox;
mod server_time;
mod sessions;
mod sqlite;
mod tokens;

#[cfg(test)]
mod conformance;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::model::NewPush;
use crate::security_log::Entry;

use open_files::OpenFiles;

pub use crate::folder::{DataFolder, FolderError};
pub use error::{OpenError, StoreError};
pub use lock::Lock;

pub(crate) use approvals::{ApprovalReads, ApprovalWrites};
pub(crate) use ciba::{CibaReads, CibaWrites};
pub(crate) use enrolments::{EnrolmentReads, EnrolmentWrites};
pub(crate) use expired::{Expired, ExpiredReads, ExpiredWrites};
pub(crate) use former::{FormerEnrolment, FormerReads, FormerWrites};
pub(crate) use health::{HealthReads, HealthWrites};
pub(crate) use offers::{OfferReads, OfferWrites};
pub(crate) use outbox::{OutboxReads, OutboxWrites};
pub(crate) use server_time::{TimeReads, TimeWrites};
pub(crate) use sessions::{SessionReads, SessionWrites};
pub(crate) use tokens::{TokenReads, TokenWrites};

/// A session that reads. Its reads may come from different moments.
#[rustfmt::skip]
pub(crate) trait ReadSession:
    ApprovalReads + CibaReads + EnrolmentReads + ExpiredReads + FormerReads + HealthReads
    + OfferReads + OutboxReads + SessionReads + TimeReads + TokenReads + Send
{
}

/// A transaction. Dropping it without a commit rolls it back.
#[async_trait]
pub(crate) trait WriteSession:
    ReadSession
    + ApprovalWrites
    + CibaWrites
    + EnrolmentWrites
    + ExpiredWrites
    + FormerWrites
    + HealthWrites
    + OfferWrites
    + OutboxWrites
    + SessionWrites
    + TimeWrites
    + TokenWrites
{
    /// Takes a lock for the rest of the transaction. See [`Lock`] for the rows and the order.
    ///
    /// # Errors
    /// [`StoreError::LockOrder`] in debug builds.
    async fn lock(&mut self, lock: Lock) -> Result<(), StoreError>;

    /// Makes the changes of the transaction durable.
    ///
    /// # Errors
    /// [`StoreError::Database`]. Nothing was written then.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// A database backend.
#[async_trait]
trait Backend: fmt::Debug + Send + Sync {
    /// Opens a session for reading.
    async fn read(&self) -> Result<Box<dyn ReadSession>, StoreError>;

    /// Begins a transaction. Waits in the order of the calls.
    async fn begin(&self) -> Result<Box<dyn WriteSession>, StoreError>;

    /// Waits for running queries and closes the database.
    async fn close(&self);
}

/// The open database. Cheap to clone. The data folder stays locked until [`Store::close`], or until
/// the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Arc<dyn Backend>,
    folder: Arc<DataFolder>,
    files: Arc<OpenFiles>,
    outbox: Arc<Notify>,
}

/// A transaction of the store. Dropping it without a commit rolls it back.
pub(crate) struct Tx {
    session: Box<dyn WriteSession>,
    outbox: Arc<Notify>,
    has_pushes: bool,
    events: Vec<Entry>,
}

impl Store {
    /// Opens `countersign.db` in the folder. Creates it or migrates it as needed.
    ///
    /// # Errors
    /// [`OpenError`] if the file is damaged, of another version or not usable. It is never
    /// overwritten.
    pub async fn open(folder: DataFolder) -> Result<Self, OpenError> {
        let backend = sqlite::open(&folder).await?;
        let files = OpenFiles::record(sqlite::files(&folder))
            .map_err(|(path, error)| OpenError::Unusable { path, reason: error.to_string() })?;
        Ok(Self { backend, folder: Arc::new(folder), files: Arc::new(files), outbox: Arc::default() })
    }

    /// Checks the whole database of a folder and changes nothing. The time depends on its size:
    /// about a second for 200 MB.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] with the first finding, and the other [`OpenError`]s.
    pub async fn check(folder: &DataFolder) -> Result<(), OpenError> {
        sqlite::check(folder).await
    }

    /// Returns the data folder.
    pub(crate) fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Opens a session for reading. It never waits for writers.
    ///
    /// # Errors
    /// [`StoreError`] if no connection is available.
    pub(crate) async fn read(&self) -> Result<Box<dyn ReadSession>, StoreError> {
        self.backend.read().await
    }

    /// Begins a transaction. Waits a bounded time for the transactions that began before.
    ///
    /// Transactions that wait for each other share a commit. The transaction can therefore read
    /// changes that are not durable yet. An answer that depends on them must wait for
    /// [`Tx::commit`], even if the transaction wrote nothing.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the wait was too long, [`StoreError::FileGone`] if the changes would
    /// be lost, and any other [`StoreError`].
    #[tracing::instrument(level = "debug", skip_all)]
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        self.files.check()?;
        let session = self.backend.begin().await?;
        Ok(Tx { session, outbox: self.outbox.clone(), has_pushes: false, events: Vec::new() })
    }

    /// Checks that the database stores and returns a row, and that its files are the ones in the
    /// folder.
    ///
    /// # Errors
    /// [`StoreError`] says what does not work.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let written = tx.next_probe().await?;
        tx.commit().await?;
        let read = self.read().await?.last_probe().await?;
        if read >= written { Ok(()) } else { Err(StoreError::NotStored) }
    }

    /// Returns the signal that is given when a commit added pushes to the outbox.
    pub(crate) fn outbox(&self) -> Arc<Notify> {
        self.outbox.clone()
    }

    /// Waits for running queries, closes the database and releases the data folder, even if clones
    /// exist.
    pub async fn close(&self) {
        self.backend.close().await;
        self.folder.release();
    }
}

impl Tx {
    /// Takes several locks. They are sorted into the order of [`Lock`] first.
    ///
    /// # Errors
    /// As [`WriteSession::lock`].
    pub(crate) async fn lock_all(&mut self, locks: impl IntoIterator<Item = Lock>) -> Result<(), StoreError> {
        let mut locks: Vec<Lock> = locks.into_iter().collect();
        locks.sort();
        for lock in locks {
            self.session.lock(lock).await?;
        }
        Ok(())
    }

    /// Adds a push to the outbox. The job that sends pushes is woken by the commit.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub(crate) async fn enqueue_push(&mut self, push: &NewPush) -> Result<(), StoreError> {
        self.has_pushes = true;
        self.session.insert_push(push).await
    }

    /// Adds an event to the security log after the commit. Without a commit it is not written.
    pub(crate) fn report(&mut self, event: Entry) {
        self.events.push(event);
    }

    /// Makes the changes of the transaction durable. Then wakes the outbox job if there are new
    /// pushes, and writes the events of the transaction to the security log.
    ///
    /// A caller that hangs up meanwhile stops neither the commit nor what follows it.
    ///
    /// # Errors
    /// [`StoreError::Database`]. Nothing was written then.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let Self { session, outbox, has_pushes, events } = self;
        let committed = tokio::spawn(async move {
            session.commit().await?;
            if has_pushes {
                outbox.notify_one();
            }
            events.iter().for_each(Entry::write);
            Ok(())
        });
        committed.await.map_err(|error| StoreError::Database(Box::new(error)))?
    }
}

impl Deref for Tx {
    type Target = dyn WriteSession;

    fn deref(&self) -> &Self::Target {
        &*self.session
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut *self.session
    }
}
