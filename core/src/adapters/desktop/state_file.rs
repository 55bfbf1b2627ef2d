//! The sealed state in a file, and the lock on its folder.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::secrets::owner_only;
use countersign_device::platform::{StateStore, StateStoreError};

/// The ending of a file that is being written.
pub(super) const UNFINISHED: &str = "new";

/// One device's folder: `state` holds the sealed state, `lock` is held while it is open.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// Held until this is dropped, also if the process is killed.
    _lock: File,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// Another process has it open.
    #[error("{0} is in use by another virtual phone: end that one, or give this one a folder of its own")]
    Locked(PathBuf),
    /// The operating system says no.
    #[error("{folder} cannot be used: {error}. Give this user the right to write there, or choose another folder")]
    Io {
        /// Which.
        folder: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl StateFile {
    /// Opens a folder, makes it for its owner alone if there is none, and locks it.
    pub fn open(folder: &Path) -> Result<Self, StateFileError> {
        let failed = |error| StateFileError::Io { folder: folder.to_owned(), error };
        if !folder.is_dir() {
            fs::create_dir_all(folder).and_then(|()| owner_only(folder, 0o700)).map_err(failed)?;
        }
        let lock =
            File::options().create(true).truncate(false).write(true).open(folder.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {
                let path = folder.join("state");
                forget_unfinished(&path);
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
                "{} cannot be read ({error}) and was left as it is: give this user the right to read it, or choose another folder",
                self.path.display()
            ))),
        }
    }

    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError> {
        write_atomically(&self.path, bytes).map_err(|error| {
            StateStoreError(format!(
                "{} cannot be written ({error}) and is as it was: make room on the disk or give this user the right to write \
                 there, then try again",
                self.path.display()
            ))
        })
    }
}

/// Writes beside the file, flushes to the disk, renames over it, and flushes the folder: after a crash or on a full disk the
/// old bytes are there whole, or the new ones are.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let written = create_anew(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    if let Err(error) = written {
        forget_unfinished(path);
        return Err(error);
    }
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Removes what a process that was killed while it wrote left beside this file. What cannot go is in nobody's way but the
/// next write's, which says so.
pub(super) fn forget_unfinished(path: &Path) {
    let _ = fs::remove_file(beside(path));
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension(UNFINISHED)
}

/// A file for its owner alone, and a new one: what lies there already may be a link to something else.
fn create_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_bytes_and_leaves_nothing_beside_them() {
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
    fn a_folder_it_makes_is_its_owners_and_one_that_is_there_stays_as_it_is() {
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
    fn a_failed_write_leaves_the_old_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let store = StateFile::open(folder.path()).unwrap();
        store.save(b"old").unwrap();
        fs::create_dir(folder.path().join("state.new")).unwrap();
        assert!(store.save(b"new").is_err());
        assert_eq!(store.load().unwrap().as_deref(), Some(&b"old"[..]));
    }

    #[test]
    fn a_folder_serves_one_phone_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateFile::open(folder.path()).unwrap();
        assert!(matches!(StateFile::open(folder.path()), Err(StateFileError::Locked(_))));
        drop(first);
        StateFile::open(folder.path()).unwrap();
    }
}
