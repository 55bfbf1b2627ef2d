//! Storage, from the shell.

use std::sync::Arc;

use countersign_core::platform;

use crate::Bytes;

/// Keeps one blob of sealed bytes.
#[uniffi::export(foreign)]
pub trait StateStore: Send + Sync {
    /// The bytes last saved, or nothing if none ever were.
    fn load(&self) -> Result<Option<Bytes>, StateStoreError>;

    /// Replaces the bytes as a whole and durably: after a crash either the old or the new ones are there. It must not call back
    /// into the authenticator.
    fn save(&self, bytes: Bytes) -> Result<(), StateStoreError>;
}

/// The bytes could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum StateStoreError {
    /// Why, in the platform's words.
    #[error("{reason}")]
    Failed {
        /// Why.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for StateStoreError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: error.reason }
    }
}

impl From<StateStoreError> for platform::StateStoreError {
    fn from(error: StateStoreError) -> Self {
        let StateStoreError::Failed { reason } = error;
        Self(reason)
    }
}

pub(crate) struct Foreign(pub(crate) Arc<dyn StateStore>);

impl platform::StateStore for Foreign {
    fn load(&self) -> Result<Option<Vec<u8>>, platform::StateStoreError> {
        Ok(self.0.load()?.map(|Bytes(bytes)| bytes))
    }

    fn save(&self, bytes: &[u8]) -> Result<(), platform::StateStoreError> {
        Ok(self.0.save(Bytes(bytes.to_vec()))?)
    }
}
