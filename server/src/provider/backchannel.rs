//! The backchannel authentication endpoint (CIBA Core 7): a client requests the authentication of a
//! user.

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
use crate::security_log::{Event, Id};

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
    let requested = provider.request(&client, &form).await;
    provider.report(&client, &form, requested.as_ref().err()).await;
    requested.map(Json)
}

/// The user of a request, as the client names it.
enum Hint<'a> {
    /// `login_hint`: a user name.
    Username(&'a str),
    /// The subject identifier of a verified `id_token_hint`.
    Subject(String),
}

impl Provider {
    /// Checks a request and makes it. Everything that needs no account is checked before the
    /// account is looked up, and an unknown account causes the same work as one without a phone. So
    /// neither errors nor their duration reveal which accounts exist, except by
    /// [`Code::UnknownUserId`].
    async fn request(&self, client: &Client, form: &Form) -> Result<Acknowledged, OAuthError> {
        let policy = &self.base.config.policy;
        if self.rejections.count(&client.id, self.now()) >= policy.client_rejected_requests_per_minute {
            return Err(TOO_MANY_REJECTED);
        }
        reject_unsupported_parameters(form)?;
        let scope = scope(form, client)?;
        let lifetime = lifetime(form, policy.request_lifetime_s)?;
        let binding = binding_message::binding(client.binding, form.value("binding_message"))?;
        let details = match form.value("authorization_details") {
            Some(json) => details::parse(json, &self.base.config.detail_types)?,
            None => Vec::new(),
        };
        let account = match self.hint(form, client)? {
            Hint::Username(username) => self.base.directory.account(username).await?,
            Hint::Subject(sub) => self.base.directory.account_by_sub(&sub).await?,
        };
        let new = NewApprovalRequest {
            user: account.as_ref().map_or(NOBODY, |account| &account.sub).to_owned(),
            client: device::Client { id: client.id.clone(), name: client.name.clone() },
            scope: Some(scope.clone()),
            binding,
            details,
            context: Some(device::Context { at: Some(self.base.clock.now()), ..device::Context::default() }),
            lifetime: Duration::from_secs(lifetime.into()),
        };
        self.acknowledge(&new, form, client, account.as_deref(), scope, lifetime).await
    }

    /// Requests the approval and stores the authentication request under a fresh `auth_req_id`, in
    /// one transaction.
    async fn acknowledge(
        &self,
        new: &NewApprovalRequest,
        form: &Form,
        client: &Client,
        account: Option<&Account>,
        scope: String,
        lifetime: u32,
    ) -> Result<Acknowledged, OAuthError> {
        let auth_req_id = Handle::random()?;
        let now = self.now();
        let interval = self.base.config.policy.interval_s;
        let mut tx = self.base.store.begin().await?;
        let approval_request = self.gateway.request_approval_in(&mut tx, new).await.map_err(oauth_error)?;
        let account = account.ok_or(UNKNOWN_USER)?;
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
        let log = &self.base.security_log;
        tx.report(log.entry(&Event::AuthenticationRequestCreated {
            client: Id::from(client),
            account: log.account(&account.sub),
            approval_request: Id::from(&request.approval_request),
            auth_req: Id::from(&request.id_hash),
        }));
        tx.commit().await?;
        Ok(Acknowledged { auth_req_id: auth_req_id.as_str().to_owned(), expires_in: lifetime, interval })
    }

    /// Writes a rejected request to the security log and counts it.
    async fn report(&self, client: &Client, form: &Form, error: Option<&OAuthError>) {
        let Some(code) = error.map(OAuthError::code) else { return };
        let log = &self.base.security_log;
        let id = Id::from(client);
        let account = match form.value("login_hint") {
            Some(name) => {
                let known = self.base.directory.account(name).await.ok().flatten();
                Some(log.account(known.as_ref().map_or(name, |account| &account.sub)))
            }
            None => None,
        };
        match code {
            Code::ServerError => {}
            Code::Forbidden => {
                let limit = "authentication requests";
                log.record(&Event::LimitReached { limit, client: Some(id), account });
            }
            code => {
                self.rejections.add(&client.id, self.now());
                log.record(&Event::AuthenticationRequestRefused { client: id, account, reason: code.as_str() });
            }
        }
    }

    /// Returns the user that the client names. Exactly one hint is required (CIBA Core 7.1).
    fn hint<'a>(&self, form: &'a Form, client: &Client) -> Result<Hint<'a>, OAuthError> {
        match (form.value("login_hint"), form.value("id_token_hint"), form.has("login_hint_token")) {
            (Some(username), None, false) => Ok(Hint::Username(username)),
            (None, Some(token), false) => {
                let (keys, issuer) = (self.base.keys.id_token(), &self.base.config.issuer);
                jwt::verify_hint(token, &keys, issuer, &client.id, self.now()).map(Hint::Subject).map_err(|_| {
                    OAuthError::invalid_request("id_token_hint is not an ID token of this issuer for this client")
                })
            }
            (None, None, true) => {
                Err(OAuthError::invalid_request("login_hint_token is not supported: send login_hint"))
            }
            (None, None, false) => Err(OAuthError::invalid_request("send login_hint or id_token_hint")),
            _ => Err(OAuthError::invalid_request("send exactly one hint")),
        }
    }
}

/// The subject identifier of no account: each one has at least one character.
const NOBODY: &str = "";

/// The error for unknown users and for users without a phone. A client must not learn which
/// applies.
const UNKNOWN_USER: OAuthError = OAuthError::new(Code::UnknownUserId, "no user with a phone matches this hint");

/// The error for a client that sent too many requests that were rejected.
const TOO_MANY_REJECTED: OAuthError =
    OAuthError::new(Code::Forbidden, "too many requests of this client were rejected: try again in a minute");

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
        ApprovalRequestError::NoDevice => UNKNOWN_USER,
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
