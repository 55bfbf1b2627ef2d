//! The server's private keys. The first start creates them in `keys.json` beside the database.
//!
//! There are four P-256 keys. One signs every message to phones. One will replace it at the next
//! rotation ([`ServerKeys::rotate`]). Phones pin both, so a rotation needs no new enrolment. One
//! signs ID tokens, and one will replace it ([`ServerKeys::rotate_id_token`]). The JWKS contains
//! both.

mod device;
mod file;
mod id_token;
mod rotate;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use countersign_protocol::jose::{JoseError, PublicKey, wipe};
use serde::Deserialize;

use crate::folder::{DataFolder, KEYS_FILE};

pub use device::DeviceKeys;
pub use id_token::IdTokenKeys;
pub use rotate::{FormerKey, RotateError};

use file::KeyFile;

/// The keys of one server. `Debug` shows thumbprints only.
pub struct ServerKeys {
    path: PathBuf,
    /// Held during a rotation.
    turn: Mutex<()>,
    device: RwLock<Arc<DeviceKeys>>,
    id_token: RwLock<Arc<IdTokenKeys>>,
}

/// The `[keys]` section of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyRotationPolicy {
    /// The minimum number of days between two rotations of the key that signs messages to phones. A
    /// phone follows one rotation at its next contact. A phone that missed two rotations must be
    /// added again, because it pins neither key. The value is therefore the longest time for which
    /// a phone may be offline. With 0 there is no minimum.
    pub min_rotation_days: u32,
}

impl Default for KeyRotationPolicy {
    fn default() -> Self {
        Self { min_rotation_days: 90 }
    }
}

/// Keys that could not be loaded or created. An existing file is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file does not contain keys.
    #[error(
        "{} is damaged ({reason}). It was left as it is: restore it from a backup. Without it the phones that were \
         added no longer trust this server. To start with new keys, move the whole data folder away.",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The finding. It contains nothing of the file.
        reason: &'static str,
    },
    /// Other users have access to the file.
    #[error(
        "other users have access to {0} (mode {mode:04o}). Nothing was read, and it was left as it is: run `chmod 600 \
         {0}`. If another person may have read it, the keys must be replaced: see \"Key rotation\" in \
         docs/operators/operation.md.",
        path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file could not be read or written.
    #[error("cannot read or write {}: {source}. Check who owns the data folder.", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file is missing, but phones were added with its keys.
    #[error(
        "{} is missing, but phones were added with the keys in it and trust no other keys. Nothing was changed: \
         restore the file from a backup, or move the database away too (phones must then be added again).",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// No key could be created.
    #[error("cannot create keys: {0}. Try again.")]
    Generation(#[from] JoseError),
}

impl ServerKeys {
    /// Loads the keys of the folder. Creates them if there is no file and no phone was ever added.
    ///
    /// # Errors
    /// [`KeysError`] if the file is damaged, unusable or lost. It is never overwritten.
    pub fn open(folder: &DataFolder, has_enrolments: bool) -> Result<Self, KeysError> {
        let path = folder.file(KEYS_FILE);
        if has_enrolments && !path.exists() {
            return Err(KeysError::Missing { path });
        }
        Self::load_or_create(folder)
    }

    /// Loads `keys.json` from the folder. Creates it for its owner only if it is missing.
    ///
    /// # Errors
    /// [`KeysError`] if the file is damaged or unusable. It is never overwritten.
    pub fn load_or_create(folder: &DataFolder) -> Result<Self, KeysError> {
        let path = folder.file(KEYS_FILE);
        wipe::after(|| match KeyFile::read(&path)? {
            Some(file) => Self::of(path, &file),
            None => {
                let file = KeyFile::generate()?;
                file.create(&path)?;
                Self::of(path, &file)
            }
        })
    }

    /// Loads `keys.json` from the folder. Returns `None` if it is missing.
    ///
    /// # Errors
    /// [`KeysError`] if the file is damaged or unusable.
    pub fn load(folder: &DataFolder) -> Result<Option<Self>, KeysError> {
        let path = folder.file(KEYS_FILE);
        wipe::after(|| KeyFile::read(&path)?.map(|file| Self::of(path, &file)).transpose())
    }

    /// Returns the current keys that sign for phones. Call it once per operation.
    pub fn device(&self) -> Arc<DeviceKeys> {
        self.device.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the current keys for ID tokens. Call it once per operation.
    pub fn id_token(&self) -> Arc<IdTokenKeys> {
        self.id_token.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the keys of the file. A file without a next key for ID tokens gets one, after its
    /// other keys were checked.
    fn of(path: PathBuf, file: &KeyFile) -> Result<Self, KeysError> {
        let device = DeviceKeys::of(&path, file)?;
        let id_token = match file.upgraded()? {
            Some(upgraded) => {
                let keys = IdTokenKeys::of(&path, &upgraded)?;
                check_distinct(&path, &device, &keys)?;
                upgraded.replace(&path)?;
                keys
            }
            None => IdTokenKeys::of(&path, file)?,
        };
        check_distinct(&path, &device, &id_token)?;
        let (device, id_token) = (RwLock::new(Arc::new(device)), RwLock::new(Arc::new(id_token)));
        Ok(Self { path, turn: Mutex::default(), device, id_token })
    }
}

/// Checks that no key has two purposes and that no key is contained twice.
fn check_distinct(path: &Path, device: &DeviceKeys, id_token: &IdTokenKeys) -> Result<(), KeysError> {
    let mut found = HashSet::new();
    let mut all = device.all().into_iter().chain(id_token.all().map(PublicKey::thumbprint));
    if all.all(|key| found.insert(key)) { Ok(()) } else { Err(file::damaged(path, "it contains a key twice")) }
}

impl std::fmt::Debug for ServerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerKeys").field("device", &self.device()).field("id_token", &self.id_token()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_loaded_again_and_hidden_from_debug() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(&parent.path().join("data")).unwrap();
        let first = ServerKeys::load_or_create(&folder).unwrap();
        let second = ServerKeys::load_or_create(&folder).unwrap();
        assert_eq!(first.device().pins(), second.device().pins());
        assert_eq!(first.id_token().public(), second.id_token().public());
        let [current, next] = first.device().pins();
        assert_ne!(current, next);

        let shown = format!("{first:?}");
        assert!(shown.contains(&current.to_string()));
        let file: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.file(KEYS_FILE)).unwrap()).unwrap();
        for secret in ["device", "next", "id_token", "id_token_next"] {
            // PKCS #8 starts with a fixed prefix: the middle holds the scalar.
            assert!(!shown.contains(&file[secret].as_str().unwrap()[50..80]));
        }
    }
}
