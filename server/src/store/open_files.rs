//! The files of the open database. SQLite does not notice that a file was deleted or replaced. It
//! would confirm changes that are gone at the next start.

use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;

/// The files of the open database, as they were when it was opened.
#[derive(Debug)]
pub(super) struct OpenFiles(Vec<OpenFile>);

#[derive(Debug)]
struct OpenFile {
    path: PathBuf,
    id: FileId,
}

impl OpenFiles {
    /// Records open files.
    ///
    /// # Errors
    /// The path of a file that cannot be found, with the error of the operating system.
    pub(super) fn record(paths: Vec<PathBuf>) -> Result<Self, (PathBuf, io::Error)> {
        let file = |path: PathBuf| match FileId::of(&path) {
            Ok(id) => Ok(OpenFile { path, id }),
            Err(error) => Err((path, error)),
        };
        paths.into_iter().map(file).collect::<Result<_, _>>().map(Self)
    }

    /// Checks that each path still leads to the open file.
    ///
    /// # Errors
    /// [`StoreError::FileGone`].
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match self.0.iter().find(|file| FileId::of(&file.path).ok() != Some(file.id)) {
            Some(gone) => Err(StoreError::FileGone { path: gone.path.clone() }),
            None => Ok(()),
        }
    }
}

/// The identity of a file: device and inode. An inode is not used again while the file is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    #[cfg(unix)]
    fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata(path).map(|file| Self(file.dev(), file.ino()))
    }

    /// Open files cannot be deleted on this system.
    #[cfg(not(unix))]
    fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|_| Self(0, 0))
    }
}
