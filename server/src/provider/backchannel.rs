//! The backchannel authentication endpoint (CIBA Core 7): a client requests the authentication of a
//! user.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use countersign_protocol::message::request as device;
use serde::Serialize;

use super::error::{Code, OAuthError};
use super::form::Form;
use super::scope::unique;
use super::{Handle, Provider, binding_message, details, jwt};
use crate::gateway::{ApprovalRequestError, NewApprovalRequest};
use crate::model::ciba::CibaState;
use crate::model::{Account, CibaRequest, Client};

pub(super) const PATH: &str = "/backchannel-authentication";

/// The acknowledgement (CIBA Core 7.3).
#[derive(Serialize)]
pub(super) struct Acknowledged {
    auth_req_id: String,
    expires_in: u32,
    interval: u32,
}

#[tracing::instrument(skip_all)]
pub(super) async fn endpoint(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Acknowledged>, OAuthError> {
    let body = body.map_err(|_| OAuthError::invalid_request("the request is too large or was cut off"))?;
    let form = Form::parse(&headers, &body)?;
    let client = provider.authenticate(&headers, &form).await?;
    reject_unsupported_parameters(&form)?;
    let scope = scope(&form, &client)?;
    let account = provider.account(&form, &client).await?;
    let lifetime = lifetime(&form, provider.base.config.policy.request_lifetime_s)?;
    let binding = binding_message::binding(client.binding, form.value("binding_message"))?;
    let details = match form.value("authorization_details") {
        Some(json) => details::parse(json, &provider.base.config.detail_types)?,
        None => Vec::new(),
    };
    let new = NewApprovalRequest {
        user: account.sub.clone(),
        client: device::Client { id: client.id.clone(), name: client.name.clone() },
        scope: Some(scope.clone()),
        // The values are in order of preference. The phone shows one.
        acr: form.value("acr_values").and_then(|values| values.split_whitespace().next()).map(str::to_owned),
        binding,
        details,
        context: Some(device::Context { at: Some(provider.base.clock.now()), ..device::Context::default() }),
        lifetime: Duration::from_secs(lifetime.into()),
    };
    provider.acknowledge(&new, &form, &client, &account, scope, lifetime).await.map(Json)
}

impl Provider {
    /// Requests the approval and stores the authentication request under a fresh `auth_req_id`, in
    /// one transaction.
    async fn acknowledge(
        &self,
        new: &NewApprovalRequest,
        form: &Form,
        client: &Client,
        account: &Account,
        scope: String,
        lifetime: u32,
    ) -> Result<Acknowledged, OAuthError> {
        let auth_req_id = Handle::random()?;
        let now = self.now();
        let interval = self.base.config.policy.interval_s;
        let mut tx = self.base.store.begin().await?;
        let approval_request = self.gateway.request_approval_in(&mut tx, new).await.map_err(oauth_error)?;
        let request = CibaRequest {
            id_hash: auth_req_id.hash(),
            client_id: client.id.clone(),
            sub: account.sub.clone(),
            approval_request,
            scope,
            details: form.value("authorization_details").map(str::to_owned),
            created: now,
            expires: now.plus(lifetime.into()),
            interval_s: interval,
            state: CibaState::Open,
        };
        tx.insert_ciba_request(&request).await?;
        tx.commit().await?;
        tracing::info!(client = %client.id, lifetime, "a user is asked to approve");
        Ok(Acknowledged { auth_req_id: auth_req_id.as_str().to_owned(), expires_in: lifetime, interval })
    }

    /// Returns the user that the hint names. Exactly one hint is required (CIBA Core 7.1).
    async fn account(&self, form: &Form, client: &Client) -> Result<Arc<Account>, OAuthError> {
        let unknown = OAuthError::new(Code::UnknownUserId, UNKNOWN_USER);
        match (form.value("login_hint"), form.value("id_token_hint"), form.has("login_hint_token")) {
            (Some(username), None, false) => self.base.directory.account(username).await?.ok_or(unknown),
            (None, Some(token), false) => {
                let (keys, issuer) = (self.base.keys.id_token(), &self.base.config.issuer);
                let sub = jwt::verify_hint(token, &keys, issuer, &client.id, self.now()).map_err(|_| {
                    OAuthError::invalid_request("id_token_hint is not an ID token of this issuer for this client")
                })?;
                self.base.directory.account_by_sub(&sub).await?.ok_or(unknown)
            }
            (None, None, true) => {
                Err(OAuthError::invalid_request("login_hint_token is not supported: send login_hint"))
            }
            (None, None, false) => Err(OAuthError::invalid_request("send login_hint or id_token_hint")),
            _ => Err(OAuthError::invalid_request("send exactly one hint")),
        }
    }
}

/// The description for unknown users and for users without a phone. A client must not learn which
/// applies.
const UNKNOWN_USER: &str = "no user with a phone matches this hint";

/// Rejects parameters that are not supported and that a client might rely on.
fn reject_unsupported_parameters(form: &Form) -> Result<(), OAuthError> {
    if form.has("request") || form.has("request_uri") {
        return Err(OAuthError::invalid_request("signed requests are not supported: send the parameters unsigned"));
    }
    if form.value("client_notification_token").is_some_and(|token| !is_notification_token(token)) {
        return Err(OAuthError::invalid_request(
            "client_notification_token must be a b64token of at most 1024 characters",
        ));
    }
    Ok(())
}

/// A bearer token in the syntax of RFC 6750 section 2.1, limited by CIBA Core 7.1.
fn is_notification_token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
    !body.is_empty() && token.len() <= 1024 && body.bytes().all(allowed)
}

