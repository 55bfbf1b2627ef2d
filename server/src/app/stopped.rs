//! Rotation of the keys of a server that does not run.

use super::StartError;
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::{FormerKey, KeyRotationPolicy, RotateError, ServerKeys};
use crate::security_log::{Destination, SecurityLog, rotation};
use crate::store::DataFolder;

/// The keys of a server that does not run, and its security log. The folder stays locked, so that
/// no server starts meanwhile.
#[derive(Debug)]
pub struct StoppedServer {
    folder: DataFolder,
    keys: ServerKeys,
    policy: KeyRotationPolicy,
    security_log: SecurityLog,
    clock: Clock,
}

impl StoppedServer {
    /// Loads the keys and opens the security log of the configuration, or standard error if there
    /// is no configuration. Returns `None` if the folder contains no keys.
    ///
    /// # Errors
    /// [`StartError`] if the keys cannot be loaded or the log cannot be opened.
    pub fn open(folder: DataFolder, config: Option<Config>, clock: Clock) -> Result<Option<Self>, StartError> {
        let Some(keys) = ServerKeys::load(&folder)? else { return Ok(None) };
        let (policy, destination) = match config {
            Some(config) => (config.keys, config.security_log),
            None => (KeyRotationPolicy::default(), Destination::Stderr),
        };
        // The key of pseudonyms is in the database. No event of a rotation contains one.
        let security_log = SecurityLog::open(&destination, &[], clock.clone()).map_err(StartError::SecurityLog)?;
        Ok(Some(Self { folder, keys, policy, security_log, clock }))
    }

    /// Returns the keys.
    pub const fn keys(&self) -> &ServerKeys {
        &self.keys
    }

    /// Returns the folder.
    pub const fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Rotates the key that signs messages to phones and returns the new epoch.
    ///
    /// # Errors
    /// [`RotateError`]. Nothing was changed then.
    pub fn rotate_keys(&self) -> Result<u32, RotateError> {
        let rotated = self.keys.rotate(&self.policy, self.clock.now());
        self.security_log.record(&rotation::of_device_key(&rotated));
        rotated
    }

    /// Rotates the key that signs ID tokens.
    ///
    /// # Errors
    /// [`RotateError`]. Nothing was changed then.
    pub fn rotate_id_token_key(&self, former: FormerKey) -> Result<(), RotateError> {
        let rotated = self.keys.rotate_id_token(former, self.clock.now());
        self.security_log.record(&rotation::of_id_token_key(former, &rotated));
        rotated
    }
}
