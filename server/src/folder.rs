//! The data folder: private, used by one server at a time, with secret files that only the owner
//! can read.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use countersign_durable_file as durable;

/// The name of the key file in the data folder.
pub(crate) const KEYS_FILE: &str = "keys.json";

/// A data folder that this process has locked. The operating system releases the locks when the
/// process ends.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    locks: Vec<File>,
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
    /// Other users may change the folder, so they could replace the keys and the database.
    #[error(
        "other users may change the data folder {0} (mode {mode:04o}). Nothing was read: run `chmod go-w {0}`.",
        path.display()
    )]
    Exposed {
        /// The folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
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
    /// [`FolderError::Locked`] while another server uses it; [`FolderError::Exposed`] if other
    /// users may change it; [`FolderError::Unusable`] if it cannot be written.
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        let unusable = |source| FolderError::Unusable { path: path.to_owned(), source };
        durable::create_folder(path).map_err(unusable)?;
        if let Some(mode) = permissions(path, 0o022).map_err(unusable)? {
            return Err(FolderError::Exposed { path: path.to_owned(), mode });
        }
        let mut locks = Vec::new();
        // The folder itself is locked first. The lock file could be deleted while it is in use.
        #[cfg(unix)]
        locks.push(File::open(path).map_err(unusable)?);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path.join("server.lock"));
        locks.push(file.map_err(unusable)?);
        for lock in &locks {
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(FolderError::Locked { path: path.to_owned() }),
                Err(TryLockError::Error(source)) => return Err(unusable(source)),
            }
        }
        Ok(Self { path: path.to_owned(), locks })
    }

    /// Releases the locks, so that another server can use the folder.
    pub(crate) fn release(&self) {
        for lock in &self.locks {
            // If this fails, the lock ends with the process, as after a crash.
            lock.unlock().ok();
        }
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

    /// Returns the space that the server can still use on the disk of the folder, or `None` where
    /// the system does not tell.
    ///
    /// # Errors
    /// The error of the operating system.
    pub(crate) fn free_bytes(&self) -> io::Result<Option<u64>> {
        #[cfg(unix)]
        {
            let disk = rustix::fs::statvfs(&self.path)?;
            Ok(Some(disk.f_bavail.saturating_mul(disk.f_frsize)))
        }
        #[cfg(not(unix))]
        Ok(None)
    }
}

/// The permissions of a secret file that other users have, or `None` if it is for its owner only or
/// missing.
///
/// # Errors
/// The error of the operating system.
pub(crate) fn exposed(path: &Path) -> io::Result<Option<u32>> {
    match permissions(path, 0o077) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found,
    }
}

/// Returns the permissions if one of the forbidden ones is among them.
#[cfg(unix)]
fn permissions(path: &Path, forbidden: u32) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o7777;
    Ok((mode & forbidden != 0).then_some(mode))
}

/// Systems without file modes have access lists, which are not checked.
#[cfg(not(unix))]
fn permissions(path: &Path, _forbidden: u32) -> io::Result<Option<u32>> {
    std::fs::metadata(path).map(|_| None)
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

    #[cfg(unix)]
    #[test]
    fn folder_stays_locked_without_its_lock_file() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let first = DataFolder::take(&path).unwrap();
        std::fs::remove_file(path.join("server.lock")).unwrap();
        assert!(matches!(DataFolder::take(&path), Err(FolderError::Locked { .. })));
        first.release();
        DataFolder::take(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn folder_that_others_may_change_is_rejected() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o770, 0o702, 0o1777] {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            let error = DataFolder::take(folder.path()).unwrap_err();
            assert!(matches!(error, FolderError::Exposed { mode: found, .. } if found == mode), "{error}");
            assert!(error.to_string().contains("chmod go-w"), "{error}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
