//! Rotation of the keys: the next key replaces the current one, and a new next key is created.
//!
//! Phones pin both keys. They accept metadata of the new key, and it pins the new next key. Only
//! the public half of the former key is kept, to verify what it signed. Relying parties load the
//! next key of ID tokens before it signs, and the former one for as long as something that it
//! signed can be used.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use countersign_protocol::jose::wipe;
use countersign_protocol::message::claims::Timestamp;

use super::file::KeyFile;
use super::{DeviceKeys, IdTokenKeys, KeyRotationPolicy, KeysError, ServerKeys};

/// A rotation that was not made. The keys are unchanged.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// Phones without contact since the last rotation would have to be added again.
    #[error(
        "the keys were rotated less than {days} days ago, and phones without contact since then would have to be added \
         again. Wait {left_s} more seconds, or set a lower `min_rotation_days` in [keys] to accept that."
    )]
    TooSoon {
        /// The configured minimum, in days.
        days: u32,
        /// The remaining time, in seconds.
        left_s: i64,
    },
    /// Another program changed the file.
    #[error(
        "{} does not contain the keys that this server signs with. Nothing was changed: restore the file, or restart \
         the server to use the keys of the file.",
        path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

/// The treatment of the key that signed ID tokens before a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormerKey {
    /// It is published for 30 days, so that ID tokens and hints that it signed stay valid.
    Published,
    /// It may be in the hands of a thief. Neither it nor the next key nor earlier former keys are
    /// accepted any more. The rotation creates both new keys.
    Withdrawn,
}

impl FormerKey {
    /// Returns the name in the security log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl RotateError {
    /// Returns the kind of the error, for the security log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TooSoon { .. } => "too_soon",
            Self::Changed { .. } => "keys_changed",
            Self::Keys(_) => "keys_unusable",
        }
    }
}

impl ServerKeys {
    /// Rotates the key that signs ID tokens. Relying parties load the new key from the JWKS.
    ///
    /// # Errors
    /// [`RotateError`]. Nothing was changed then.
    pub fn rotate_id_token(&self, former: FormerKey, now: Timestamp) -> Result<(), RotateError> {
        wipe::after(|| self.rotate_id_token_now(former, now))
    }

    fn rotate_id_token_now(&self, former: FormerKey, now: Timestamp) -> Result<(), RotateError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.unchanged_file()?;
        let file = match former {
            FormerKey::Published => file.id_token_rotated(now),
            FormerKey::Withdrawn => file.id_token_replaced(),
        };
        let file = file.map_err(KeysError::from)?;
        let rotated = IdTokenKeys::of(&self.path, &file)?;
        file.replace(&self.path)?;
        *self.id_token.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rotated);
        Ok(())
    }

    /// Reads the file and checks that it contains the keys in use.
    fn unchanged_file(&self) -> Result<KeyFile, RotateError> {
        let changed = || RotateError::Changed { path: self.path.clone() };
        let file = KeyFile::read(&self.path)?.ok_or_else(changed)?;
        let device = DeviceKeys::of(&self.path, &file)?;
        let id_token = IdTokenKeys::of(&self.path, &file)?;
        let same = device.epoch() == self.device().epoch()
            && device.all() == self.device().all()
            && id_token.all().eq(self.id_token().all());
        if same { Ok(file) } else { Err(changed()) }
    }

    /// Rotates the key that signs for phones and returns the new epoch. Messages that the former
    /// key signed stay valid.
    ///
    /// # Errors
    /// [`RotateError`]. Nothing was changed then.
    pub fn rotate(&self, policy: &KeyRotationPolicy, now: Timestamp) -> Result<u32, RotateError> {
        wipe::after(|| self.rotate_now(policy, now))
    }

    fn rotate_now(&self, policy: &KeyRotationPolicy, now: Timestamp) -> Result<u32, RotateError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.device();
        check_min_time(&current, policy, now)?;
        let file = self.unchanged_file()?.rotated(now).map_err(KeysError::from)?;
        let rotated = DeviceKeys::of(&self.path, &file)?;
        let epoch = rotated.epoch();
        file.replace(&self.path)?;
        *self.device.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rotated);
        Ok(epoch)
    }
}

