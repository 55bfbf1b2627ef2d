//! The shell's storage.

use std::sync::Arc;

use countersign_core::platform;

use crate::Bytes;

/// Stores the sealed state as one block of bytes. Only one authenticator may write to it.
#[uniffi::export(foreign)]
pub trait StateStore: Send + Sync {
    /// Returns the bytes that were saved last, or none if there were none.
    fn load(&self) -> Result<Option<Bytes>, StateStoreError>;

    /// Replaces the bytes atomically and durably: a crash leaves either the old or the new ones.
    ///
    /// After an error the library calls `load`. If it returns the new bytes, the write counts. If
    /// it returns the old ones, the change is undone. Otherwise the authenticator fails until it is
    /// opened again. It must not call the authenticator.
    fn save(&self, bytes: Bytes) -> Result<(), StateStoreError>;
}

/// The reason why the bytes cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum StateStoreError {
    /// The platform failed.
    #[error("{reason}")]
    Failed {
        /// The reason in the platform's wording.
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
