//! The server itself: its clock and its keys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_server::keys::RotateError;
use serde::{Deserialize, Serialize};

use super::problem::{conflict, wrong};
use super::{Answer, Control};
use crate::web::{Body, Problem};

/// A hundred years.
const FURTHEST: u64 = 100 * 366 * 24 * 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shift {
    /// From this computer's clock, not from the last shift.
    shift_seconds: i64,
}

#[derive(Serialize)]
pub(super) struct Now {
    /// Seconds since 1970.
    now: i64,
}

/// `POST /clock`: what time the server believes it is.
pub(super) async fn clock(State(control): State<Control>, Body(body): Body<Shift>) -> Answer<Now> {
    if body.shift_seconds.unsigned_abs() > FURTHEST {
        return Err(wrong("bad_shift", "`shift_seconds` is at most a hundred years"));
    }
    control.clock.set_shift(body.shift_seconds);
    Ok(Json(Now { now: control.clock.now().seconds() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Roll {}

#[derive(Serialize)]
pub(super) struct Rolled {
    epoch: u32,
}

/// `POST /rotate-keys`: the next key takes the place of the one that signs messages to phones.
pub(super) async fn rotate_keys(State(control): State<Control>, Body(Roll {}): Body<Roll>) -> Answer<Rolled> {
    match control.gateway.rotate_keys() {
        Ok(epoch) => Ok(Json(Rolled { epoch })),
        Err(error @ RotateError::TooSoon { .. }) => Err(conflict("too_soon", error.to_string())),
        Err(error) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())),
    }
}
