//! The keys that sign for phones, at one time.

use std::path::Path;

use countersign_protocol::jose::{PublicKey, SigningKey, Thumbprint};
use countersign_protocol::message::claims::Timestamp;

use super::KeysError;
use super::file::{self, KeyFile, Retired};

/// For how many seconds phones are told of a key that no longer signs: longer than anything that it signed may wait
/// ([`countersign_protocol::message::request::MAX_LIFETIME_SECS`]).
const PUBLISHED: i64 = 3600;

/// The key that signs every message to the phones, the one that will follow it, and those that signed before. `Debug` shows
/// thumbprints only.
#[derive(Debug)]
pub struct DeviceKeys {
    epoch: u32,
    signing: SigningKey,
    next: Thumbprint,
    /// Oldest first; public halves, the private ones are gone.
    retired: Vec<Retired>,
}

impl DeviceKeys {
    pub(super) fn of(path: &Path, file: &KeyFile) -> Result<Self, KeysError> {
        let damaged = |reason| file::damaged(path, reason);
        let signing = file.device().map_err(|_| damaged(file::UNREADABLE))?;
        let next = file.next().map_err(|_| damaged(file::UNREADABLE))?.public().thumbprint();
        let retired = file.retired.clone();
        if u32::try_from(retired.len()).ok().and_then(|before| before.checked_add(1)) != Some(file.epoch) {
            return Err(damaged("its epoch does not fit its retired keys"));
        }
        let current = signing.public().thumbprint();
        if current == next || retired.iter().any(|old| [current, next].contains(&old.key.thumbprint())) {
            return Err(damaged("a key stands in it twice"));
        }
        Ok(Self { epoch: file.epoch, signing, next, retired })
    }

    /// Counts the keys that have signed, this one too. Phones accept no lower one.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The key that signs metadata, requests, inboxes and receipts.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// What phones pin: the current key and the one that will follow it.
    pub fn pins(&self) -> [Thumbprint; 2] {
        [self.signing.public().thumbprint(), self.next]
    }

    /// What phones are to verify messages with at that time: the current key, and those that signed what may still wait.
    pub fn published(&self, now: Timestamp) -> impl Iterator<Item = &PublicKey> {
        let fresh = move |old: &&Retired| now.since(old.at()) < PUBLISHED;
        std::iter::once(self.signing.public()).chain(self.retired.iter().filter(fresh).map(|old| &old.key))
    }

    /// The key of that thumbprint, if it signs or ever signed.
    pub fn find(&self, kid: Thumbprint) -> Option<&PublicKey> {
        let all = std::iter::once(self.signing.public()).chain(self.retired.iter().map(|old| &old.key));
        all.into_iter().find(|key| key.thumbprint() == kid)
    }

    /// When the current key began to sign; `None` for the first one.
    pub(super) fn rolled(&self) -> Option<Timestamp> {
        self.retired.last().map(Retired::at)
    }
}
