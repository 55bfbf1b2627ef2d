//! Errors of the store.

use std::path::PathBuf;

use super::Lock;

/// A store call that failed. Nothing was written, or the transaction was rolled back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database returned an error, for example because the disk is full or the file is damaged.
    #[error("the database failed: {0}. Check the disk and the data folder, then try again.")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No transaction could begin in time because others were writing. Nothing was changed.
    #[error("too many writes are waiting. Try again later.")]
    Busy,
    /// The file was deleted or replaced while the database was open. Later changes would be lost,
    /// so the database accepts none.
    #[error(
        "{} was deleted or replaced while the server was running. Nothing is stored any more: stop the server, put \
         the file back from a backup, and start again.",
        path.display()
    )]
    FileGone {
        /// The file.
        path: PathBuf,
    },
    /// The database did not return what it had just stored.
    #[error("the database did not return a row that it had just stored. Check the disk and the data folder.")]
    NotStored,
    /// A row contains a value that this version never writes.
    #[error(
        "table {table}, column {column}, row {row} contains a value that this version does not understand. Restore the \
         database from a backup, or run the version that wrote it."
    )]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The identifier of the row.
        row: String,
    },
    /// A value cannot be stored, for example because a number exceeds 63 bits.
    #[error("a value for table {table}, column {column} cannot be stored")]
    Unwritable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// An aggregate was written without its lock. Debug builds only.
    #[error("{0:?} was written without its lock")]
    NotLocked(Lock),
    /// A lock was taken after a later one. Debug builds only.
    #[error("{0:?} was locked out of order")]
    LockOrder(Lock),
}

/// A database that could not be opened. The file is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is not a database, or it is damaged.
    #[error(
        "{} is damaged or not a Countersign database ({reason}). It was left as it is: restore it from a backup, or \
         move it and keys.json away to start with an empty database (phones must then be added again).",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The finding.
        reason: String,
    },
    /// The file is missing, but a server used the folder before.
    #[error(
        "{} is missing, but {} beside it shows that a server used this folder before. Everything was left as it is: \
         restore the database from a backup, or move that file away too to start with an empty database (phones must \
         then be added again).",
        path.display(), keys.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The key file.
        keys: PathBuf,
    },
    /// Other users have access to the file.
    #[error(
        "other users have access to {0} (mode {mode:04o}). Nothing was read, and it was left as it is: run `chmod 600 \
         {0}`.",
        path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file is a database of another program.
    #[error(
        "{} is a database of another program. It was left as it is: choose another data folder, or move it away.",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a version with other migrations.
    #[error(
        "{} was written by another version of Countersign ({reason}). It was left as it is: use that version, or \
         another data folder.",
        path.display()
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The finding.
        reason: String,
    },
    /// The file cannot be read or written.
    #[error("cannot open {}: {reason}. Check that the folder may be written and the disk is not full.", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The message of the operating system or of the database.
        reason: String,
    },
}
