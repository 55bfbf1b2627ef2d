//! What the control interface refuses, and what to do instead.

use axum::http::StatusCode;
use countersign_server::gateway::{ApprovalRequestError, Fault};

use crate::web::Problem;

/// There is nothing of that name.
pub(super) fn unknown(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code, detail)
}

/// It is there, and not in a state in which that can be done.
pub(super) fn conflict(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, detail)
}

/// A value that cannot be.
pub(super) fn wrong(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
}

/// The server could not do its work; nothing was changed.
pub(super) fn fault(fault: Fault) -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        format!("the server failed, nothing was changed: {fault}"),
    )
}

/// Why nobody was asked.
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
        ApprovalRequestError::Refused(refusal) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "refused",
            format!(
                "{refusal}. The limits of [policy] hold here too: use several accounts, move the server's clock with \
                 /clock, or set them higher in the configuration"
            ),
        ),
        ApprovalRequestError::Fault(error) => fault(error),
    }
}
