//! The core's errors as problems with a stable code.

use axum::http::StatusCode;
use countersign_core::AuthenticatorError;
use countersign_core::error::NoDecision;
use countersign_core::platform::KeyStoreError;

use crate::web::Problem;

impl From<AuthenticatorError> for Problem {
    fn from(error: AuthenticatorError) -> Self {
        let (status, code) = told(&error);
        Self::new(status, code, error.to_string())
    }
}

/// The stable code of an error.
pub(super) fn code(error: &AuthenticatorError) -> &'static str {
    told(error).1
}

fn told(error: &AuthenticatorError) -> (StatusCode, &'static str) {
    use AuthenticatorError as E;
    match error {
        E::Offer(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_offer"),
        E::Rejected(_) => (StatusCode::BAD_GATEWAY, "rejected"),
        E::Transport(_) => (StatusCode::BAD_GATEWAY, "no_connection"),
        E::Server { .. } => (StatusCode::BAD_GATEWAY, "server_refused"),
        E::KeyStore(error) => (StatusCode::CONFLICT, of_key_store(error)),
        E::State(_) => (StatusCode::INTERNAL_SERVER_ERROR, "state"),
        E::Clock(_) => (StatusCode::INTERNAL_SERVER_ERROR, "clock"),
        E::UnknownEnrolment => (StatusCode::NOT_FOUND, "unknown_enrolment"),
        E::UnknownRequest => (StatusCode::NOT_FOUND, "unknown_request"),
        E::NotActive(_) => (StatusCode::CONFLICT, "enrolment_not_active"),
        E::NotPending => (StatusCode::CONFLICT, "not_pending"),
        E::Expired => (StatusCode::CONFLICT, "expired"),
        E::NotApprovable(reason) => (StatusCode::CONFLICT, reason.code()),
        E::NotRendered(reason) => (StatusCode::CONFLICT, reason.code()),
        E::Binding(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.code()),
        E::Session(error) => (StatusCode::CONFLICT, error.code()),
        E::NoDecision(why) => (StatusCode::CONFLICT, of_no_answer(*why)),
        E::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "broken"),
        E::NotAccepted(_) => (StatusCode::CONFLICT, "not_accepted"),
        E::Unsettled => (StatusCode::CONFLICT, "unsettled"),
    }
}

const fn of_key_store(error: &KeyStoreError) -> &'static str {
    match error {
        KeyStoreError::Missing => "key_missing",
        KeyStoreError::Invalidated => "key_invalidated",
        KeyStoreError::Cancelled => "biometric_cancelled",
        KeyStoreError::NotVerified => "biometric_failed",
        KeyStoreError::Locked => "phone_locked",
        KeyStoreError::Unavailable(_) => "key_store",
    }
}

const fn of_no_answer(why: NoDecision) -> &'static str {
    match why {
        NoDecision::Unanswered => "unanswered",
        NoDecision::Settled => "settled",
        NoDecision::TooLong => "answer_too_long_to_show",
    }
}