fn check_min_time(keys: &DeviceKeys, policy: &KeyRotationPolicy, now: Timestamp) -> Result<(), RotateError> {
    let days = policy.min_rotation_days;
    let wait = i64::from(days).saturating_mul(24 * 3600);
    match keys.rotated_at().map(|at| wait.saturating_sub(now.since(at))) {
        Some(left_s) if days > 0 && left_s > 0 => Err(RotateError::TooSoon { days, left_s }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::DataFolder;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const DAY: i64 = 24 * 3600;

    struct Bench {
        keys: ServerKeys,
        folder: DataFolder,
        _parent: tempfile::TempDir,
    }

    fn bench() -> Bench {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::take(&parent.path().join("data")).unwrap();
        Bench { keys: ServerKeys::load_or_create(&folder).unwrap(), folder, _parent: parent }
    }

    #[test]
    fn rotation_keeps_the_former_public_key_across_restart() {
        let Bench { keys, folder, _parent } = bench();
        let before = keys.device();
        let [old, next] = before.pins();
        let secret = std::fs::read_to_string(folder.file("keys.json")).unwrap();
        let secret: serde_json::Value = serde_json::from_str(&secret).unwrap();
        let id_token = keys.id_token().public().clone();

        assert_eq!(keys.rotate(&KeyRotationPolicy::default(), START).unwrap(), 2);
        for keys in [&keys, &ServerKeys::load_or_create(&folder).unwrap()] {
            let after = keys.device();
            assert_eq!((after.epoch(), after.pins()[0]), (2, next));
            assert!(![old, next].contains(&after.pins()[1]));
            assert_eq!(after.find(old), Some(before.signing().public()));
            assert_eq!(keys.id_token().public(), &id_token);
            let published = |at: i64| after.published(START.plus(at)).map(|key| key.thumbprint()).collect::<Vec<_>>();
            assert_eq!(
                (published(0), published(1799), published(1800)),
                (vec![next, old], vec![next, old], vec![next])
            );
        }
        let file = std::fs::read_to_string(folder.file("keys.json")).unwrap();
        assert!(!file.contains(secret["device"].as_str().unwrap()), "the former private key is deleted");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.file("keys.json")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn id_token_key_is_rotated_with_overlap_across_restart() {
        let Bench { keys, folder, _parent } = bench();
        let published = |keys: &ServerKeys, at: i64| {
            let keys = keys.id_token();
            keys.published(START.plus(at)).map(|key| key.thumbprint()).collect::<Vec<_>>()
        };
        let [old, next] = published(&keys, 0)[..] else { panic!() };
        let device = keys.device().pins();
        keys.rotate_id_token(FormerKey::Published, START).unwrap();
        for keys in [&keys, &ServerKeys::load_or_create(&folder).unwrap()] {
            let [current, newer, former] = published(keys, 30 * DAY - 1)[..] else { panic!() };
            assert_eq!((current, former), (next, old));
            assert!(![old, next].contains(&newer));
            assert_eq!(keys.id_token().public().thumbprint(), next);
            assert_eq!(published(keys, 30 * DAY), [next, newer]);
            assert_eq!((keys.device().pins(), keys.device().epoch()), (device, 1));
        }
        let file = std::fs::read_to_string(folder.file("keys.json")).unwrap();
        let before = published(&keys, 0);
        keys.rotate_id_token(FormerKey::Withdrawn, START).unwrap();
        let after = published(&keys, 0);
        assert_eq!(after.len(), 2);
        assert!(after.iter().all(|key| !before.contains(key)), "a thief of the file has none of these keys");
        assert_ne!(std::fs::read_to_string(folder.file("keys.json")).unwrap(), file);
    }

    #[test]
    fn second_rotation_is_rejected_before_the_minimum_time() {
        let Bench { keys, folder: _folder, _parent } = bench();
        let policy = KeyRotationPolicy::default();
        keys.rotate(&policy, START).unwrap();
        for soon in [START, START.plus(-DAY), START.plus(90 * DAY - 1)] {
            assert!(matches!(keys.rotate(&policy, soon), Err(RotateError::TooSoon { days: 90, left_s: 1.. })));
        }
        assert_eq!(keys.rotate(&policy, START.plus(90 * DAY)).unwrap(), 3);
        assert_eq!(keys.rotate(&KeyRotationPolicy { min_rotation_days: 0 }, START).unwrap(), 4);
    }

    #[test]
    fn rotation_is_rejected_if_the_file_was_changed() {
        let Bench { keys, folder, _parent } = bench();
        let path = folder.file("keys.json");
        let (pins, good) = (keys.device().pins(), std::fs::read(&path).unwrap());
        let rejected = |content: Option<&[u8]>| {
            std::fs::remove_file(&path).ok();
            if let Some(content) = content {
                countersign_durable_file::replace(&path, content).unwrap();
            }
            let error = keys.rotate(&KeyRotationPolicy::default(), START).unwrap_err();
            assert_eq!((keys.device().epoch(), keys.device().pins()), (1, pins));
            assert_eq!(std::fs::read(&path).ok().as_deref(), content);
            error
        };
        let other = serde_json::to_vec(&KeyFile::generate().unwrap()).unwrap();
        assert!(matches!(rejected(Some(&other)), RotateError::Changed { .. }));
        assert!(matches!(rejected(Some(b"{")), RotateError::Keys(KeysError::Damaged { .. })));
        assert!(matches!(rejected(None), RotateError::Changed { .. }));
        countersign_durable_file::replace(&path, &good).unwrap();
        assert_eq!(keys.rotate(&KeyRotationPolicy::default(), START).unwrap(), 2);
    }
}
