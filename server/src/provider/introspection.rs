//! The introspection endpoint (RFC 7662): a resource server asks what an access token grants now.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use countersign_protocol::message::claims::Timestamp;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::error::OAuthError;
use super::form::Form;
use super::valid::Valid;
use super::{Provider, details};
use crate::model::ResourceServer;
use crate::security_log::Event;

pub(super) const PATH: &str = "/introspect";

/// The response for an active token (RFC 7662 section 2.2, RFC 9396 section 9.2, RFC 9470 section
/// 6.2).
#[derive(Serialize)]
struct Active<'a> {
    active: bool,
    iss: &'a str,
    sub: &'a str,
    client_id: &'a str,
    scope: &'a str,
    token_type: &'static str,
    iat: Timestamp,
    exp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorization_details: Vec<Box<RawValue>>,
}

#[tracing::instrument(skip_all)]
pub(super) async fn endpoint(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, OAuthError> {
    let body = body.map_err(|_| OAuthError::invalid_request("the request is too large or was cut off"))?;
    let form = Form::parse(&headers, &body)?;
    provider.authenticate_as::<ResourceServer>(&headers, &form).await?;
    let token = form.value("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    let Some(Valid { token, .. }) = provider.valid(token).await? else {
        provider.base.security_log.record(&Event::AccessTokenRejected {});
        // The reason is not disclosed (RFC 7662 section 2.2).
        return Ok(Json(json!({ "active": false })).into_response());
    };
    let (grant, config) = (&token.grant, &provider.base.config);
    let accepted = |details: &String| details::still_accepted(details, &config.detail_types);
    let approved = grant.approved.as_ref();
    Ok(Json(Active {
        active: true,
        iss: &config.issuer,
        sub: &grant.sub,
        client_id: &grant.client_id,
        scope: &grant.scope,
        token_type: "Bearer",
        iat: token.created,
        exp: token.expires,
        auth_time: approved.map(|approved| approved.auth_time),
        acr: approved.map(|approved| approved.acr.as_str()),
        authorization_details: grant.details.as_ref().map(accepted).unwrap_or_default(),
    })
    .into_response())
}