/// Returns the requested scope, each value once, if all of it may be granted.
fn scope(form: &Form, client: &Client) -> Result<String, OAuthError> {
    let scope = form.value("scope").ok_or_else(|| OAuthError::invalid_request("scope is missing"))?;
    let asked: Vec<&str> = scope.split(' ').collect();
    if !asked.contains(&"openid") {
        return Err(OAuthError::new(Code::InvalidScope, "scope must contain openid"));
    }
    if !asked.iter().all(|asked| client.scopes.iter().any(|allowed| allowed == asked)) {
        return Err(OAuthError::new(Code::InvalidScope, "scope contains a value that this client may not request"));
    }
    Ok(unique(scope))
}

/// Returns the lifetime of the request in seconds: the requested one, at most the policy's.
fn lifetime(form: &Form, most: u32) -> Result<u32, OAuthError> {
    let Some(asked) = form.value("requested_expiry") else { return Ok(most) };
    let digits = asked.bytes().all(|b| b.is_ascii_digit());
    // A number with many digits is a positive integer that exceeds the policy's limit.
    match asked.parse::<u32>() {
        Ok(seconds) if digits && seconds > 0 => Ok(seconds.min(most)),
        Err(_) if digits => Ok(most),
        _ => Err(OAuthError::invalid_request("requested_expiry must be a positive whole number of seconds")),
    }
}

/// Maps the gateway's error to a code of CIBA Core 13.
fn oauth_error(error: ApprovalRequestError) -> OAuthError {
    match error {
        ApprovalRequestError::NoDevice => OAuthError::new(Code::UnknownUserId, UNKNOWN_USER),
        ApprovalRequestError::BadDetails(reason) => OAuthError::because(Code::InvalidAuthorizationDetails, &reason),
        ApprovalRequestError::BadBinding(reason) => OAuthError::because(Code::InvalidBindingMessage, &reason),
        ApprovalRequestError::TooLong => OAuthError::invalid_request("the request is longer than a phone accepts"),
        ApprovalRequestError::Policy(_) => {
            OAuthError::new(Code::Forbidden, "too many requests or wrong codes: try again later")
        }
        ApprovalRequestError::Gateway(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notification_token_is_a_bounded_b64token() {
        assert!(is_notification_token("8d67dc78-7faa-4d41-aabd-67707b374255"));
        assert!(is_notification_token("a+/._~-=="));
        assert!(is_notification_token(&"a".repeat(1024)));
        for bad in ["", "=", "a=b", "a b", "é", &"a".repeat(1025)] {
            assert!(!is_notification_token(bad), "{bad}");
        }
    }
}
