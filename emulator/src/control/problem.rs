//! Errors of the control interface.

use axum::http::StatusCode;
use countersign_server::gateway::{ApprovalRequestError, GatewayError};

use crate::web::Problem;

/// The object does not exist.
pub(super) fn unknown(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code, detail)
}

/// The object is in a state in which the call is not possible.
pub(super) fn conflict(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, detail)
}

/// A value is invalid.
pub(super) fn wrong(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
}

/// The server failed or is busy, or the account has too many phones or offers. Nothing was changed.
pub(super) fn fault(error: GatewayError) -> Problem {
    match error {
        GatewayError::TooManyPhones(_) => return conflict("too_many_phones", error.to_string()),
        GatewayError::TooManyOffers(_) => return conflict("too_many_offers", error.to_string()),
        _ => {}
    }
    let (status, code) = match error.is_busy() {
        true => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        false => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    };
    Problem::new(status, code, format!("the server failed and changed nothing: {error}"))
}

/// Describes why an approval request was not created.
pub(super) fn not_asked(error: ApprovalRequestError) -> Problem {
    match error {
        ApprovalRequestError::NoDevice => {
            conflict("no_device", "the account has no active phone: add one with /offer and /confirm")
        }
        ApprovalRequestError::BadDetails(reason) => wrong("bad_details", reason),
        ApprovalRequestError::BadBinding(reason) => wrong("bad_binding", reason),
        ApprovalRequestError::TooLong => {
            wrong("too_long", "the request is longer than 8 KiB once it is signed: send shorter details")
        }
        ApprovalRequestError::Policy(violation) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "refused",
            format!(
                "{violation}. The limits of [policy] apply here too: use several accounts, move the server's clock with \
                 /clock, or set them higher in the configuration"
            ),
        ),
        ApprovalRequestError::Gateway(error) => fault(error),
    }
}
