//! The data folder: private, used by one server at a time, with secret files that only the owner
//! can read.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use countersign_durable_file as durable;

/// The name of the key file in the data folder.
pub(crate) const KEYS_FILE: &str = "keys.json";

/// A data folder that this process has locked. The operating system releases the lock when the
/// process ends.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    lock: File,
}

/// A folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another server uses the folder.
    #[error(
        "the data folder {} is in use by another server. Stop that one, or name another folder with --data.",
        path.display()
    )]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The folder cannot be created or written.
    #[error("cannot use the data folder {}: {source}. Name a folder that you may write with --data.", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl DataFolder {
    /// Locks the folder. Creates it for its owner only if it is missing.
    ///
    /// # Errors
    /// [`FolderError::Locked`] while another server uses it; [`FolderError::Unusable`] if it cannot
    /// be written.
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        let unusable = |source| FolderError::Unusable { path: path.to_owned(), source };
        durable::create_folder(path).map_err(unusable)?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("server.lock"))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// Releases the lock, so that another server can use the folder.
    pub(crate) fn release(&self) {
        // If this fails, the lock ends with the process, as after a crash.
        self.lock.unlock().ok();
    }

    /// Returns the path of the folder.
    #[cfg(unix)]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_is_locked_until_the_first_server_ends() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let first = DataFolder::take(&path).unwrap();
        assert!(matches!(DataFolder::take(&path), Err(FolderError::Locked { .. })));
        drop(first);
        DataFolder::take(&path).unwrap();
    }
}
