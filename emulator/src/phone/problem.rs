//! The core's errors as problem documents with stable codes.

use axum::http::StatusCode;
use countersign_core::AuthenticatorError;
use countersign_core::error::NoDecision;
use countersign_core::platform::KeyStoreError;
use countersign_core::review::BindingError;

use crate::web::Problem;

impl From<AuthenticatorError> for Problem {
    fn from(error: AuthenticatorError) -> Self {
        let (status, code) = status_and_code(&error);
        Self::new(status, code, error.to_string())
    }
}

/// The stable code of an error.
pub(super) fn code(error: &AuthenticatorError) -> &'static str {
    status_and_code(error).1
}

fn status_and_code(error: &AuthenticatorError) -> (StatusCode, &'static str) {
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
        E::Binding(error) => (StatusCode::UNPROCESSABLE_ENTITY, of_binding(*error)),
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

const fn of_binding(error: BindingError) -> &'static str {
    match error {
        BindingError::Missing => "binding_missing",
        BindingError::Unexpected => "binding_unexpected",
        BindingError::Length { .. } => "binding_length",
        BindingError::Charset => "binding_charset",
        BindingError::NotAnOption => "binding_not_an_option",
        BindingError::NotTheCode => "binding_not_the_code",
        _ => "binding",
    }
}
