//! The provider's metadata (OpenID Connect Discovery 3, CIBA Core 4, RFC 9396 section 10) and the
//! keys of its ID tokens.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::error::{Code, OAuthError};
use super::{Provider, backchannel, introspection, jwt, offline, revocation, token, userinfo};
use crate::gateway::ACR_VALUES;

/// The authentication methods of clients and resource servers.
const AUTH_METHODS: [&str; 2] = ["client_secret_basic", "private_key_jwt"];

/// The algorithms of their assertions.
const AUTH_ALGORITHMS: [&str; 2] = ["ES256", "PS256"];

pub(super) const JWKS_PATH: &str = "/jwks";

/// The time for which caches may store the keys. The next key is listed before it signs.
const JWKS_CACHE_CONTROL: &str = "public, max-age=300";

#[tracing::instrument(level = "debug", skip_all)]
pub(super) async fn metadata(State(provider): State<Provider>) -> Result<Response, OAuthError> {
    let config = &provider.base.config;
    let scopes = provider.base.directory.scopes().await?;
    Ok(Json(json!({
        "issuer": config.issuer,
        "backchannel_authentication_endpoint": provider.address(backchannel::PATH),
        "token_endpoint": provider.address(token::PATH),
        "userinfo_endpoint": provider.address(userinfo::PATH),
        "introspection_endpoint": provider.address(introspection::PATH),
        "revocation_endpoint": provider.address(revocation::PATH),
        "jwks_uri": provider.address(JWKS_PATH),
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_user_code_parameter_supported": false,
        "grant_types_supported": [token::CIBA, token::REFRESH],
        // Required by OpenID Connect Discovery 3. There is no authorization endpoint.
        "response_types_supported": [],
        "scopes_supported": scopes,
        "subject_types_supported": ["public"],
        "acr_values_supported": ACR_VALUES,
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "token_endpoint_auth_signing_alg_values_supported": AUTH_ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": AUTH_ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": AUTH_ALGORITHMS,
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "at_hash", "name"],
        "authorization_details_types_supported": config.detail_types,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        // These members belong to no standard and have a prefix that no standard uses.
        "countersign_offline_request_endpoint": provider.address(offline::PATH),
        "countersign_offline_decision_endpoint": provider.address(offline::DECISION_PATH),
    }))
    .into_response())
}

#[tracing::instrument(level = "debug", skip_all)]
pub(super) async fn jwks(State(provider): State<Provider>) -> Result<Response, OAuthError> {
    let keys = jwt::jwks(&provider.base.keys.id_token(), provider.now()).map_err(|error| {
        tracing::error!(%error, "the keys of the ID tokens could not be written as JWKs");
        OAuthError::new(Code::ServerError, "the keys cannot be returned")
    })?;
    Ok(([(header::CACHE_CONTROL, JWKS_CACHE_CONTROL)], Json(keys)).into_response())
}
