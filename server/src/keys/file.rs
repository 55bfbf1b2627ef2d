//! The file `keys.json`.

use std::io;
use std::path::Path;

use countersign_durable_file as durable;
use countersign_protocol::jose::{JoseError, PublicKey, SigningKey, base64url};
use countersign_protocol::message::claims::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::KeysError;
use crate::folder::exposed;

pub(super) const UNREADABLE: &str = "a key in it cannot be read";

/// The content of the file: private keys as PKCS #8 in base64url, former keys as public JWKs.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFile {
    /// Missing in files that were written before rotation existed.
    #[serde(default = "first")]
    pub(super) epoch: u32,
    device: String,
    next: String,
    id_token: String,
    /// Missing in files that were written before the key of ID tokens was rotated.
    #[serde(default)]
    id_token_next: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[zeroize(skip)]
    pub(super) retired: Vec<Retired>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[zeroize(skip)]
    pub(super) id_token_retired: Vec<Retired>,
}

/// The public half of a former key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retired {
    pub(super) key: PublicKey,
    /// The time of its replacement, in seconds since 1970.
    at: i64,
}

impl Retired {
    pub(super) const fn at(&self) -> Timestamp {
        Timestamp::from_seconds(self.at)
    }
}

impl KeyFile {
    pub(super) fn generate() -> Result<Self, JoseError> {
        Ok(Self {
            epoch: first(),
            device: key()?,
            next: key()?,
            id_token: key()?,
            id_token_next: key()?,
            retired: Vec::new(),
            id_token_retired: Vec::new(),
        })
    }

    /// Returns the file with a next key for ID tokens, or `None` if it has one.
    pub(super) fn upgraded(&self) -> Result<Option<Self>, JoseError> {
        if !self.id_token_next.is_empty() {
            return Ok(None);
        }
        let mut file = self.clone();
        file.id_token_next = key()?;
        Ok(Some(file))
    }

    /// Returns the file after a rotation of the key of ID tokens. The public half of the former key
    /// is kept.
    pub(super) fn id_token_rotated(&self, now: Timestamp) -> Result<Self, JoseError> {
        let former = SigningKey::from_pkcs8(&self.id_token()?)?.public().clone();
        let mut file = self.clone();
        file.id_token_retired.push(Retired { key: former, at: now.seconds() });
        overwrite(&mut file.id_token, self.id_token_next.clone());
        overwrite(&mut file.id_token_next, key()?);
        Ok(file)
    }

    /// Returns the file with new keys for ID tokens. No former key is kept, since each of them may
    /// be in the hands of a thief.
    pub(super) fn id_token_replaced(&self) -> Result<Self, JoseError> {
        let mut file = self.clone();
        overwrite(&mut file.id_token, key()?);
        overwrite(&mut file.id_token_next, key()?);
        file.id_token_retired.clear();
        Ok(file)
    }

    /// Returns the file after a rotation: the next key signs and a new next key is created. Only
    /// the public half of the former key is kept.
    pub(super) fn rotated(&self, now: Timestamp) -> Result<Self, JoseError> {
        let mut file = self.clone();
        file.retired.push(Retired { key: self.device()?.public().clone(), at: now.seconds() });
        file.epoch = self.epoch.saturating_add(1);
        overwrite(&mut file.device, self.next.clone());
        overwrite(&mut file.next, key()?);
        Ok(file)
    }

