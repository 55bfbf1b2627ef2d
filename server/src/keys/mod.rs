//! The server's private keys: made at the first start, kept in `keys.json` beside the database.
//!
//! Three P-256 keys: one signs every message to the phones, one stands ready to take its place (phones pin both, so a
//! change needs no new enrolment), one signs ID tokens. [`ServerKeys::roll`] makes that change. A node that holds its keys
//! elsewhere replaces this module only.

mod device;
mod file;
mod rotate;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use countersign_protocol::jose::{JoseError, PublicKey, SigningKey, wipe};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::store::{DataFolder, Store, StoreError};

pub use device::DeviceKeys;
pub use rotate::RotateError;

use file::KeyFile;

/// Their name in the data folder.
pub(crate) const FILE: &str = "keys.json";

/// The keys of one server. `Debug` shows thumbprints only.
pub struct ServerKeys {
    path: PathBuf,
    /// Held while the keys roll.
    turn: Mutex<()>,
    device: RwLock<Arc<DeviceKeys>>,
    id_token: IdTokenKey,
}

/// The key that signs ID tokens, as the JWT library wants it.
pub struct IdTokenKey {
    pkcs8: Zeroizing<Vec<u8>>,
    public: PublicKey,
}

/// The `[keys]` section of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyRotationPolicy {
    /// How many days lie at least between two changes of the key that signs messages to phones. A phone follows one change
    /// whenever it is next in contact; one that was away for two has to be added again, since it knows neither the key
    /// that signs nor the one before. So this is how long a phone may be away. With 0 nothing is waited for.
    pub min_rotation_days: u32,
}

impl Default for KeyRotationPolicy {
    fn default() -> Self {
        Self { min_rotation_days: 90 }
    }
}

/// Why the keys could not be loaded or made. An existing file is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file exists and does not hold keys.
    #[error(
        "{} is damaged ({reason}). It was left as it is: restore it from a backup. Without it the phones that were added \
         no longer trust this server; to start afresh move the whole data folder away.",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong; never any of the content.
        reason: &'static str,
    },
    /// It could not be read or written.
    #[error("cannot read or write {}: {source}. Check who owns the data folder.", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is none, but there are phones that trust the keys it held.
    #[error(
        "{} is missing, but phones were added with the keys in it and trust no others. Nothing was changed: restore the \
         file from a backup, or move the database away too (phones must then be added again).",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Whether there are such phones could not be found out.
    #[error(transparent)]
    Database(#[from] StoreError),
    /// No key could be made.
    #[error("cannot make keys: {0}")]
    Generation(#[from] JoseError),
}

impl ServerKeys {
    /// The keys that belong to the database: those of `keys.json` beside it, or new ones as long as no phone was added.
    ///
    /// # Errors
    /// [`KeysError`] if the file is damaged, unusable or lost. It is never overwritten.
    pub async fn open(store: &Store) -> Result<Self, KeysError> {
        let path = store.folder().file(FILE);
        if !path.exists() && store.has_enrolments().await? {
            return Err(KeysError::Missing { path });
        }
        Self::load_or_create(store.folder())
    }

    /// Loads `keys.json` from the folder; without one makes the keys and writes it, readable by its owner only.
    ///
    /// # Errors
    /// [`KeysError`] if the file is damaged or unusable. It is never overwritten.
    pub fn load_or_create(folder: &DataFolder) -> Result<Self, KeysError> {
        let path = folder.file(FILE);
        wipe::stack_after(|| match KeyFile::read(&path)? {
            Some(file) => Self::of(path, &file),
            None => {
                let file = KeyFile::generate()?;
                file.create(&path)?;
                Self::of(path, &file)
            }
        })
    }

    /// Loads `keys.json` from the folder; `None` where there is none.
    ///
    /// # Errors
    /// [`KeysError`] if the file is damaged or unusable.
    pub fn load(folder: &DataFolder) -> Result<Option<Self>, KeysError> {
        let path = folder.file(FILE);
        wipe::stack_after(|| KeyFile::read(&path)?.map(|file| Self::of(path, &file)).transpose())
    }

    /// The keys that sign for phones, as they are now: take them once for one piece of work.
    pub fn device(&self) -> Arc<DeviceKeys> {
        self.device.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key that signs ID tokens.
    pub fn id_token(&self) -> &IdTokenKey {
        &self.id_token
    }

    fn of(path: PathBuf, file: &KeyFile) -> Result<Self, KeysError> {
        let device = RwLock::new(Arc::new(DeviceKeys::of(&path, file)?));
        let unreadable = |_| file::damaged(&path, file::UNREADABLE);
        let pkcs8 = file.id_token().map_err(unreadable)?;
        let public = SigningKey::from_pkcs8(&pkcs8).map_err(unreadable)?.public().clone();
        Ok(Self { path, turn: Mutex::default(), device, id_token: IdTokenKey { pkcs8, public } })
    }
}

impl IdTokenKey {
    /// The private half (PKCS #8), to sign with.
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public half, as served by the JWKS endpoint.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl std::fmt::Debug for ServerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerKeys").field("device", &self.device()).field("id_token", &self.id_token).finish()
    }
}

impl std::fmt::Debug for IdTokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdTokenKey({})", self.public.thumbprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_keys_come_back_and_debug_hides_them() {
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
        let file: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.file(FILE)).unwrap()).unwrap();
        for secret in ["device", "next", "id_token"] {
            // PKCS #8 starts with a fixed prefix: the middle holds the scalar.
            assert!(!shown.contains(&file[secret].as_str().unwrap()[50..80]));
        }
    }
}
