//! Opening the file: private, checked, marked as ours, migrated.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use countersign_durable_file as durable;
use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::writer::Writer;
use super::{Sqlite, WRITE_TURN_TIMEOUT};
use crate::folder::{DataFolder, KEYS_FILE};
use crate::store::OpenError;

/// The migrations. Files are never changed once they were released.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The name of the database in the data folder.
const DATABASE_FILE: &str = "countersign.db";

/// The identifier in the header of the file (SQLite file format, section 1.3): `CSGN`.
const APPLICATION_ID: u32 = 0x4353_474E;

/// The size of a database without any table: one page.
const EMPTY_BYTES: u64 = 4096;

/// The number of connections for reading.
const MAX_READERS: u32 = 8;

/// The longest wait for the write lock of another program, and for a connection of a pool.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The page cache of the write connection: 16 MiB, as SQLite writes it.
const WRITER_CACHE: &str = "-16384";

/// The pages of the write-ahead log after which it is copied into the database: 16 MiB. Each copy
/// is two fsyncs, and a page that changes often is copied once.
const WAL_PAGES: &str = "4096";

impl Sqlite {
    /// Opens, checks and migrates the file, and connects both pools.
    ///
    /// # Errors
    /// As [`super::open`].
    pub(super) async fn open(folder: &DataFolder) -> Result<Self, OpenError> {
        Self::open_with(folder, WRITE_TURN_TIMEOUT).await
    }

    /// Opens the database as [`Self::open`]. A transaction waits `timeout` for its turn.
    pub(super) async fn open_with(folder: &DataFolder, timeout: Duration) -> Result<Self, OpenError> {
        let (path, keys) = (folder.file(DATABASE_FILE), folder.file(KEYS_FILE));
        if keys.exists() && !path.exists() {
            return Err(OpenError::Missing { path, keys });
        }
        prepare_file(&path)?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options(&path).pragma("cache_size", WRITER_CACHE).pragma("wal_autocheckpoint", WAL_PAGES))
            .await
            .map_err(|error| opening(&path, &error))?;
        if let Err(error) = prepare_database(&path, &writer).await {
            writer.close().await;
            return Err(error);
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(MAX_READERS)
            .acquire_timeout(BUSY_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options(&path).pragma("query_only", "on"))
            .await
            .map_err(|error| opening(&path, &error))?;
        Ok(Self { readers, writer: Writer::start(writer, timeout) })
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
}

/// Checks the database, marks it as ours and migrates it.
async fn prepare_database(path: &Path, writer: &SqlitePool) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| opening(path, &error);
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(writer).await.map_err(failed)?;
    if found != "ok" {
        return Err(OpenError::Damaged { path: path.to_owned(), reason: found });
    }
    sqlx::query("PRAGMA application_id = 0x4353474E").execute(writer).await.map_err(failed)?;
    MIGRATIONS.run(writer).await.map_err(|error| migrating(path, error))
}

/// Creates a missing file that only its owner can read. SQLite gives its side files the same mode.
/// A file with another start belongs to another program, so SQLite must not touch it.
fn prepare_file(path: &Path) -> Result<(), OpenError> {
    let unusable = |error: std::io::Error| OpenError::Unusable { path: path.to_owned(), reason: error.to_string() };
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return durable::create(path, b"").map_err(unusable);
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
        let reason = "it does not start like a database".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), reason });
    }
    match start.last_chunk().map(|id| u32::from_be_bytes(*id)) {
        Some(APPLICATION_ID) => Ok(()),
        // The server was killed before it marked the new file.
        Some(0) if length <= EMPTY_BYTES => Ok(()),
        _ => Err(OpenError::Foreign { path: path.to_owned() }),
    }
}

fn opening(path: &Path, error: &sqlx::Error) -> OpenError {
    let path = path.to_owned();
    // SQLITE_CORRUPT and SQLITE_NOTADB. Extended codes use the higher bits.
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
