//! The server's private keys: made at the first start, kept in `keys.json` beside the database.
//!
//! Three P-256 keys: one signs every message to the phones, one stands ready to take its place (phones pin both, so a
//! change needs no new enrolment), one signs ID tokens. A node that holds its keys elsewhere replaces this file only.

use std::io;
use std::path::PathBuf;

use countersign_core::jose::{JoseError, PublicKey, SigningKey, Thumbprint, base64url};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::store::{DataFolder, Store, StoreError, write_private};

/// The keys of one server. `Debug` shows thumbprints only.
#[derive(Debug)]
pub struct ServerKeys {
    device: SigningKey,
    next: Thumbprint,
    id_token: IdTokenKey,
}

/// The key that signs ID tokens, as the JWT library wants it.
pub struct IdTokenKey {
    pkcs8: Zeroizing<Vec<u8>>,
    public: PublicKey,
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
        let path = store.folder().file("keys.json");
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
        let path = folder.file("keys.json");
        let unusable = |source| KeysError::Unusable { path: path.clone(), source };
        match std::fs::read(&path).map(Zeroizing::new) {
            Ok(content) => {
                let damaged = |reason| KeysError::Damaged { path: path.clone(), reason };
                // The parser's message could quote the file, so it is not passed on.
                let file: KeyFile = serde_json::from_slice(&content).map_err(|_| damaged("not the expected JSON"))?;
                Self::from_file(&file).map_err(|_| damaged("a key in it cannot be read"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = KeyFile::generate()?;
                let content = Zeroizing::new(serde_json::to_vec_pretty(&file).map_err(|e| unusable(e.into()))?);
                write_private(&path, &content).map_err(unusable)?;
                Ok(Self::from_file(&file)?)
            }
            Err(error) => Err(unusable(error)),
        }
    }

    /// The key that signs metadata, requests, inboxes and receipts.
    pub fn device(&self) -> &SigningKey {
        &self.device
    }

    /// What an offer pins: the current key and the one that will follow it.
    pub fn pins(&self) -> [Thumbprint; 2] {
        [self.device.public().thumbprint(), self.next]
    }

    /// The key that signs ID tokens.
    pub fn id_token(&self) -> &IdTokenKey {
        &self.id_token
    }

    fn from_file(file: &KeyFile) -> Result<Self, JoseError> {
        let device = SigningKey::from_pkcs8(&decode(&file.device)?)?;
        let next = SigningKey::from_pkcs8(&decode(&file.next)?)?;
        let pkcs8 = decode(&file.id_token)?;
        let public = SigningKey::from_pkcs8(&pkcs8)?.public().clone();
        Ok(Self { device, next: next.public().thumbprint(), id_token: IdTokenKey { pkcs8, public } })
    }
}

impl IdTokenKey {
    /// The private key as PKCS #8.
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public half, as served by the JWKS endpoint.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl std::fmt::Debug for IdTokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdTokenKey({})", self.public.thumbprint())
    }
}

/// `keys.json`: PKCS #8 in base64url.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    device: String,
    next: String,
    id_token: String,
}

impl KeyFile {
    fn generate() -> Result<Self, JoseError> {
        let key = || SigningKey::generate().map(|pkcs8| base64url::encode(&*pkcs8));
        Ok(Self { device: key()?, next: key()?, id_token: key()? })
    }
}

fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, JoseError> {
    base64url::decode(text).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(parent: &tempfile::TempDir) -> DataFolder {
        DataFolder::take(&parent.path().join("data")).unwrap()
    }

    #[test]
    fn the_same_keys_come_back_and_debug_hides_them() {
        let parent = tempfile::tempdir().unwrap();
        let folder = folder(&parent);
        let first = ServerKeys::load_or_create(&folder).unwrap();
        let second = ServerKeys::load_or_create(&folder).unwrap();
        assert_eq!(first.pins(), second.pins());
        assert_eq!(first.id_token().public(), second.id_token().public());
        assert_ne!(first.pins()[0], first.pins()[1]);

        let shown = format!("{first:?}");
        let file: KeyFile = serde_json::from_slice(&std::fs::read(folder.file("keys.json")).unwrap()).unwrap();
        for secret in [&file.device, &file.next, &file.id_token] {
            // PKCS #8 starts with a fixed prefix: the middle holds the scalar.
            assert!(!shown.contains(&secret[50..80]));
        }
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = folder(&parent);
        for content in ["", "{}", r#"{"device":"AA","next":"AA","id_token":"AA"}"#] {
            std::fs::write(folder.file("keys.json"), content).unwrap();
            let error = ServerKeys::load_or_create(&folder).unwrap_err();
            assert!(matches!(error, KeysError::Damaged { .. }), "{error}");
            assert_eq!(std::fs::read_to_string(folder.file("keys.json")).unwrap(), content);
        }
    }
}