    /// Reads the file. Returns `None` if it is missing.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, KeysError> {
        let unusable = |source| KeysError::Unusable { path: path.to_owned(), source };
        if let Some(mode) = exposed(path).map_err(unusable)? {
            return Err(KeysError::Exposed { path: path.to_owned(), mode });
        }
        match std::fs::read(path).map(Zeroizing::new) {
            // The parser's message could quote the file, so it is left out.
            Ok(content) => {
                serde_json::from_slice(&content).map(Some).map_err(|_| damaged(path, "not the expected JSON"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(unusable(source)),
        }
    }

    /// Creates the file. Fails if it exists.
    pub(super) fn create(&self, path: &Path) -> Result<(), KeysError> {
        self.write(path, durable::create)
    }

    /// Replaces the file. After a crash it is either the old or the new one.
    pub(super) fn replace(&self, path: &Path) -> Result<(), KeysError> {
        self.write(path, durable::replace)
    }

    fn write(&self, path: &Path, write: fn(&Path, &[u8]) -> io::Result<()>) -> Result<(), KeysError> {
        let unusable = |source| KeysError::Unusable { path: path.to_owned(), source };
        let content = Zeroizing::new(serde_json::to_vec_pretty(self).map_err(|error| unusable(error.into()))?);
        write(path, &content).map_err(unusable)
    }

    pub(super) fn device(&self) -> Result<SigningKey, JoseError> {
        SigningKey::from_pkcs8(&decode(&self.device)?)
    }

    pub(super) fn next(&self) -> Result<SigningKey, JoseError> {
        SigningKey::from_pkcs8(&decode(&self.next)?)
    }

    pub(super) fn id_token(&self) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        decode(&self.id_token)
    }

    pub(super) fn id_token_next(&self) -> Result<SigningKey, JoseError> {
        SigningKey::from_pkcs8(&decode(&self.id_token_next)?)
    }
}

pub(super) fn damaged(path: &Path, reason: &'static str) -> KeysError {
    KeysError::Damaged { path: path.to_owned(), reason }
}

/// Replaces a private key and wipes the former one.
fn overwrite(field: &mut String, new: String) {
    field.zeroize();
    *field = new;
}

fn key() -> Result<String, JoseError> {
    SigningKey::generate().map(|pkcs8| base64url::encode(&*pkcs8))
}

fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, JoseError> {
    base64url::decode(text).map(Zeroizing::new)
}

const fn first() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::super::ServerKeys;
    use super::*;
    use crate::folder::{DataFolder, KEYS_FILE};

    #[test]
    fn damaged_file_is_rejected_and_unchanged() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(&parent.path().join("data")).unwrap();
        let good = serde_json::to_value(KeyFile::generate().unwrap()).unwrap();
        let with = |name: &str, value: serde_json::Value| {
            let mut bad = good.clone();
            bad[name] = value;
            bad.to_string()
        };
        let public = serde_json::to_value(KeyFile::generate().unwrap().device().unwrap().public()).unwrap();
        let of_device: KeyFile = serde_json::from_value(good.clone()).unwrap();
        let of_device = serde_json::to_value(of_device.device().unwrap().public()).unwrap();
        for content in [
            String::new(),
            "{}".to_owned(),
            r#"{"device":"AA","next":"AA","id_token":"AA"}"#.to_owned(),
            with("id_token", "AA".into()),
            with("next", good["device"].clone()),
            with("id_token", good["device"].clone()),
            with("id_token_next", good["id_token"].clone()),
            with("id_token_retired", serde_json::json!([{ "key": of_device, "at": 1 }])),
            with("epoch", 0.into()),
            with("epoch", 2.into()),
            with("retired", serde_json::json!([{ "key": public, "at": 1 }])),
            with("other", 1.into()),
        ] {
            durable::replace(&folder.file(KEYS_FILE), content.as_bytes()).unwrap();
            let error = ServerKeys::load_or_create(&folder).unwrap_err();
            assert!(matches!(error, KeysError::Damaged { .. }), "{error}");
            assert_eq!(std::fs::read_to_string(folder.file(KEYS_FILE)).unwrap(), content);
        }
    }

    #[test]
    fn file_without_epoch_is_epoch_1() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(&parent.path().join("data")).unwrap();
        let mut old = serde_json::to_value(KeyFile::generate().unwrap()).unwrap();
        old.as_object_mut().unwrap().remove("epoch");
        old.as_object_mut().unwrap().remove("id_token_next");
        assert_eq!(old.as_object().unwrap().len(), 3);
        durable::replace(&folder.file(KEYS_FILE), old.to_string().as_bytes()).unwrap();
        let keys = ServerKeys::load_or_create(&folder).unwrap();
        assert_eq!(keys.device().epoch(), 1);
        // The file has a next key for ID tokens now, and the keys that it had.
        let new: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.file(KEYS_FILE)).unwrap()).unwrap();
        for name in ["device", "next", "id_token"] {
            assert_eq!(new[name], old[name], "{name}");
        }
        let again = ServerKeys::load_or_create(&folder).unwrap();
        let published = |keys: &ServerKeys| {
            let keys = keys.id_token();
            keys.published(Timestamp::from_seconds(0)).map(PublicKey::thumbprint).collect::<Vec<_>>()
        };
        assert_eq!((published(&keys).len(), published(&keys)), (2, published(&again)));
    }

    #[cfg(unix)]
    #[test]
    fn file_that_others_can_read_is_rejected() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(&parent.path().join("data")).unwrap();
        ServerKeys::load_or_create(&folder).unwrap();
        let path = folder.file(KEYS_FILE);
        for mode in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = ServerKeys::load_or_create(&folder).unwrap_err();
            assert!(matches!(error, KeysError::Exposed { mode: found, .. } if found == mode), "{error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        ServerKeys::load_or_create(&folder).unwrap();
    }
}
