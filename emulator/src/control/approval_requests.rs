//! Approval requests and their outcomes.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use countersign_core::message::request::{BindingMode, Client, without_separators};
use countersign_server::gateway::{ApprovalRequestId, NewApprovalRequest, Outcome, RequestedBinding};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::problem::{conflict, fault, not_asked, unknown, wrong};
use super::{Answer, Control, Done};
use crate::rp::{RpError, scan_secret, six_digits};
use crate::web::{Body, Problem};

/// The number of digits of a generated binding value.
const DIGITS: usize = 6;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    account: String,
    client: Client,
    scope: Option<String>,
    /// The message of binding mode `display`.
    message: Option<String>,
    binding: Option<Binding>,
    #[serde(default)]
    details: Vec<Box<RawValue>>,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Binding {
    mode: BindingMode,
    /// The binding value on the other screen; generated if absent (random digits, or a random
    /// secret for `scan`).
    value: Option<String>,
    /// The number of characters of the binding value.
    length: Option<usize>,
}

#[derive(Serialize)]
pub(super) struct Asked {
    approval_request: String,
    /// The binding value on the other screen (`entry`, `choice`, `scan`).
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// `POST /approval-requests`: creates an approval request.
pub(super) async fn create(State(control): State<Control>, Body(body): Body<Question>) -> Answer<Asked> {
    let (binding, value) = bound(body.binding, body.message)?;
    let approval_request = NewApprovalRequest {
        user: control.accounts.id(&body.account).to_owned(),
        client: body.client,
        scope: body.scope,
        binding,
        details: body.details,
        context: None,
        // The request policy limits the lifetime if the caller gives none.
        lifetime: Duration::from_secs(body.expires_in.unwrap_or(u64::MAX)),
    };
    let approval_request = control.gateway.request_approval(approval_request).await.map_err(not_asked)?;
    Ok(Json(Asked { approval_request: approval_request.to_string(), value }))
}

/// Returns the binding of the approval request, and the value that the other screen shows.
fn bound(binding: Option<Binding>, message: Option<String>) -> Result<(RequestedBinding, Option<String>), Problem> {
    let bad = |detail: &str| Err(wrong("bad_binding", detail));
    let (mode, value, length) = match binding {
        Some(binding) => (binding.mode, binding.value, binding.length),
        None => (BindingMode::None, None, None),
    };
    if mode != BindingMode::Display && message.is_some() {
        return bad("`message` is for binding mode display only: remove it, or set that mode");
    }
    match (mode, value, length) {
        (BindingMode::None, None, None) => Ok((RequestedBinding::None, None)),
        (BindingMode::None, ..) => bad("binding mode none has no `value` and no `length`"),
        (BindingMode::Display, value, None) => match (message, value) {
            (Some(text), None) | (None, Some(text)) => Ok((RequestedBinding::Display(text), None)),
            _ => bad("binding mode display needs the text to compare: send it once, as `message` or `value`"),
        },
        (BindingMode::Display, ..) => bad("binding mode display has no `length`"),
        (BindingMode::Entry, value, length) => {
            let value = chosen(value, length)?;
            Ok((RequestedBinding::Entry(value.clone()), Some(value)))
        }
        (BindingMode::Choice, value, length) => {
            let value = chosen(value, length)?;
            Ok((RequestedBinding::Choice(value.clone()), Some(value)))
        }
        (BindingMode::Scan, value, None) => {
            let value = value.map_or_else(|| scan_secret().map_err(no_random), Ok)?;
            Ok((RequestedBinding::Scan(value.clone()), Some(value)))
        }
        (BindingMode::Scan, ..) => bad("binding mode scan has no `length`"),
    }
}

/// Returns the given value, or random digits of the given length.
fn chosen(value: Option<String>, length: Option<usize>) -> Result<String, Problem> {
    match (value, length) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(length)) if without_separators(&value).chars().count() == length => Ok(value),
        (Some(_), Some(_)) => {
            Err(wrong("bad_binding", "`length` differs from the length of `value`: send one of the two"))
        }
        (None, length) => {
            let length = length.unwrap_or(DIGITS);
            if !(4..=12).contains(&length) {
                return Err(wrong("bad_binding", "`length` must be 4 to 12"));
            }
            let digits = [random_digits()?, random_digits()?].concat();
            Ok(digits.chars().take(length).collect())
        }
    }
}

