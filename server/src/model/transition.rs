//! The error of a state change that the current state does not allow.

/// A state change that the current state does not allow. The value is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{subject} cannot change from {from} to {to}")]
pub struct InvalidTransition {
    /// The kind of value, for example `approval request`.
    pub subject: &'static str,
    /// The current state.
    pub from: &'static str,
    /// The requested state.
    pub to: &'static str,
}
