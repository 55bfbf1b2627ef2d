//! The log for developers.

use std::sync::Arc;

use countersign_core::platform;

/// Receives the events that only a developer may see, for example why a message was rejected.
///
/// An event has two fixed texts of this library. It never contains a message, key, code or name.
#[uniffi::export(foreign)]
pub trait Diagnostics: Send + Sync {
    /// Records an event: the step (`push`, `inbox`, `receipt` …) and a stable code. Errors are ignored.
    fn record(&self, during: String, code: String) -> Result<(), DiagnosticsError>;
}

/// The reason why an event was not recorded. The library ignores it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum DiagnosticsError {
    /// The platform failed.
    #[error("{reason}")]
    Failed {
        /// The reason in the platform's wording.
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
        // A failing log must not change the handling of a request.
        let _ = self.0.record(event.during.to_owned(), event.code.to_owned());
    }
}
