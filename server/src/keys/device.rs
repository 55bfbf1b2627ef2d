//! The keys that sign for phones at one time.

use std::path::Path;

use countersign_protocol::jose::{PublicKey, SigningKey, Thumbprint};
use countersign_protocol::message::claims::Timestamp;

use super::KeysError;
use super::file::{self, KeyFile, Retired};

/// The time for which a former key is published to phones, in seconds. It is three times the
/// longest lifetime of a request ([`countersign_protocol::message::request::MAX_LIFETIME_SECS`]).
const PUBLISHED_SECS: i64 = 1800;

/// The time after which no phone accepts a former key any more, in seconds. Metadata that names the
/// key ends then.
const ACCEPTED_SECS: i64 = 3600;

/// The key that signs every message to phones, the next key, and the former keys. `Debug` shows
/// thumbprints only.
#[derive(Debug)]
pub struct DeviceKeys {
    epoch: u32,
    signing: SigningKey,
    next: Thumbprint,
    /// The public halves of the former keys, oldest first.
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
        Ok(Self { epoch: file.epoch, signing, next, retired })
    }

    /// Returns the number of keys that have signed, including the current one. Phones reject a
    /// lower epoch.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Returns the key that signs metadata, requests, inboxes and receipts.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// Returns the thumbprints that phones pin: of the current and of the next key.
    pub fn pins(&self) -> [Thumbprint; 2] {
        [self.signing.public().thumbprint(), self.next]
    }

    /// Returns the keys that phones use for verification at that time: the current key, and former
    /// keys whose requests can still be pending.
    pub fn published(&self, now: Timestamp) -> impl Iterator<Item = &PublicKey> {
        let fresh = move |old: &&Retired| now.since(old.at()) < PUBLISHED_SECS;
        std::iter::once(self.signing.public()).chain(self.retired.iter().filter(fresh).map(|old| &old.key))
    }

    /// Returns the time at which metadata must end because it names a former key, or `None` if it
    /// names none.
    pub fn former_key_ends(&self, now: Timestamp) -> Option<Timestamp> {
        let published = self.retired.iter().map(Retired::at).filter(|at| now.since(*at) < PUBLISHED_SECS);
        published.map(|at| at.plus(ACCEPTED_SECS)).min()
    }

    /// Returns the thumbprints of all keys.
    pub(super) fn all(&self) -> Vec<Thumbprint> {
        self.pins().into_iter().chain(self.retired.iter().map(|old| old.key.thumbprint())).collect()
    }

    /// Returns the current or former key with that thumbprint.
    pub fn find(&self, kid: Thumbprint) -> Option<&PublicKey> {
        let all = std::iter::once(self.signing.public()).chain(self.retired.iter().map(|old| &old.key));
        all.into_iter().find(|key| key.thumbprint() == kid)
    }

    /// Returns the time of the last rotation, or `None` if there was none.
    pub(super) fn rotated_at(&self) -> Option<Timestamp> {
        self.retired.last().map(Retired::at)
    }
}
