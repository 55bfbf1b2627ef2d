//! Opening the file: private, checked, marked as ours, migrated.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign_durable_file as durable;
use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::writer::Writer;
use super::{Sqlite, WRITE_TURN_TIMEOUT};
use crate::folder::{DataFolder, KEYS_FILE, exposed};
use crate::store::OpenError;

/// The migrations. Files are never changed once they were released.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The name of the database in the data folder.
pub(super) const DATABASE_FILE: &str = "countersign.db";

/// The name of its write-ahead log.
pub(super) const LOG_FILE: &str = "countersign.db-wal";

/// The name of the file that its connections share.
const SHARED_FILE: &str = "countersign.db-shm";

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
        match path.exists() {
            true => check_file(folder)?,
            false => create(&path)?,
        }
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options(&path).pragma("cache_size", WRITER_CACHE).pragma("wal_autocheckpoint", WAL_PAGES))
            .await
            .map_err(|error| opening(&path, &error))?;
        if let Err(error) = prepare_database(&path, &writer).await {
            writer.close().await;
            return Err(error);
        }
        let readers = connect_readers(&path).await.map_err(|error| opening(&path, &error))?;
        Ok(Self { readers, writer: Writer::start(writer, timeout) })
    }
}

/// Opens all connections for reading at once and keeps them, so that calls need no new files later.
async fn connect_readers(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let readers = SqlitePoolOptions::new()
        .max_connections(MAX_READERS)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(BUSY_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(options(path).pragma("query_only", "on"))
        .await?;
    let mut opened = Vec::new();
    for _ in 0..MAX_READERS {
        let mut connection = readers.acquire().await?;
        // SQLite opens the log at the first read.
        sqlx::query("select 1 from sqlite_schema limit 1").fetch_optional(&mut *connection).await?;
        opened.push(connection);
    }
    Ok(readers)
}

/// Checks that only the owner has access to a file, if there is one.
fn private(path: PathBuf) -> Result<(), OpenError> {
    match exposed(&path) {
        Ok(None) => Ok(()),
        Ok(Some(mode)) => Err(OpenError::Exposed { path, mode }),
        Err(error) => Err(unusable(&path, &error)),
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> OpenError {
    OpenError::Unusable { path: path.to_owned(), reason: error.to_string() }
}

pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
}

/// Checks the schema, marks the database as ours and migrates it. The content is not read, because
/// that takes long for a large database: [`super::check`] reads it.
async fn prepare_database(path: &Path, writer: &SqlitePool) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| opening(path, &error);
    let check = sqlx::query_scalar("PRAGMA quick_check('sqlite_schema')").fetch_all(writer);
    let found: Vec<String> = check.await.map_err(failed)?;
    if let Some(reason) = found.into_iter().find(|line| line != "ok") {
        return Err(OpenError::Damaged { path: path.to_owned(), reason });
    }
    let id: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(writer).await.map_err(failed)?;
    if id != i64::from(APPLICATION_ID) {
        sqlx::query("PRAGMA application_id = 0x4353474E").execute(writer).await.map_err(failed)?;
    }
    MIGRATIONS.run(writer).await.map_err(|error| migrating(path, error))
}

/// Creates a file that only its owner can read. SQLite gives its side files the same mode.
fn create(path: &Path) -> Result<(), OpenError> {
    durable::create(path, b"").map_err(|error| unusable(path, &error))
}

/// Checks the file before SQLite touches it. Only its owner may have access. A file with another
/// start belongs to another program. A file that is shorter than its header says was cut.
///
/// # Errors
/// [`OpenError`]. The file is unchanged.
pub(super) fn check_file(folder: &DataFolder) -> Result<(), OpenError> {
    for name in [DATABASE_FILE, LOG_FILE, SHARED_FILE] {
        private(folder.file(name))?;
    }
    let path = &folder.file(DATABASE_FILE);
    let unusable = |error: std::io::Error| unusable(path, &error);
    let mut file = fs::File::open(path).map_err(unusable)?;
    let length = file.metadata().map_err(unusable)?.len();
    let mut start = Vec::with_capacity(100);
    Read::by_ref(&mut file).take(100).read_to_end(&mut start).map_err(unusable)?;
    if start.is_empty() {
        return Ok(());
    }
    if !start.starts_with(b"SQLite format 3\0") {
        let reason = "it does not start like a database".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), reason });
    }
    match number_at(&start, 68) {
        Some(APPLICATION_ID) if length < length_in_header(&start) => {
            let reason = "it is shorter than its header says".to_owned();
            Err(OpenError::Damaged { path: path.to_owned(), reason })
        }
        Some(APPLICATION_ID) => Ok(()),
        // The server was killed before it marked the new file.
        Some(0) if length <= EMPTY_BYTES => Ok(()),
        _ => Err(OpenError::Foreign { path: path.to_owned() }),
    }
}

/// Returns the length of the database in the header (SQLite file format, section 1.3), or 0 if the
/// header does not tell.
fn length_in_header(start: &[u8]) -> u64 {
    let page = start.get(16..18).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_be_bytes);
    // The value 1 stands for 65,536 bytes.
    let page = if page == 1 { 65_536 } else { u64::from(page) };
    let (pages, changes, valid_for) = (number_at(start, 28), number_at(start, 24), number_at(start, 92));
    if changes == valid_for { page.saturating_mul(pages.unwrap_or_default().into()) } else { 0 }
}

fn number_at(start: &[u8], at: usize) -> Option<u32> {
    let bytes = start.get(at..at.saturating_add(4))?;
    bytes.try_into().ok().map(u32::from_be_bytes)
}

pub(super) fn opening(path: &Path, error: &sqlx::Error) -> OpenError {
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
