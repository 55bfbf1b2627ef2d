//! HTTP: the shell's transport or the built-in client.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use countersign_core::platform;

use crate::{AuthenticatorError, Bytes};

/// The shell's HTTP client. It sends whole requests and returns whole responses.
#[uniffi::export(foreign)]
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request over TLS and returns the response, whatever its status. Do not follow
    /// redirects.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// An HTTP request. Its debug output omits the headers (proofs) and the body (one-time codes).
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// The headers. Their names are in lower case.
    pub headers: Vec<Header>,
    /// The body. Empty for `GET`.
    pub body: Bytes,
    /// The timeout in milliseconds.
    pub timeout_ms: u64,
    /// The maximum length of the response in bytes. A longer one is the error `TooLong`.
    pub max_response_bytes: u64,
}

/// A header of a request. Its debug output omits the value.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Header {
    /// The name in lower case.
    pub name: String,
    /// The value.
    pub value: String,
}

/// An HTTP response. Its debug output omits the body.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The header `DPoP-Nonce`, if the server sent one.
    #[uniffi(default = None)]
    pub dpop_nonce: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// Why a request got no response.
// Not `uniffi::remote`: a callback error needs
// `From<UnexpectedUniFFICallbackError>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// There is no connection to the server.
    #[error("no connection")]
    Unreachable,
    /// The server did not respond in time.
    #[error("no response in time")]
    Timeout,
    /// The TLS handshake failed: an untrusted certificate, a wrong clock or an interception.
    #[error("TLS failed")]
    Tls,
    /// The response is longer than `max_response_bytes`.
    #[error("the response is too long")]
    TooLong,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    /// Any other exception of the shell counts as no connection. Stored decisions stay stored.
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unreachable
    }
}

/// Returns the shell's transport or the built-in one.
#[cfg(feature = "full")]
pub(crate) fn choose(given: Option<Arc<dyn Transport>>) -> Result<Arc<dyn platform::Transport>, AuthenticatorError> {
    Ok(match given {
        Some(given) => Arc::new(Foreign(given)),
        None => Arc::new(countersign_core::adapters::http::HttpTransport::new()),
    })
}

/// Returns the shell's transport.
#[cfg(not(feature = "full"))]
pub(crate) fn choose(given: Option<Arc<dyn Transport>>) -> Result<Arc<dyn platform::Transport>, AuthenticatorError> {
    Ok(Arc::new(Foreign(given.ok_or_else(AuthenticatorError::transport_missing)?)))
}

struct Foreign(Arc<dyn Transport>);

#[async_trait]
impl platform::Transport for Foreign {
    async fn send(&self, request: platform::HttpRequest) -> Result<platform::HttpResponse, platform::TransportError> {
        let max_response_bytes = request.max_response_bytes;
        let response = self.0.send(HttpRequest::from(request)).await?;
        if response.body.0.len() > max_response_bytes {
            return Err(platform::TransportError::TooLong);
        }
        Ok(platform::HttpResponse { status: response.status, dpop_nonce: response.dpop_nonce, body: response.body.0 })
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
            max_response_bytes: request.max_response_bytes.try_into().unwrap_or(u64::MAX),
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
