//! OAuth errors: only `error` and `error_description` (CIBA Core 13, RFC 6749 section 5.2, RFC 9396
//! section 5).

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_protocol::jose::JoseError;
use serde::Serialize;

use crate::budget::OverBudget;
use crate::directory::DirectoryError;
use crate::gateway::GatewayError;
use crate::store::StoreError;

/// An OAuth error. The description is for the client's developer and contains nothing that was
/// sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    code: Code,
    description: Cow<'static, str>,
    /// The seconds of `Retry-After`: the server is overloaded, or the client called too often.
    retry_after_s: Option<u64>,
}

/// The codes that this provider uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidAuthorizationDetails,
    InvalidBindingMessage,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnknownUserId,
    /// The backchannel endpoint rejects the request by policy: 403 (CIBA Core 13).
    Forbidden,
    /// The user denied the request: 400 at the token endpoint (CIBA Core 11).
    AccessDenied,
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    ServerError,
    /// The client is over its budget: 429 (RFC 6585).
    TemporarilyUnavailable,
}

impl Code {
    /// Returns the code on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InvalidBindingMessage => "invalid_binding_message",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnknownUserId => "unknown_user_id",
            Self::Forbidden | Self::AccessDenied => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

impl OAuthError {
    /// Creates an error with one sentence on what to do instead.
    pub(crate) const fn new(code: Code, description: &'static str) -> Self {
        Self { code, description: Cow::Borrowed(description), retry_after_s: None }
    }

    /// Creates an error with a given reason. Characters that RFC 6749 section 5.2 forbids in a
    /// description are removed.
    pub(crate) fn because(code: Code, reason: &str) -> Self {
        let allowed = |c: &char| matches!(c, ' '..='~') && *c != '"' && *c != '\\';
        let description = reason.chars().filter(allowed).take(200).collect::<String>().into();
        Self { code, description, retry_after_s: None }
    }

    /// Creates an `invalid_request` error.
    pub(crate) const fn invalid_request(description: &'static str) -> Self {
        Self::new(Code::InvalidRequest, description)
    }

    /// Creates an `invalid_client` error, which never reveals whether the client exists.
    pub(crate) const fn invalid_client(description: &'static str) -> Self {
        Self::new(Code::InvalidClient, description)
    }

    /// Returns the code.
    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    fn status(&self) -> StatusCode {
        match self.code {
            Code::TemporarilyUnavailable => StatusCode::TOO_MANY_REQUESTS,
            Code::ServerError if self.retry_after_s.is_some() => StatusCode::SERVICE_UNAVAILABLE,
            Code::InvalidClient => StatusCode::UNAUTHORIZED,
            Code::Forbidden => StatusCode::FORBIDDEN,
            Code::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            error_description: Cow<'static, str>,
        }
        let status = self.status();
        let body = Body { error: self.code.as_str(), error_description: self.description };
        let mut response = (status, Json(body)).into_response();
        if self.code == Code::InvalidClient {
            let challenge = HeaderValue::from_static(r#"Basic realm="countersign", charset="UTF-8""#);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// The response to a failure of the server. The reason is logged and not sent to the client.
const FAILED: OAuthError = OAuthError::new(Code::ServerError, "the server failed: try again later");

/// The response while too many writes are waiting.
const BUSY: OAuthError = OAuthError {
    code: Code::ServerError,
    description: Cow::Borrowed("the server is busy, nothing was changed: try again in a few seconds"),
    retry_after_s: Some(5),
};

impl From<OverBudget> for OAuthError {
    fn from(over: OverBudget) -> Self {
        tracing::info!("a call of a client was over its budget");
        let error = Self::new(Code::TemporarilyUnavailable, "too many calls of this client: try again later");
        Self { retry_after_s: Some(over.retry_after_s), ..error }
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Busy) {
            tracing::warn!(%error, "a call of a client was not processed");
            return BUSY;
        }
        tracing::error!(%error, "the provider could not reach its database");
        FAILED
    }
}

impl From<DirectoryError> for OAuthError {
    fn from(error: DirectoryError) -> Self {
        tracing::error!(%error, "the directory failed");
        FAILED
    }
}

impl From<GatewayError> for OAuthError {
    fn from(error: GatewayError) -> Self {
        if error.is_busy() {
            tracing::warn!(%error, "a call of a client was not processed");
            return BUSY;
        }
        tracing::error!(%error, "the gateway failed");
        FAILED
    }
}

impl From<JoseError> for OAuthError {
    fn from(error: JoseError) -> Self {
        tracing::error!(%error, "no random value could be generated");
        FAILED
    }
}

impl From<jsonwebtoken::errors::Error> for OAuthError {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        tracing::error!(%error, "an ID token could not be signed");
        FAILED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_store_is_503_with_retry_after() {
        for error in [OAuthError::from(StoreError::Busy), OAuthError::from(GatewayError::from(StoreError::Busy))] {
            let response = error.into_response();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        }
        let failed = OAuthError::from(GatewayError::ShownDecision).into_response();
        assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!failed.headers().contains_key(header::RETRY_AFTER));
    }
}
