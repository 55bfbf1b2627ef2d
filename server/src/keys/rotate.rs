//! The change of the key that signs for phones: the next one takes its place, and another stands ready.
//!
//! Phones pinned both, so the new key's metadata counts for them; it names the key after. Of the old key only the public
//! half stays, for what it signed.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use countersign_protocol::jose::wipe;
use countersign_protocol::message::claims::Timestamp;

use super::file::KeyFile;
use super::{DeviceKeys, KeyRotationPolicy, KeysError, ServerKeys};

/// Why the keys did not roll. The old ones go on.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// Phones that were not in contact since the last time would be lost.
    #[error(
        "the keys rolled less than {days} days ago, and phones that were not in contact since would have to be added again. \
         Wait {left_s} seconds more, or set `min_rotation_days` in [keys] lower if they are to be given up."
    )]
    TooSoon {
        /// How long they are to be kept.
        days: u32,
        /// How long that is from now, in seconds.
        left_s: i64,
    },
    /// Another program changed the file.
    #[error(
        "{} does not hold the keys that this server signs with. Nothing was changed: restore the file, or start the server \
         again if those are to be its keys.",
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

impl ServerKeys {
    /// Rolls the key that signs for phones and returns the new epoch. What is signed from then on is signed by the new key;
    /// what the old one signed stays good.
    ///
    /// # Errors
    /// [`RotateError`]; then nothing was changed.
    pub fn roll(&self, policy: &KeyRotationPolicy, now: Timestamp) -> Result<u32, RotateError> {
        wipe::stack_after(|| self.rolled(policy, now))
    }

    fn rolled(&self, policy: &KeyRotationPolicy, now: Timestamp) -> Result<u32, RotateError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.device();
        wait_is_over(&current, policy, now)?;
        let changed = || RotateError::Changed { path: self.path.clone() };
        let file = KeyFile::read(&self.path)?.ok_or_else(changed)?;
        let stored = DeviceKeys::of(&self.path, &file)?;
        if (stored.epoch(), stored.pins()) != (current.epoch(), current.pins()) {
            return Err(changed());
        }
        let file = file.rolled(now).map_err(KeysError::from)?;
        let rolled = DeviceKeys::of(&self.path, &file)?;
        let epoch = rolled.epoch();
        file.replace(&self.path)?;
        *self.device.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rolled);
        tracing::info!(epoch, "the key that signs for phones has rolled");
        Ok(epoch)
    }
}

fn wait_is_over(keys: &DeviceKeys, policy: &KeyRotationPolicy, now: Timestamp) -> Result<(), RotateError> {
    let days = policy.min_rotation_days;
    let wait = i64::from(days).saturating_mul(24 * 3600);
    match keys.rolled().map(|rolled| wait.saturating_sub(now.since(rolled))) {
        Some(left_s) if days > 0 && left_s > 0 => Err(RotateError::TooSoon { days, left_s }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::DataFolder;

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
    fn the_next_key_signs_the_old_one_is_known_and_a_restart_finds_the_same() {
        let Bench { keys, folder, _parent } = bench();
        let before = keys.device();
        let [old, next] = before.pins();
        let secret = std::fs::read_to_string(folder.file("keys.json")).unwrap();
        let secret: serde_json::Value = serde_json::from_str(&secret).unwrap();
        let id_token = keys.id_token().public().clone();

        assert_eq!(keys.roll(&KeyRotationPolicy::default(), START).unwrap(), 2);
        for keys in [&keys, &ServerKeys::load_or_create(&folder).unwrap()] {
            let after = keys.device();
            assert_eq!((after.epoch(), after.pins()[0]), (2, next));
            assert!(![old, next].contains(&after.pins()[1]));
            assert_eq!(after.find(old), Some(before.signing().public()));
            assert_eq!(keys.id_token().public(), &id_token);
            let published = |at: i64| after.published(START.plus(at)).map(|key| key.thumbprint()).collect::<Vec<_>>();
            assert_eq!(
                (published(0), published(3599), published(3600)),
                (vec![next, old], vec![next, old], vec![next])
            );
        }
        let file = std::fs::read_to_string(folder.file("keys.json")).unwrap();
        assert!(!file.contains(secret["device"].as_str().unwrap()), "the old private key is gone");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.file("keys.json")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_second_roll_waits_until_phones_have_followed_the_first() {
        let Bench { keys, folder: _folder, _parent } = bench();
        let policy = KeyRotationPolicy::default();
        keys.roll(&policy, START).unwrap();
        for soon in [START, START.plus(-DAY), START.plus(90 * DAY - 1)] {
            assert!(matches!(keys.roll(&policy, soon), Err(RotateError::TooSoon { days: 90, left_s: 1.. })));
        }
        assert_eq!(keys.roll(&policy, START.plus(90 * DAY)).unwrap(), 3);
        assert_eq!(keys.roll(&KeyRotationPolicy { min_rotation_days: 0 }, START).unwrap(), 4);
    }

    #[test]
    fn keys_that_are_not_on_the_disk_do_not_roll() {
        let Bench { keys, folder, _parent } = bench();
        let path = folder.file("keys.json");
        let (pins, good) = (keys.device().pins(), std::fs::read(&path).unwrap());
        let refused = |content: Option<&[u8]>| {
            std::fs::remove_file(&path).ok();
            if let Some(content) = content {
                std::fs::write(&path, content).unwrap();
            }
            let error = keys.roll(&KeyRotationPolicy::default(), START).unwrap_err();
            assert_eq!((keys.device().epoch(), keys.device().pins()), (1, pins));
            assert_eq!(std::fs::read(&path).ok().as_deref(), content);
            error
        };
        let other = serde_json::to_vec(&KeyFile::generate().unwrap()).unwrap();
        assert!(matches!(refused(Some(&other)), RotateError::Changed { .. }));
        assert!(matches!(refused(Some(b"{")), RotateError::Keys(KeysError::Damaged { .. })));
        assert!(matches!(refused(None), RotateError::Changed { .. }));
        std::fs::write(&path, good).unwrap();
        assert_eq!(keys.roll(&KeyRotationPolicy::default(), START).unwrap(), 2);
    }
}
