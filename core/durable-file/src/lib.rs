//! Private files that survive a crash.
//!
//! A file is written beside the old one, flushed to the disk, and renamed over it. Then the folder
//! is flushed. After a crash, or on a full disk, either the old content is there or the new
//! content, and never a part of it. Only the owner can read the file.
//!
//! The file that is being written has the extension [`UNFINISHED`] instead of its own. Do not use
//! two names in one folder that differ only in their extension.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The extension of a file that is being written.
pub const UNFINISHED: &str = "new";

/// Writes a file, and replaces an existing one atomically and durably.
///
/// # Errors
/// The error of the operating system. The old file is unchanged, except if only the flush of the
/// folder failed: then the new content is there but may be lost in a power failure.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(path);
    let written = create_private(&unfinished).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    });
    if let Err(error) = written {
        remove_unfinished(path);
        return Err(error);
    }
    // The name is durable only after the folder is flushed.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        // A path without a folder part is in the current folder.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Writes a new file durably.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if the file exists, and then it is unchanged. Otherwise as
/// [`replace`].
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.exists() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    replace(path, content)
}

/// Deletes the unfinished file that an interrupted write to `path` left.
///
/// A failure is ignored. The next write reports it.
pub fn remove_unfinished(path: &Path) {
    let _ = fs::remove_file(unfinished(path));
}

/// Creates a folder that only its owner can use, with missing parents. An existing folder is
/// unchanged.
///
/// # Errors
/// The error of the operating system.
pub fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a folder usable for its owner only. Systems without file modes are unchanged.
///
/// # Errors
/// The error of the operating system.
pub fn restrict_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
}

fn unfinished(path: &Path) -> PathBuf {
    path.with_extension(UNFINISHED)
}

/// Creates an empty file for its owner. An existing file, or a link to another place, is removed
/// first.
fn create_private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replace_leaves_the_new_content_and_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn failed_replace_keeps_the_old_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"old").unwrap();
        fs::create_dir(folder.path().join("file.new")).unwrap();
        assert!(replace(&path, b"new").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn failed_rename_leaves_no_unfinished_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"new").is_err());
        assert!(!folder.path().join("file.new").exists());
    }

    #[test]
    fn create_keeps_an_existing_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        create(&path, b"one").unwrap();
        assert_eq!(create(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[test]
    fn remove_unfinished_deletes_only_the_unfinished_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"one").unwrap();
        fs::write(folder.path().join("file.new"), b"part").unwrap();
        remove_unfinished(&path);
        assert!(path.exists() && !folder.path().join("file.new").exists());
        remove_unfinished(&path);
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a").join("b");
        create_folder(&folder).unwrap();
        assert_eq!((mode(&folder), mode(&parent.path().join("a"))), (0o700, 0o700));
        let path = folder.join("file");
        replace(&path, b"one").unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
        create_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o750, "an existing folder is unchanged");
        restrict_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
    }

    #[cfg(unix)]
    #[test]
    fn link_in_place_of_the_unfinished_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        fs::write(&other, b"other").unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join("file.new")).unwrap();
        replace(&folder.path().join("file"), b"one").unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"other");
    }
}
