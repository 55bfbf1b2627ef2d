//! HTTP, from the shell or built in.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use countersign_core::platform;

use crate::{AuthenticatorError, Bytes};

/// HTTP of the shell. The library gives whole requests and takes whole answers.
#[uniffi::export(foreign)]
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request over TLS. Redirects are not followed; a status of any kind is an answer, not an error.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// One request. Its headers hold proofs and its body one-time codes: neither is in what is printed of it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// An absolute URL.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<Header>,
    /// Empty for `GET`.
    pub body: Bytes,
    /// Give up after this many milliseconds.
    pub timeout_ms: u64,
    /// An answer longer than this many bytes is the error `TooLong`.
    pub max_answer: u64,
}

/// One header of a request. Its value is not in what is printed of it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Header {
    /// In lower case.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One answer. Its body is not in what is printed of it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The header `DPoP-Nonce`, if the server gave one.
    #[uniffi(default = None)]
    pub dpop_nonce: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// No connection.
    #[error("no connection")]
    Unreachable,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// TLS failed: another certificate, a wrong clock, an interception.
    #[error("TLS failed")]
    Tls,
    /// The answer is longer than `max_answer`.
    #[error("the answer is too long")]
    TooLong,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    /// What else a shell throws is as good as no connection: kept answers stay kept.
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unreachable
    }
}

/// The shell's transport, or the built-in one.
#[cfg(feature = "full")]
pub(crate) fn choose(given: Option<Arc<dyn Transport>>) -> Result<Arc<dyn platform::Transport>, AuthenticatorError> {
    Ok(match given {
        Some(given) => Arc::new(Foreign(given)),
        None => Arc::new(countersign_core::adapters::http::HttpTransport::new()),
    })
}

/// The shell's transport.
#[cfg(not(feature = "full"))]
pub(crate) fn choose(given: Option<Arc<dyn Transport>>) -> Result<Arc<dyn platform::Transport>, AuthenticatorError> {
    Ok(Arc::new(Foreign(given.ok_or_else(AuthenticatorError::transport_missing)?)))
}

struct Foreign(Arc<dyn Transport>);

#[async_trait]
impl platform::Transport for Foreign {
    async fn send(&self, request: platform::HttpRequest) -> Result<platform::HttpResponse, platform::TransportError> {
        let max_answer = request.max_answer;
        let answer = self.0.send(HttpRequest::from(request)).await?;
        if answer.body.0.len() > max_answer {
            return Err(platform::TransportError::TooLong);
        }
        Ok(platform::HttpResponse { status: answer.status, dpop_nonce: answer.dpop_nonce, body: answer.body.0 })
    }
}

impl From<platform::HttpRequest> for HttpRequest {
    fn from(request: platform::HttpRequest) -> Self {
        let header = |(name, value): (&str, String)| Header { name: name.to_owned(), value };
        Self {
            method: request.method.as_str().to_owned(),
            url: request.url,
            headers: request.headers.into_iter().map(header).collect(),
            body: Bytes(request.body),
            timeout_ms: milliseconds(request.timeout),
            max_answer: request.max_answer.try_into().unwrap_or(u64::MAX),
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

impl From<TransportError> for platform::TransportError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Unreachable => Self::Unreachable,
            TransportError::Timeout => Self::Timeout,
            TransportError::Tls => Self::Tls,
            TransportError::TooLong => Self::TooLong,
        }
    }
}
