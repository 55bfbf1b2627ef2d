//! What can go wrong for a relying party.

use countersign_server::provider::jwt::JwtError;
use reqwest::Response;
use serde::Deserialize;

/// Says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RpError {
    /// No answer.
    #[error(
        "no answer from {0}: is the server running there? Start it with `countersign server`, or name another with --server"
    )]
    Unreachable(String),
    /// The server refuses, in the words of OAuth.
    #[error("the server answered {error}: {description}")]
    OAuth { error: String, description: String },
    /// The server answers with a status and nothing that says why.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The address belongs to another issuer.
    #[error("{asked} says that its name is {says}: name it so with --server")]
    Issuer { asked: String, says: String },
    /// An answer that must not be trusted.
    #[error("{0}")]
    Protocol(&'static str),
    /// The ID token does not verify.
    #[error("the ID token is not accepted: {0}")]
    IdToken(JwtError),
}

impl RpError {
    /// Whether it is this OAuth error.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code() == Some(code)
    }

    /// The OAuth error code.
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
