//! The userinfo endpoint (OpenID Connect Core 5.3) with the access token in the header (RFC 6750
//! section 2.1).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::OAuthError;
use super::form::single;
use super::{Provider, hash};
use crate::model::TokenKind;
use crate::security_log::Event;

pub(super) const PATH: &str = "/userinfo";

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
        return Ok(unauthorized("Bearer realm=\"countersign\""));
    };
    let grant = provider.base.store.read().await?.token(&hash(token), TokenKind::Access, provider.now()).await?;
    let account = match &grant {
        Some(grant) => provider.base.directory.account(&grant.username).await?,
        None => None,
    };
    let Some((grant, account)) = grant.zip(account).filter(|(grant, account)| account.sub == grant.sub) else {
        provider.base.security_log.record(&Event::AccessTokenRejected {});
        return Ok(unauthorized("Bearer realm=\"countersign\", error=\"invalid_token\""));
    };
    let name = grant.scope.split(' ').any(|scope| scope == "profile").then_some(account.name.as_str());
    Ok(Json(Claims { sub: &grant.sub, name }).into_response())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = single(headers, header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn unauthorized(challenge: &'static str) -> Response {
    let mut response = StatusCode::UNAUTHORIZED.into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}
