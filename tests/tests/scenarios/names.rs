//! Results and errors as `tests/scenarios.md` writes them.

use countersign_core::error::NoDecision;
use countersign_core::message::receipt;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{KeyStoreError, TransportError};
use countersign_core::review::BindingError;
use countersign_core::{AuthenticatorError, Outcome};

/// Returns the code of an error; for other errors, their debug text.
pub(crate) fn code(error: &AuthenticatorError) -> String {
    match error {
        AuthenticatorError::Rejected(_) => "rejected".to_owned(),
        AuthenticatorError::Transport(TransportError::Unreachable) => "unreachable".to_owned(),
        AuthenticatorError::Server { code, .. } => code.clone(),
        AuthenticatorError::KeyStore(KeyStoreError::Invalidated) => "key_invalidated".to_owned(),
        AuthenticatorError::NotActive(now) => format!("enrolment_{}", state(*now)),
        AuthenticatorError::NotPending => "not_pending".to_owned(),
        AuthenticatorError::Expired => "expired".to_owned(),
        AuthenticatorError::NotApprovable(reason) => reason.code().to_owned(),
        AuthenticatorError::NotRendered(reason) => reason.code().to_owned(),
        AuthenticatorError::Binding(BindingError::Length { .. }) => "binding_length".to_owned(),
        AuthenticatorError::Binding(BindingError::NotTheCode) => "binding_not_the_code".to_owned(),
        AuthenticatorError::NoDecision(NoDecision::Unanswered) => "unanswered".to_owned(),
        AuthenticatorError::NoDecision(NoDecision::Settled) => "settled".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Returns the result of a decision.
pub(crate) fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Confirmed => "confirmed".to_owned(),
        Outcome::Queued => "queued".to_owned(),
        Outcome::Failed(reason) => format!("failed {}", receipt(reason)),
    }
}

/// Returns the outcome of a receipt.
pub(crate) const fn receipt(outcome: receipt::Outcome) -> &'static str {
    match outcome {
        receipt::Outcome::Accepted => "accepted",
        receipt::Outcome::BindingMismatch => "binding_mismatch",
        receipt::Outcome::Expired => "expired",
        receipt::Outcome::AlreadyDecided => "already_decided",
        receipt::Outcome::Cancelled => "cancelled",
        receipt::Outcome::Policy => "policy",
        receipt::Outcome::NumberUsed => "number_used",
    }
}

/// Returns the state of an enrolment.
pub(crate) const fn state(state: EnrolmentState) -> &'static str {
    match state {
        EnrolmentState::Pending => "pending",
        EnrolmentState::Active => "active",
        EnrolmentState::Suspended => "suspended",
        EnrolmentState::Revoked => "revoked",
    }
}
