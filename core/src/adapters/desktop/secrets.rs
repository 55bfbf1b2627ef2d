//! Stores for secrets: the operating system's keyring, or files that only their owner can read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use countersign_durable_file as durable;
use countersign_protocol::jose::Digest;

/// Stores small secrets by name. Names consist of ASCII letters, digits and `-`.
pub trait SecretStore: Send + Sync {
    /// Returns a secret, or `None` if there is none with this name.
    ///
    /// # Errors
    /// [`SecretError`] if the store cannot be read.
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError>;

    /// Stores a secret and replaces one with the same name.
    ///
    /// # Errors
    /// [`SecretError`] if the store cannot be written. An old secret is unchanged.
    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError>;

    /// Deletes a secret. Deleting a secret that does not exist succeeds.
    ///
    /// # Errors
    /// [`SecretError`] if the store cannot be written.
    fn delete(&self, name: &str) -> Result<(), SecretError>;

    /// Returns the place of a secret, for error messages.
    fn place(&self, name: &str) -> String {
        name.to_owned()
    }
}

/// The store for secrets failed. The text is the store's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store for secrets failed: {0}")]
pub struct SecretError(String);

/// The kind of store that a data folder uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// The operating system's keyring.
    Keyring,
    /// Files. Tell the user, with the reason.
    File {
        /// The reason why the keyring is not used.
        reason: String,
    },
}

const FOLDER: &str = "secrets";
/// The state file. If it exists, the phone has been used before.
const STATE: &str = "state";

/// Opens the secrets of a data folder.
///
/// A folder that has secret files continues to use files. Another folder uses the keyring if it
/// works, and files if it does not.
///
/// # Errors
/// [`SecretError`] if the files cannot be used, or if the folder has a state whose keys are in a
/// keyring that does not work.
pub fn open_secrets(folder: &Path) -> Result<(Box<dyn SecretStore>, Storage), SecretError> {
    let files = folder.join(FOLDER);
    if files.is_dir() {
        let reason = "this folder already has secrets in files".to_owned();
        return Ok((Box::new(Files::open(files)?), Storage::File { reason }));
    }
    let keyring = Keyring::of(folder)?;
    match keyring.probe() {
        Ok(()) => Ok((Box::new(keyring), Storage::Keyring)),
        // The keys of the state are in the keyring. Files would start with other keys.
        Err(SecretError(reason)) if folder.join(STATE).exists() => Err(SecretError(format!(
            "the keys of the state in {} are in the system's keyring, and {reason}; the state was left as it is: unlock or \
             start the keyring, or choose another folder",
            folder.display()
        ))),
        Err(SecretError(reason)) => Ok((Box::new(Files::open(files)?), Storage::File { reason })),
    }
}

/// The entries of one service in the keyring. The digest of the data folder is part of their names.
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

    /// Checks that the keyring stores and returns a secret.
    fn probe(&self) -> Result<(), SecretError> {
        self.set("probe", b"probe")?;
        let read = self.get("probe")?;
        self.delete("probe")?;
        if read.is_some_and(|read| *read == b"probe") {
            Ok(())
        } else {
            Err(SecretError("the keyring does not return what was stored".into()))
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

/// A folder with one file for each secret. Only the owner can read the files.
struct Files {
    folder: PathBuf,
}

impl Files {
    fn open(folder: PathBuf) -> Result<Self, SecretError> {
        fs::create_dir_all(&folder).map_err(io_failed)?;
        durable::restrict_folder(&folder).map_err(io_failed)?;
        // A process that was killed during a write left a part of a secret.
        for entry in fs::read_dir(&folder).map_err(io_failed)? {
            let path = entry.map_err(io_failed)?.path();
            if path.extension().is_some_and(|end| end == durable::UNFINISHED) {
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
        durable::replace(&self.folder.join(name), secret).map_err(io_failed)
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

fn io_failed(error: io::Error) -> SecretError {
    SecretError(error.to_string())
}

/// Converts an error of the keyring. Errors that can contain the secret are not quoted.
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
    fn secret_files_are_for_their_owner_only() {
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
    fn state_with_keys_in_a_broken_keyring_is_not_opened_with_files() {
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
    fn unfinished_secret_is_deleted_at_open() {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join(FOLDER);
        Files::open(files.clone()).unwrap().set("a", b"1").unwrap();
        fs::write(files.join("dk-1.new"), b"part of a key").unwrap();
        let store = Files::open(files.clone()).unwrap();
        assert_eq!(*store.get("a").unwrap().unwrap(), b"1");
        assert!(!files.join("dk-1.new").exists());
    }

    #[test]
    fn folder_with_secret_files_continues_with_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        let (store, storage) = open_secrets(folder.path()).unwrap();
        assert!(matches!(storage, Storage::File { .. }));
        store.set("a", b"1").unwrap();
        assert_eq!(fs::read(folder.path().join(FOLDER).join("a")).unwrap(), b"1");
    }
}
