//! The errors that a phone gets: a closed list of codes (ADP/1, section 9).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::GatewayError;
use crate::budget::OverBudget;
use crate::problem::Problem;

/// The codes of ADP/1 problems (RFC 9457 `code`). A problem never changes state. A call that
/// changes state gets a signed receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// The message or the proof was not accepted. One code for every reason, so that the response
    /// does not help an attacker.
    Rejected,
    /// The DPoP proof needs the nonce of the `DPoP-Nonce` header of this response (RFC 9449,
    /// section 8).
    UseDpopNonce,
    /// The body is larger than its kind allows.
    TooLarge,
    /// The body does not have the content type of the endpoint.
    UnsupportedMediaType,
    /// The form of the call is wrong: a missing or repeated parameter or header.
    BadRequest,
    /// No request with that handle is pending for this phone.
    NotFound,
    /// Too many calls or connections. Try again later.
    TooMany,
    /// Too many writes are waiting. Nothing was changed. Try again later.
    Busy,
    /// The server failed. Nothing was changed.
    Internal,
}

impl ProblemCode {
    /// Returns the code on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::BadRequest => "bad_request",
            Self::NotFound => "not_found",
            Self::TooMany => "too_many",
            Self::Busy => "busy",
            Self::Internal => "internal",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Rejected => StatusCode::FORBIDDEN,
            Self::UseDpopNonce => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A call of a phone that failed. The response has the code, the log has the reason.
#[derive(Debug)]
pub(super) struct CallProblem {
    code: ProblemCode,
    /// The failed check. The routes write it to the security log.
    reason: &'static str,
    /// The seconds after which the call can succeed.
    retry_after_s: Option<u64>,
}

/// The code and the failed check of a response, for the security log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failed {
    pub(super) code: ProblemCode,
    pub(super) reason: &'static str,
}

impl CallProblem {
    /// A rejected message. `reason` names the failed check and contains no value of the message.
    pub(super) fn rejected(reason: &'static str) -> Self {
        Self::new(ProblemCode::Rejected, reason)
    }

    /// A problem with that code.
    pub(super) fn new(code: ProblemCode, reason: &'static str) -> Self {
        let retry_after_s = if matches!(code, ProblemCode::Busy) { Some(5) } else { None };
        Self { code, reason, retry_after_s }
    }

    /// A call over the budget of its phone.
    pub(super) fn too_many(over: OverBudget) -> Self {
        Self { retry_after_s: Some(over.retry_after_s), ..Self::new(ProblemCode::TooMany, "calls of one phone") }
    }

    /// Returns the code.
    pub(super) const fn code(&self) -> ProblemCode {
        self.code
    }
}

impl<E: Into<GatewayError>> From<E> for CallProblem {
    fn from(error: E) -> Self {
        let error: GatewayError = error.into();
        if error.is_busy() {
            tracing::warn!(%error, "device call not processed");
            return Self::new(ProblemCode::Busy, "too many writes");
        }
        tracing::error!(%error, "device call failed");
        Self::new(ProblemCode::Internal, "the server failed")
    }
}

impl IntoResponse for CallProblem {
    fn into_response(self) -> Response {
        let mut response = Problem::new(self.code.status(), self.code.as_str()).into_response();
        response.extensions_mut().insert(Failed { code: self.code, reason: self.reason });
        if self.code == ProblemCode::UseDpopNonce {
            let challenge = HeaderValue::from_static(r#"DPoP error="use_dpop_nonce", algs="ES256""#);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    #[test]
    fn busy_store_is_503_with_retry_after() {
        let response = CallProblem::from(StoreError::Busy).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        let failed = CallProblem::from(GatewayError::ShownDecision).into_response();
        assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!failed.headers().contains_key(header::RETRY_AFTER));
    }
}
