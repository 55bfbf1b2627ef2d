//! The sealed state in a file, and the lock on its folder.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use countersign_device::platform::{StateStore, StateStoreError};
use countersign_durable_file as durable;

/// The data folder of a device. The file `state` has the sealed state, and the file `lock` is
/// locked while the folder is open.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// Locked until this is dropped or the process ends.
    _lock: File,
}

/// The reason why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// Another process uses the folder.
    #[error("{0} is in use by another virtual phone: stop that phone, or choose another folder")]
    Locked(PathBuf),
    /// The operating system reports an error.
    #[error("{folder} cannot be used ({error}): allow this user to write there, or choose another folder")]
    Io {
        /// The folder.
        folder: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
}

impl StateFile {
    /// Opens and locks a folder. A missing folder is created for its owner only.
    ///
    /// # Errors
    /// [`StateFileError::Locked`] while another process uses the folder. [`StateFileError::Io`] if
    /// the operating system reports an error.
    pub fn open(folder: &Path) -> Result<Self, StateFileError> {
        let failed = |error| StateFileError::Io { folder: folder.to_owned(), error };
        durable::create_folder(folder).map_err(failed)?;
        let lock =
            File::options().create(true).truncate(false).write(true).open(folder.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {
                let path = folder.join("state");
                durable::remove_unfinished(&path);
                Ok(Self { path, _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(StateFileError::Locked(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl StateStore for StateFile {
    fn load(&self) -> Result<Option<Vec<u8>>, StateStoreError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StateStoreError(format!(
                "{} cannot be read ({error}) and was left as it is: allow this user to read it, or choose another \
                 folder",
                self.path.display()
            ))),
        }
    }

    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError> {
        durable::replace(&self.path, bytes).map_err(|error| {
            StateStoreError(format!(
                "{} cannot be written ({error}): free space on the disk or allow this user to write there, then try \
                 again",
                self.path.display()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_file_has_the_last_bytes_and_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let store = StateFile::open(&folder.path().join("phone")).unwrap();
        assert_eq!(store.load().unwrap(), None);
        store.save(b"one").unwrap();
        store.save(b"two").unwrap();
        assert_eq!(store.load().unwrap().as_deref(), Some(&b"two"[..]));
        let mut names: Vec<_> =
            fs::read_dir(folder.path().join("phone")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["lock", "state"]);
    }

    #[cfg(unix)]
    #[test]
    fn new_folder_is_private_and_existing_folder_is_unchanged() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let made = folder.path().join("phone");
        StateFile::open(&made).unwrap();
        assert_eq!(mode(&made), 0o700);
        fs::set_permissions(&made, fs::Permissions::from_mode(0o750)).unwrap();
        StateFile::open(&made).unwrap();
        assert_eq!(mode(&made), 0o750);
    }

    #[test]
    fn failed_write_leaves_the_old_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let store = StateFile::open(folder.path()).unwrap();
        store.save(b"old").unwrap();
        fs::create_dir(folder.path().join("state.new")).unwrap();
        assert!(store.save(b"new").is_err());
        assert_eq!(store.load().unwrap().as_deref(), Some(&b"old"[..]));
    }

    #[test]
    fn folder_is_open_in_one_phone_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateFile::open(folder.path()).unwrap();
        assert!(matches!(StateFile::open(folder.path()), Err(StateFileError::Locked(_))));
        drop(first);
        StateFile::open(folder.path()).unwrap();
    }
}
