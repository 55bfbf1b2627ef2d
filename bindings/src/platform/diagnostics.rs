//! The one log.

use std::sync::Arc;

use countersign_core::platform;

/// Takes what a developer needs to know and nobody else may: why a message was rejected. An event holds two fixed words of this
/// library; no message, key, code or name can be in it.
#[uniffi::export(foreign)]
pub trait Diagnostics: Send + Sync {
    /// Records one event: during what (`push`, `inbox`, `receipt` …), and a stable code. What it throws is ignored.
    fn record(&self, during: String, code: String) -> Result<(), DiagnosticsError>;
}

/// The event was not recorded. Nothing depends on it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum DiagnosticsError {
    /// Why, in the platform's words.
    #[error("{reason}")]
    Failed {
        /// Why.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for DiagnosticsError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: error.reason }
    }
}

pub(crate) struct Foreign(pub(crate) Arc<dyn Diagnostics>);

impl platform::Diagnostics for Foreign {
    fn record(&self, event: platform::DiagnosticEvent) {
        // A log that fails must not change what happens to a request.
        let _ = self.0.record(event.during.to_owned(), event.code.to_owned());
    }
}