fn random_digits() -> Result<String, Problem> {
    six_digits().map_err(no_random)
}

fn no_random(error: RpError) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
}

#[derive(Serialize)]
pub(super) struct Said {
    outcome: &'static str,
    /// The reason of a denial.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// `GET /outcome/{id}`: returns the outcome of an approval request.
pub(super) async fn outcome(State(control): State<Control>, Path(approval_request): Path<String>) -> Answer<Said> {
    let outcome = control
        .gateway
        .outcome(&ApprovalRequestId::from_text(&approval_request))
        .await
        .map_err(fault)?
        .ok_or_else(no_approval_request)?;
    let (outcome, reason) = match outcome {
        Outcome::Pending => ("pending", None),
        Outcome::Approved(_) => ("approved", None),
        Outcome::Denied { reason } => ("denied", Some(reason.to_string())),
        Outcome::BindingMismatch => ("binding_mismatch", None),
        Outcome::Expired => ("expired", None),
        Outcome::Cancelled => ("cancelled", None),
    };
    Ok(Json(Said { outcome, reason }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancel {
    approval_request: String,
}

/// `POST /cancel`: withdraws a pending approval request.
pub(super) async fn cancel(State(control): State<Control>, Body(body): Body<Cancel>) -> Answer<Done> {
    let approval_request = ApprovalRequestId::from_text(&body.approval_request);
    control.gateway.outcome(&approval_request).await.map_err(fault)?.ok_or_else(no_approval_request)?;
    match control.gateway.cancel(&approval_request).await.map_err(fault)? {
        true => Ok(Json(Done {})),
        false => Err(conflict("not_pending", "the approval request has ended: GET /outcome/{id} returns its outcome")),
    }
}

pub(super) fn no_approval_request() -> Problem {
    unknown(
        "unknown_approval_request",
        "there is no such approval request: send `approval_request` as /approval-requests returned it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(
        mode: BindingMode,
        value: Option<&str>,
        length: Option<usize>,
    ) -> Result<(RequestedBinding, Option<String>), Problem> {
        bound(Some(Binding { mode, value: value.map(str::to_owned), length }), None)
    }

    #[test]
    fn binding_value_is_taken_or_generated() {
        use BindingMode::{Choice, Display, Entry, None as Nothing, Scan};
        let (asked, value) = bind(Entry, Some("48 12-05"), Some(6)).ok().unwrap();
        assert!(asked == RequestedBinding::Entry("48 12-05".into()) && value.as_deref() == Some("48 12-05"));
        for length in [None, Some(4), Some(12)] {
            let value = bind(Choice, None, length).ok().unwrap().1.unwrap();
            assert!(value.len() == length.unwrap_or(DIGITS) && value.bytes().all(|b| b.is_ascii_digit()), "{value}");
        }
        assert!(bind(Display, Some("W4SCT"), None).ok().unwrap() == (RequestedBinding::Display("W4SCT".into()), None));
        for (mode, value, length) in [
            (Entry, Some("1234"), Some(5)),
            (Entry, None, Some(3)),
            (Entry, None, Some(13)),
            (Display, None, None),
            (Display, Some("x"), Some(1)),
            (Nothing, Some("1234"), None),
            (Scan, None, Some(22)),
        ] {
            assert!(bind(mode, value, length).is_err(), "{mode:?} {value:?} {length:?}");
        }
        let secret = bind(Scan, None, None).ok().unwrap().1.unwrap();
        assert!(
            bind(Scan, Some(&secret), None).ok().unwrap() == (RequestedBinding::Scan(secret.clone()), Some(secret))
        );
        let entry = Binding { mode: Entry, value: None, length: None };
        assert!(bound(Some(entry), Some("shown".into())).is_err());
        assert!(bound(None, None).ok().unwrap() == (RequestedBinding::None, None));
    }
}
