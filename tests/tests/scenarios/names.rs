//! Results and errors as `tests/scenarios.md` writes them.

use countersign_core::{AuthenticatorError, Outcome};

/// Returns the code of an error. For an error of the server it is the server's own code.
pub(crate) fn code(error: &AuthenticatorError) -> String {
    match error {
        AuthenticatorError::Server { code, .. } => code.clone(),
        other => other.code().to_owned(),
    }
}

/// Returns the result of a decision.
pub(crate) fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Confirmed => "confirmed".to_owned(),
        Outcome::Queued => "queued".to_owned(),
        Outcome::Unconfirmed => "unconfirmed".to_owned(),
        Outcome::Failed(reason) => format!("failed {}", reason.as_str()),
    }
}
