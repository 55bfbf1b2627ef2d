//! The keys that sign ID tokens at one time.

use std::path::Path;

use countersign_protocol::jose::{PublicKey, SigningKey};
use countersign_protocol::message::claims::Timestamp;
use zeroize::Zeroizing;

use super::KeysError;
use super::file::{self, KeyFile, Retired};

/// The time for which a former key is published and verifies `id_token_hint`, in seconds. It is
/// much longer than the lifetime of an ID token, because a hint can have expired.
const PUBLISHED_SECS: i64 = 30 * 24 * 3600;

/// The key that signs ID tokens, the next key, and the former keys. `Debug` shows thumbprints only.
pub struct IdTokenKeys {
    pkcs8: Zeroizing<Vec<u8>>,
    public: PublicKey,
    next: PublicKey,
    /// The public halves of the former keys, oldest first.
    retired: Vec<Retired>,
}

impl IdTokenKeys {
    /// Reads the keys. The file has a next key.
    pub(super) fn of(path: &Path, file: &KeyFile) -> Result<Self, KeysError> {
        let unreadable = |_| file::damaged(path, file::UNREADABLE);
        let pkcs8 = file.id_token().map_err(unreadable)?;
        let public = SigningKey::from_pkcs8(&pkcs8).map_err(unreadable)?.public().clone();
        let next = file.id_token_next().map_err(unreadable)?.public().clone();
        Ok(Self { pkcs8, public, next, retired: file.id_token_retired.clone() })
    }

    /// Returns the private key (PKCS #8).
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// Returns the public key that verifies new ID tokens.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Returns the keys of the JWKS at that time: the current key, the next key, so that relying
    /// parties know it before it signs, and the former keys of the last 30 days.
    pub fn published(&self, now: Timestamp) -> impl Iterator<Item = &PublicKey> {
        let fresh = move |old: &&Retired| now.since(old.at()) < PUBLISHED_SECS;
        [&self.public, &self.next].into_iter().chain(self.retired.iter().filter(fresh).map(|old| &old.key))
    }

    /// Returns every key, whether it is published or not.
    pub(super) fn all(&self) -> impl Iterator<Item = &PublicKey> {
        [&self.public, &self.next].into_iter().chain(self.retired.iter().map(|old| &old.key))
    }
}

impl std::fmt::Debug for IdTokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.all().map(PublicKey::thumbprint)).finish()
    }
}
