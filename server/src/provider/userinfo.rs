//! The userinfo endpoint (OpenID Connect Core 5.3) with the access token in the header (RFC 6750
//! section 2.1).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Provider;
use super::error::OAuthError;
use super::form::single;
use super::valid::Valid;
use crate::security_log::Event;

pub(super) const PATH: &str = "/userinfo";

/// The response to a token without the scope `openid` (RFC 6750 section 3.1).
const INSUFFICIENT_SCOPE: &str = "Bearer realm=\"countersign\", error=\"insufficient_scope\", scope=\"openid\"";

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[tracing::instrument(skip_all)]
pub(super) async fn endpoint(State(provider): State<Provider>, headers: HeaderMap) -> Result<Response, OAuthError> {
    let Some(token) = bearer(&headers) else {
        // A request without a token receives only the scheme (RFC 6750 section 3.1).
        return Ok(challenge(StatusCode::UNAUTHORIZED, "Bearer realm=\"countersign\""));
    };
    let Some(Valid { token, account }) = provider.valid(token).await? else {
        provider.base.security_log.record(&Event::AccessTokenRejected {});
        return Ok(challenge(StatusCode::UNAUTHORIZED, "Bearer realm=\"countersign\", error=\"invalid_token\""));
    };
    let has = |value: &str| token.grant.scope.split(' ').any(|scope| scope == value);
    if !has("openid") {
        return Ok(challenge(StatusCode::FORBIDDEN, INSUFFICIENT_SCOPE));
    }
    let name = has("profile").then_some(account.name.as_str());
    Ok(Json(Claims { sub: &token.grant.sub, name }).into_response())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = single(headers, header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn challenge(status: StatusCode, challenge: &'static str) -> Response {
    let mut response = status.into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}
