//! Approval without network: the request for the phone to scan, and the decision that the phone
//! shows.

use axum::Json;
use axum::extract::{Path, State};
use countersign_core::message::receipt::Outcome;
use countersign_server::gateway::{ApprovalRequestId, OfflineError};
use serde::{Deserialize, Serialize};

use super::asks::no_ask;
use super::problem::{conflict, fault, wrong};
use super::{Answer, Control};
use crate::web::{Body, Problem};

#[derive(Serialize)]
pub(super) struct Shown {
    requests: Vec<String>,
}

/// `GET /show/{ask}`: returns the signed request for each phone, as the text of a QR code.
pub(super) async fn show(State(control): State<Control>, Path(ask): Path<String>) -> Answer<Shown> {
    let ask = ApprovalRequestId::from_text(&ask);
    control.gateway.outcome(&ask).await.map_err(fault)?.ok_or_else(no_ask)?;
    Ok(Json(Shown { requests: control.gateway.requests_to_show(&ask).await.map_err(refused)? }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scanned {
    ask: String,
    answer: String,
}

#[derive(Serialize)]
pub(super) struct Taken {
    outcome: Outcome,
}

/// `POST /scanned`: submits the decision that a phone showed as a QR code.
pub(super) async fn scanned(State(control): State<Control>, Body(body): Body<Scanned>) -> Answer<Taken> {
    let ask = ApprovalRequestId::from_text(&body.ask);
    control.gateway.outcome(&ask).await.map_err(fault)?.ok_or_else(no_ask)?;
    Ok(Json(Taken { outcome: control.gateway.take_shown(&ask, &body.answer).await.map_err(refused)? }))
}

fn refused(error: OfflineError) -> Problem {
    let detail = error.to_string();
    match error {
        OfflineError::Ended => conflict("not_pending", detail),
        OfflineError::TooLong => wrong("too_long", detail),
        OfflineError::Rejected => wrong("rejected", detail),
        OfflineError::TooMany => conflict("too_many", detail),
        OfflineError::Fault(error) => fault(error),
    }
}
