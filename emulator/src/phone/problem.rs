//! The core's errors as problem documents. The codes are the core's.

use axum::http::StatusCode;
use countersign_core::AuthenticatorError;

use crate::web::Problem;

impl From<AuthenticatorError> for Problem {
    fn from(error: AuthenticatorError) -> Self {
        Self::new(status(&error), error.code(), error.to_string())
    }
}

const fn status(error: &AuthenticatorError) -> StatusCode {
    use AuthenticatorError as E;
    match error {
        E::Offer(_) | E::Binding(_) | E::TooLong => StatusCode::UNPROCESSABLE_ENTITY,
        E::Rejected(_) | E::Transport(_) | E::Server { .. } => StatusCode::BAD_GATEWAY,
        E::State(_) | E::Clock(_) | E::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        E::UnknownEnrolment | E::UnknownRequest => StatusCode::NOT_FOUND,
        E::KeyStore(_)
        | E::NotActive(_)
        | E::NotPending
        | E::Expired
        | E::NotApprovable(_)
        | E::NotRendered(_)
        | E::Session(_)
        | E::NoDecision(_)
        | E::NotAccepted(_)
        | E::RotationConflict
        | E::DecisionConflict => StatusCode::CONFLICT,
    }
}
