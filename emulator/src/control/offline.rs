//! Approval without network: the request for the phone to scan, and the decision that the phone
//! shows.

use axum::Json;
use axum::extract::{Path, State};
use countersign_core::message::receipt::Outcome;
use countersign_server::gateway::{ApprovalRequestId, OfflineError};
use serde::{Deserialize, Serialize};

use super::approval_requests::no_approval_request;
use super::problem::{conflict, fault, wrong};
use super::{Answer, Control};
use crate::web::{Body, Problem};

#[derive(Serialize)]
pub(super) struct Shown {
    requests: Vec<String>,
}

/// `GET /show/{id}`: returns the signed request for each phone, as the text of a QR code.
pub(super) async fn show(State(control): State<Control>, Path(approval_request): Path<String>) -> Answer<Shown> {
    let approval_request = ApprovalRequestId::from_text(&approval_request);
    control.gateway.outcome(&approval_request).await.map_err(fault)?.ok_or_else(no_approval_request)?;
    Ok(Json(Shown { requests: control.gateway.requests_to_show(&approval_request).await.map_err(refused)? }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scanned {
    approval_request: String,
    decision: String,
}

#[derive(Serialize)]
pub(super) struct Taken {
    outcome: Outcome,
}

/// `POST /scanned`: submits the decision that a phone showed as a QR code.
pub(super) async fn scanned(State(control): State<Control>, Body(body): Body<Scanned>) -> Answer<Taken> {
    let approval_request = ApprovalRequestId::from_text(&body.approval_request);
    control.gateway.outcome(&approval_request).await.map_err(fault)?.ok_or_else(no_approval_request)?;
    Ok(Json(Taken {
        outcome: control.gateway.submit_shown_decision(&approval_request, &body.decision).await.map_err(refused)?,
    }))
}

fn refused(error: OfflineError) -> Problem {
    let detail = error.to_string();
    match error {
        OfflineError::Ended => conflict("not_pending", detail),
        OfflineError::TooLong => wrong("too_long", detail),
        OfflineError::Rejected => wrong("rejected", detail),
        OfflineError::TooMany => conflict("too_many", detail),
        OfflineError::Gateway(error) => fault(error),
    }
}
