//! The server's memory: one SQLite file in the data folder.
//!
//! Each subject has its own file with its own queries: [`Store`] here only opens the file, locks the folder and hands
//! out connections. Writes that read first go through `Store::write`, which takes the write lock at its start, so that
//! two requests can never both find the same row unused.

pub(crate) mod ciba;
pub(crate) mod enrolments;
mod expired;
mod folder;
pub(crate) mod numbers;
pub(crate) mod offers;
pub(crate) mod offline;
pub(crate) mod requests;
pub(crate) mod sessions;
pub(crate) mod tokens;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Sqlite, SqlitePool, Transaction};

pub use folder::{DataFolder, FolderError};
pub(crate) use folder::{replace_private, write_private};

/// The open database. Cheap to clone; the folder stays locked until it is closed or the last clone is gone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    folder: Arc<DataFolder>,
}

/// A query that failed. Nothing was written, or the transaction was rolled back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database answered with an error: disk full, file damaged, locked for too long.
    #[error("the database did not answer as it should: {0}")]
    Database(#[from] sqlx::Error),
    /// A row holds something this version never writes.
    #[error("the database holds a {0} that this version does not understand")]
    Unreadable(&'static str),
}

/// Why the database could not be opened. The file is left as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not a database, or a damaged one.
    #[error(
        "{} is damaged or not a Countersign database ({reason}). It was left as it is: restore it from a backup, or \
         move it and keys.json away to start afresh (phones must then be added again).",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// There is none, but a server ran here before.
    #[error(
        "{} is missing, but {} beside it shows that a server ran here before. Everything was left as it is: restore the \
         database from a backup, or move that file away too to start afresh (phones must then be added again).",
        path.display(), keys.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The keys.
        keys: PathBuf,
    },
    /// A database of another program.
    #[error(
        "{} is a database of another program. It was left as it is: choose another data folder, or move it away.",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Written by a version with other migrations.
    #[error(
        "{} was written by another version of Countersign ({reason}). It was left as it is: use that version, or \
         another data folder.",
        path.display()
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// It cannot be read or written at all.
    #[error("cannot open {}: {reason}. Check that the folder may be written and the disk is not full.", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the operating system or SQLite said.
        reason: String,
    },
}

impl Store {
    /// Opens `countersign.db` in the folder, creating it or bringing it up to date as needed.
    ///
    /// # Errors
    /// [`OpenError`] when the file is damaged, of another version or not usable. It is never overwritten.
    pub async fn open(folder: DataFolder) -> Result<Self, OpenError> {
        let (path, keys) = (folder.file("countersign.db"), folder.file(crate::keys::FILE));
        if keys.exists() && !path.exists() {
            return Err(OpenError::Missing { path, keys });
        }
        prepare_file(&path)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(8)
            // After an error such as a full disk SQLite has rolled back by itself, and the connection still believes in its
            // transaction: it would refuse every later one.
            .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
            .connect_with(options)
            .await
            .map_err(|error| opening(&path, &error))?;
        let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
            .fetch_one(&pool)
            .await
            .map_err(|error| opening(&path, &error))?;
        if found != "ok" {
            pool.close().await;
            return Err(OpenError::Damaged { path, reason: found });
        }
        sqlx::query("PRAGMA application_id = 0x4353474E")
            .execute(&pool)
            .await
            .map_err(|error| opening(&path, &error))?;
        if let Err(error) = sqlx::migrate!("./migrations").run(&pool).await {
            pool.close().await;
            return Err(migrating(&path, error));
        }
        Ok(Self { pool, folder: Arc::new(folder) })
    }

    /// The folder it lies in.
    pub(crate) fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Whether any phone was ever added.
    pub(crate) async fn has_enrolments(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar("select exists (select 1 from enrolment)").fetch_one(&self.pool).await?)
    }

    /// The connections, for single statements.
    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// A transaction that holds the write lock from its start: what it reads cannot change under it.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Waits for running queries, closes the file and lets go of the folder, whoever still holds a clone.
    pub async fn close(&self) {
        self.pool.close().await;
        self.folder.release();
    }
}

/// Says in the header of the file whose it is (SQLite file format, 1.3): `CSGN`.
const APPLICATION_ID: u32 = 0x4353_474E;

/// A database without any table has one page.
const EMPTY: u64 = 4096;

/// Makes a missing file, for its owner only; SQLite gives its side files the same mode. A file that does not start as ours do is
/// someone else's: SQLite must not touch it.
fn prepare_file(path: &Path) -> Result<(), OpenError> {
    let unusable = |error: std::io::Error| OpenError::Unusable { path: path.to_owned(), reason: error.to_string() };
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return write_private(path, b"").map_err(unusable);
        }
        Err(error) => return Err(unusable(error)),
    };
    let length = file.metadata().map_err(unusable)?.len();
    let mut start = Vec::with_capacity(72);
    Read::by_ref(&mut file).take(72).read_to_end(&mut start).map_err(unusable)?;
    if start.is_empty() {
        return Ok(());
    }
    if !start.starts_with(b"SQLite format 3\0") {
        let reason = "it does not start as a database does".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), reason });
    }
    match start.last_chunk().map(|id| u32::from_be_bytes(*id)) {
        Some(APPLICATION_ID) => Ok(()),
        // Begun and killed before it was marked.
        Some(0) if length <= EMPTY => Ok(()),
        _ => Err(OpenError::Foreign { path: path.to_owned() }),
    }
}

fn opening(path: &Path, error: &sqlx::Error) -> OpenError {
    let path = path.to_owned();
    // SQLITE_CORRUPT and SQLITE_NOTADB, with or without an extended code in the higher bits.
    let code = error.as_database_error().and_then(|e| e.code()).and_then(|c| c.parse::<u32>().ok());
    match code.map(|code| code & 0xff) {
        Some(11 | 26) => OpenError::Damaged { path, reason: error.to_string() },
        _ => OpenError::Unusable { path, reason: error.to_string() },
    }
}

fn migrating(path: &Path, error: MigrateError) -> OpenError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => opening(path, &error),
        other => OpenError::OtherVersion { path: path.to_owned(), reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn open(folder: &Path) -> Result<Store, OpenError> {
        Store::open(DataFolder::take(folder).unwrap()).await
    }

    #[tokio::test]
    async fn a_transaction_that_the_database_ended_by_itself_stops_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await.unwrap();
        for _ in 0..20 {
            let mut ended = store.write().await.unwrap();
            // As SQLite does on a full disk.
            sqlx::query("ROLLBACK").execute(&mut *ended).await.unwrap();
            drop(ended);
        }
        store.write().await.unwrap().commit().await.unwrap();
        store.close().await;
    }

    #[tokio::test]
    async fn a_database_of_another_program_is_left_as_it_is_and_ours_opens_again() {
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
}
