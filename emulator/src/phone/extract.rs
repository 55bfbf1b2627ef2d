//! The state of the automation API and the parameters in its paths.

use axum::Json;
use axum::http::StatusCode;
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};
use tokio_util::sync::CancellationToken;

use super::device::Phone;
use crate::web::Problem;

/// The state that the handlers share.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) phone: Phone,
    pub(super) stop: CancellationToken,
}

/// A JSON response or a problem document.
pub(super) type ApiResult<T> = Result<Json<T>, Problem>;

/// Parses the id of an enrolment.
pub(super) fn enrolment(id: &str) -> Result<EnrolmentId, Problem> {
    id.parse().map_err(|_| {
        Problem::new(StatusCode::NOT_FOUND, "unknown_enrolment", "there is no such enrolment on this phone")
    })
}

/// Parses the id of a request.
pub(super) fn txn(id: &str) -> Result<Txn, Problem> {
    id.parse()
        .map_err(|_| Problem::new(StatusCode::NOT_FOUND, "unknown_request", "there is no such request on this phone"))
}

/// Parses a locale.
pub(super) fn locale(text: &str) -> Result<Locale, Problem> {
    text.parse().map_err(|_| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_locale", "use one of the locales en, de, fr, es, ja")
    })
}
