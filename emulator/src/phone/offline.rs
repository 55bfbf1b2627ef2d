//! Approval without network: scanning a request and showing the decision.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use countersign_core::message::claims::Txn;
use serde::{Deserialize, Serialize};

use super::extract::{Api, ApiResult, txn};
use crate::qr;
use crate::web::{Body, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scan {
    text: String,
}

#[derive(Serialize)]
pub(super) struct Scanned {
    id: Txn,
}

/// `POST /api/scan`: processes the text of a scanned request. The caller supplies the text in place
/// of a camera.
pub(super) async fn scan(State(api): State<Api>, Body(body): Body<Scan>) -> ApiResult<Scanned> {
    let id = api.phone.device().receive_scanned(body.text.trim())?.txn().clone();
    api.phone.changed();
    Ok(Json(Scanned { id }))
}

#[derive(Serialize)]
pub(super) struct Shown {
    decision: String,
}

/// `GET /api/requests/{id}/decision`: returns the queued decision for the other screen to scan.
pub(super) async fn decision(State(api): State<Api>, Path(id): Path<String>) -> ApiResult<Shown> {
    Ok(Json(Shown { decision: api.phone.device().decision_to_show(&txn(&id)?)? }))
}

/// `GET /api/requests/{id}/decision.svg`: returns the same text as a QR code.
pub(super) async fn decision_picture(State(api): State<Api>, Path(id): Path<String>) -> Result<Response, Problem> {
    qr::picture(&api.phone.device().decision_to_show(&txn(&id)?)?)
}
