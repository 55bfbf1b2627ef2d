//! Errors of a relying party.

use countersign_server::provider::jwt::JwtError;
use reqwest::Response;
use serde::Deserialize;

/// An error of the relying party. Each text says what happened and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RpError {
    /// The server did not respond.
    #[error("{0} does not respond: start it with `countersign server`, or name another server with --server")]
    Unreachable(String),
    /// The server rejected the request with an OAuth error.
    #[error("the server responded {error}: {description}")]
    OAuth { error: String, description: String },
    /// The server responded with a status and without an OAuth error.
    #[error("the server responded with status {0}")]
    Status(u16),
    /// The discovery document names another issuer.
    #[error("the issuer at {asked} is {says}: use that URL with --server")]
    Issuer { asked: String, says: String },
    /// A response is invalid or inconsistent.
    #[error("{0}")]
    Protocol(&'static str),
    /// The ID token is invalid.
    #[error("the ID token is invalid: {0}")]
    IdToken(JwtError),
}

impl RpError {
    /// Returns whether the error has this OAuth code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code() == Some(code)
    }

    /// Returns the OAuth error code.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::OAuth { error, .. } => Some(error),
            _ => None,
        }
    }

    pub(super) async fn of(response: Response) -> Self {
        #[derive(Deserialize)]
        struct Body {
            error: String,
            #[serde(default)]
            error_description: String,
        }
        let status = response.status().as_u16();
        match response.json::<Body>().await {
            Ok(Body { error, error_description }) => Self::OAuth { error, description: error_description },
            Err(_) => Self::Status(status),
        }
    }
}

impl From<reqwest::Error> for RpError {
    fn from(error: reqwest::Error) -> Self {
        let origin = error.url().map(|url| url.origin().ascii_serialization());
        Self::Unreachable(origin.unwrap_or_else(|| "the server".to_owned()))
    }
}
