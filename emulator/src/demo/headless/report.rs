//! The document that `--json` prints.

use countersign_core::jose::Digest;
use countersign_core::message::decision::DecisionKind;
use countersign_core::message::status::EnrolmentState;
use countersign_server::provider::jwt::IdTokenClaims;
use serde::Serialize;

use crate::phone::{DetailsView, FieldView};

/// The results of a run.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) enrolment: Option<Enrolment>,
    pub(super) push: Option<Push>,
    pub(super) display: Vec<Shown>,
    pub(super) binding: Option<Binding>,
    pub(super) decision: Option<Decision>,
    pub(super) receipt: Option<Receipt>,
    pub(super) tokens: Option<Tokens>,
    pub(super) checks: Vec<Check>,
    pub(super) ms: Times,
}

#[derive(Debug, Serialize)]
pub(super) struct Enrolment {
    pub(super) state: EnrolmentState,
    pub(super) id: String,
    pub(super) protection: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Push {
    pub(super) kind: &'static str,
    pub(super) bytes: usize,
    pub(super) sealed: bool,
}

/// One field of the approval screen.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) value: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Binding {
    pub(super) mode: countersign_core::message::request::BindingMode,
}

#[derive(Debug, Serialize)]
pub(super) struct Decision {
    pub(super) decision: DecisionKind,
    pub(super) request_hash: Digest,
    pub(super) display_hash: Option<Digest>,
}

#[derive(Debug, Serialize)]
pub(super) struct Receipt {
    pub(super) outcome: countersign_core::message::receipt::Outcome,
}

/// The tokens. Token values are secrets, so only their kind and length are reported.
#[derive(Debug, Serialize)]
pub(super) struct Tokens {
    pub(super) id_token_claims: IdTokenClaims,
    pub(super) access_token: String,
    /// The refresh token of the login. A payment has none.
    pub(super) refresh_token: Option<String>,
}

/// One named check.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
}

/// Durations in whole milliseconds.
#[derive(Debug, Default, Serialize)]
pub(super) struct Times {
    /// From the offer's link to the state `active`.
    pub(super) enrol: u64,
    /// From the authentication request to the fields on the screen.
    pub(super) request_to_display: u64,
    /// From the user verification to verified tokens.
    pub(super) approve_to_token: u64,
    /// The whole run with all checks.
    pub(super) total: u64,
}

/// Describes a secret by its length.
pub(super) fn redacted(secret: &str) -> String {
    format!("redacted, {} characters", secret.len())
}

/// Returns the fields of the screen for the report.
pub(super) fn shown(details: &DetailsView) -> Vec<Shown> {
    let field =
        |field: &FieldView| Shown { id: field.id.clone(), label: field.label.clone(), value: field.value.clone() };
    details.fields.iter().map(field).collect()
}
