//! What a phone is told when its call is refused: a closed list.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Fault;
use crate::problem::Problem;

/// The codes of ADP/1 problems (RFC 9457 `code`). Problems never change state: what does is answered by a signed
/// receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The message or the proof was not accepted. One code for every reason, or the answers would teach an attacker.
    Rejected,
    /// The DPoP proof needs the nonce of this answer's `DPoP-Nonce` header (RFC 9449 §8): make a new proof with it.
    UseDpopNonce,
    /// The body is larger than its kind allows.
    TooLarge,
    /// The body is not of the content type the endpoint takes.
    UnsupportedMediaType,
    /// The form of the call itself is wrong: a missing or doubled parameter or header.
    BadRequest,
    /// Nothing of that name waits for this phone.
    NotFound,
    /// Too many calls or connections: come back later.
    TooMany,
    /// The server could not do its work; nothing was changed.
    Internal,
}

impl Code {
    /// As on the wire.
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
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A refused call: the code goes outward, the reason stays in the log.
#[derive(Debug)]
pub(super) struct Refused(Code);

impl Refused {
    /// One opaque answer; `reason` names the failed step and holds no value of the message.
    pub(super) fn rejected(reason: &'static str) -> Self {
        Self::of(Code::Rejected, reason)
    }

    /// What goes outward.
    pub(super) const fn code(&self) -> Code {
        self.0
    }

    /// A refusal with that code.
    pub(super) fn of(code: Code, reason: &'static str) -> Self {
        tracing::info!(code = code.as_str(), reason, "device call refused");
        Self(code)
    }
}

impl<E: Into<Fault>> From<E> for Refused {
    fn from(error: E) -> Self {
        let error: Fault = error.into();
        tracing::error!(%error, "device call failed");
        Self(Code::Internal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = Problem::new(self.0.status(), self.0.as_str()).into_response();
        if self.0.status() == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(r#"DPoP error="use_dpop_nonce", algs="ES256""#);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
