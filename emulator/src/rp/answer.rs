//! The responses of the token and userinfo endpoints.

use countersign_server::provider::jwt::IdTokenClaims;
use serde::{Deserialize, Serialize};

/// The token response. It implements neither `Debug` nor `Serialize`, because tokens are secrets.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) id_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) authorization_details: Option<serde_json::Value>,
}

/// A verified result of an authentication request.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Confirmed {
    pub(crate) claims: IdTokenClaims,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The approved authorization details (RFC 9396, section 7).
    #[serde(rename = "authorization_details", skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<serde_json::Value>,
}

/// The userinfo response (OpenID Connect Core 5.3.2).
#[derive(Deserialize)]
pub(super) struct UserInfo {
    pub(super) sub: String,
    pub(super) name: Option<String>,
}
