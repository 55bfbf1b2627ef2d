//! The server itself: its clock.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::problem::wrong;
use super::{Answer, Control};
use crate::web::Body;

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
