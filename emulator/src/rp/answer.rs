//! What a relying party gets.

use countersign_server::provider::jwt::IdTokenClaims;
use serde::{Deserialize, Serialize};

/// The token response. Neither `Debug` nor `Serialize`: tokens are secrets.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) id_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) authorization_details: Option<serde_json::Value>,
}

/// Whom the server confirmed, with everything verified.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Confirmed {
    pub(crate) claims: IdTokenClaims,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// What was approved (RFC 9396 7).
    #[serde(rename = "authorization_details", skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<serde_json::Value>,
}

/// The userinfo response (OpenID Connect Core 5.3.2).
#[derive(Deserialize)]
pub(super) struct UserInfo {
    pub(super) sub: String,
    pub(super) name: Option<String>,
}
