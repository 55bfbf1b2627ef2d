//! Where secrets live: the operating system's keyring, or files that only their owner may read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::state_file::{UNFINISHED, write_atomically};
use countersign_protocol::jose::Digest;

/// Keeps small secrets by name. Names are of this crate: letters, digits and `-`.
pub trait SecretStore: Send + Sync {
    /// The secret, or nothing if there is none.
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError>;
    /// Keeps or replaces a secret.
    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError>;
    /// Forgets a secret; that there is none is no error.
    fn delete(&self, name: &str) -> Result<(), SecretError>;
    /// Where a secret is, for somebody who looks for it.
    fn place(&self, name: &str) -> String {
        name.to_owned()
    }
}

/// The store failed, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("secrets cannot be kept: {0}")]
pub struct SecretError(String);

/// Which store serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// The operating system's keyring.
    Keyring,
    /// Files: tell the user, with this reason.
    File {
        /// Why not the keyring.
        reason: String,
    },
}

const FOLDER: &str = "secrets";
/// There is a state: the phone has been used.
const STATE: &str = "state";

/// Opens the secrets of a data folder. A folder that has secret files keeps to files; otherwise the keyring serves if there is
/// one that works, and files if not.
pub fn open_secrets(folder: &Path) -> Result<(Box<dyn SecretStore>, Storage), SecretError> {
    let files = folder.join(FOLDER);
    if files.is_dir() {
        let reason = "this folder keeps its secrets in files already".to_owned();
        return Ok((Box::new(Files::open(files)?), Storage::File { reason }));
    }
    let keyring = Keyring::of(folder)?;
    match keyring.probe() {
        Ok(()) => Ok((Box::new(keyring), Storage::Keyring)),
        // Its keys are in the keyring: files would hold others, now and ever after.
        Err(SecretError(reason)) if folder.join(STATE).exists() => Err(SecretError(format!(
            "{} has a state whose keys are in the system's keyring, and {reason}; the state was left as it is: unlock or start \
             the keyring, or choose another folder",
            folder.display()
        ))),
        Err(SecretError(reason)) => Ok((Box::new(Files::open(files)?), Storage::File { reason })),
    }
}

/// Entries of one service, told apart by data folder.
struct Keyring {
    folder: Digest,
}

impl Keyring {
    const SERVICE: &'static str = "org.countersign";

    fn of(folder: &Path) -> Result<Self, SecretError> {
        let absolute = std::path::absolute(folder).map_err(io_failed)?;
        Ok(Self { folder: Digest::of(absolute.as_os_str().as_encoded_bytes()) })
    }

    fn entry(&self, name: &str) -> Result<keyring::Entry, SecretError> {
        keyring::Entry::new(Self::SERVICE, &format!("{}/{name}", self.folder)).map_err(keyring_failed)
    }

    /// Whether it really keeps a secret.
    fn probe(&self) -> Result<(), SecretError> {
        self.set("probe", b"probe")?;
        let kept = self.get("probe")?;
        self.delete("probe")?;
        if kept.is_some_and(|kept| *kept == b"probe") {
            Ok(())
        } else {
            Err(SecretError("the keyring does not keep what it is given".into()))
        }
    }
}

impl SecretStore for Keyring {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        match self.entry(name)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(keyring_failed(error)),
        }
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        self.entry(name)?.set_secret(secret).map_err(keyring_failed)
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(keyring_failed(error)),
        }
    }

    fn place(&self, name: &str) -> String {
        format!("the keyring's entry {}/{name} of {}", self.folder, Self::SERVICE)
    }
}

/// One file a secret, readable by its owner alone.
struct Files {
    folder: PathBuf,
}

impl Files {
    fn open(folder: PathBuf) -> Result<Self, SecretError> {
        fs::create_dir_all(&folder).map_err(io_failed)?;
        owner_only(&folder, 0o700).map_err(io_failed)?;
        // A process that was killed while it wrote a secret left a part of it.
        for entry in fs::read_dir(&folder).map_err(io_failed)? {
            let path = entry.map_err(io_failed)?.path();
            if path.extension().is_some_and(|end| end == UNFINISHED) {
                fs::remove_file(&path).map_err(io_failed)?;
            }
        }
        Ok(Self { folder })
    }
}

impl SecretStore for Files {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        match fs::read(self.folder.join(name)) {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_failed(error)),
        }
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        write_atomically(&self.folder.join(name), secret).map_err(io_failed)
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_failed(error)),
            _ => Ok(()),
        }
    }

    fn place(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

/// Sets the mode of a file or folder; systems without modes have other means.
pub(super) fn owner_only(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = (path, mode);
        Ok(())
    }
}

fn io_failed(error: io::Error) -> SecretError {
    SecretError(error.to_string())
}

/// The keyring's errors can carry the secret they choked on; only those that cannot are quoted.
fn keyring_failed(error: keyring::Error) -> SecretError {
    SecretError(match error {
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => "the keyring's entry is damaged".into(),
        keyring::Error::NoDefaultStore => "this system has no keyring".into(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_secrets_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Files::open(folder.path().join(FOLDER)).unwrap();
        assert!(store.get("a").unwrap().is_none());
        store.set("a", b"1").unwrap();
        store.set("a", b"2").unwrap();
        assert_eq!(*store.get("a").unwrap().unwrap(), b"2");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(folder.path().join(FOLDER)), 0o700);
            assert_eq!(mode(folder.path().join(FOLDER).join("a")), 0o600);
        }
        store.delete("a").unwrap();
        store.delete("a").unwrap();
        assert!(store.get("a").unwrap().is_none());
    }

    #[test]
    fn a_phone_whose_keys_are_in_a_keyring_that_does_not_answer_begins_no_others_in_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(STATE), b"sealed").unwrap();
        let keyring_works = Keyring::of(folder.path()).unwrap().probe().is_ok();
        let opened = open_secrets(folder.path());
        assert_eq!(opened.is_ok(), keyring_works);
        if let Err(error) = opened {
            assert!(error.to_string().contains("left as it is"), "{error}");
        }
        assert!(!folder.path().join(FOLDER).exists());
    }

    #[test]
    fn of_a_secret_that_was_being_written_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join(FOLDER);
        Files::open(files.clone()).unwrap().set("a", b"1").unwrap();
        fs::write(files.join("dk-1.new"), b"half a key").unwrap();
        let store = Files::open(files.clone()).unwrap();
        assert_eq!(*store.get("a").unwrap().unwrap(), b"1");
        assert!(!files.join("dk-1.new").exists());
    }

    #[test]
    fn a_folder_with_secret_files_keeps_to_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        let (store, storage) = open_secrets(folder.path()).unwrap();
        assert!(matches!(storage, Storage::File { .. }));
        store.set("a", b"1").unwrap();
        assert_eq!(fs::read(folder.path().join(FOLDER).join("a")).unwrap(), b"1");
    }
}
