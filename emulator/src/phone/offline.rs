//! The phone without network: what its camera read off the other screen, and what it shows to it.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use countersign_core::message::claims::Txn;
use serde::{Deserialize, Serialize};

use super::api::{Answer, Api, txn};
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

/// `POST /api/scan`: the camera read a request. It has none here, so the text comes from whoever plays it.
pub(super) async fn scan(State(api): State<Api>, Body(body): Body<Scan>) -> Answer<Scanned> {
    let id = api.phone.device().receive_scanned(body.text.trim())?.txn().clone();
    api.phone.changed();
    Ok(Json(Scanned { id }))
}

#[derive(Serialize)]
pub(super) struct Shown {
    answer: String,
}

/// `GET /api/requests/{id}/answer`: the kept answer, for the other screen.
pub(super) async fn answer(State(api): State<Api>, Path(id): Path<String>) -> Answer<Shown> {
    Ok(Json(Shown { answer: api.phone.device().decision_to_show(&txn(&id)?)? }))
}

/// `GET /api/requests/{id}/answer.svg`: the same as a QR code.
pub(super) async fn answer_picture(State(api): State<Api>, Path(id): Path<String>) -> Result<Response, Problem> {
    qr::picture(&api.phone.device().decision_to_show(&txn(&id)?)?)
}
