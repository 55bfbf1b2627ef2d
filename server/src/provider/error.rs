//! OAuth errors: `error` and `error_description`, nothing else (CIBA Core 13, RFC 6749 5.2, RFC 9396 5).

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_protocol::jose::JoseError;
use serde::Serialize;

use crate::gateway::Fault;
use crate::store::StoreError;

/// A refusal. The description is for the developer of the client: it holds nothing of what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    code: Code,
    description: Cow<'static, str>,
}

/// The codes that this provider uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
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
    /// The backchannel endpoint refuses by policy: 403 (CIBA Core 13).
    #[serde(rename = "access_denied")]
    Forbidden,
    /// The person refused: at the token endpoint, 400 (CIBA Core 11).
    AccessDenied,
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    ServerError,
}

impl OAuthError {
    /// A refusal with one sentence on what to do instead.
    pub(crate) const fn new(code: Code, description: &'static str) -> Self {
        Self { code, description: Cow::Borrowed(description) }
    }

    /// A refusal whose reason was made elsewhere: what RFC 6749 5.2 does not allow in a description is left out.
    pub(crate) fn because(code: Code, reason: &str) -> Self {
        let allowed = |c: &char| matches!(c, ' '..='~') && *c != '"' && *c != '\\';
        Self { code, description: reason.chars().filter(allowed).take(200).collect::<String>().into() }
    }

    /// `invalid_request`.
    pub(crate) const fn invalid_request(description: &'static str) -> Self {
        Self::new(Code::InvalidRequest, description)
    }

    /// `invalid_client`. Never says whether the client exists.
    pub(crate) const fn invalid_client(description: &'static str) -> Self {
        Self::new(Code::InvalidClient, description)
    }

    fn status(&self) -> StatusCode {
        match self.code {
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
            error: Code,
            error_description: Cow<'static, str>,
        }
        let status = self.status();
        let body = Body { error: self.code, error_description: self.description };
        let mut response = (status, Json(body)).into_response();
        if self.code == Code::InvalidClient {
            let challenge = HeaderValue::from_static(r#"Basic realm="countersign", charset="UTF-8""#);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Our own failure: told to the log, not to the client.
const FAILED: OAuthError = OAuthError::new(Code::ServerError, "the server could not do its work: try again later");

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the provider could not reach its database");
        FAILED
    }
}

impl From<Fault> for OAuthError {
    fn from(error: Fault) -> Self {
        tracing::error!(%error, "the gateway failed");
        FAILED
    }
}

impl From<JoseError> for OAuthError {
    fn from(error: JoseError) -> Self {
        tracing::error!(%error, "no random value could be made");
        FAILED
    }
}

impl From<jsonwebtoken::errors::Error> for OAuthError {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        tracing::error!(%error, "an ID token could not be signed");
        FAILED
    }
}
