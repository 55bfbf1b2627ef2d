//! The server's clock and keys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_server::keys::RotateError;
use serde::{Deserialize, Serialize};

use super::problem::{conflict, wrong};
use super::{Answer, Control};
use crate::web::{Body, Problem};

/// A hundred years in seconds.
const MAX_SHIFT_SECS: u64 = 100 * 366 * 24 * 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shift {
    /// Seconds between this computer's clock and the server's clock.
    shift_seconds: i64,
}

#[derive(Serialize)]
pub(super) struct Now {
    /// Seconds since 1970.
    now: i64,
}

/// `POST /clock`: shifts the server's clock.
pub(super) async fn clock(State(control): State<Control>, Body(body): Body<Shift>) -> Answer<Now> {
    if body.shift_seconds.unsigned_abs() > MAX_SHIFT_SECS {
        return Err(wrong("bad_shift", "`shift_seconds` must be at most a hundred years"));
    }
    control.clock.set_shift(body.shift_seconds);
    Ok(Json(Now { now: control.clock.now().seconds() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotate {}

#[derive(Serialize)]
pub(super) struct Rotated {
    epoch: u32,
}

/// `POST /rotate-keys`: replaces the key that signs messages to phones by the next key.
pub(super) async fn rotate_keys(State(control): State<Control>, Body(Rotate {}): Body<Rotate>) -> Answer<Rotated> {
    match control.gateway.rotate_keys() {
        Ok(epoch) => Ok(Json(Rotated { epoch })),
        Err(error @ RotateError::TooSoon { .. }) => Err(conflict("too_soon", error.to_string())),
        Err(error) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())),
    }
}
