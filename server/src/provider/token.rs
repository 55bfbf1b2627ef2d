//! The token endpoint: CIBA in poll mode (CIBA Core 10.1, 11) and refresh (RFC 6749 section 6).
//!
//! A poll is checked in this order, and the first match is the response: client authentication;
//! unknown id or id of another client (`invalid_grant`); used (`invalid_grant`); expired
//! (`expired_token`); too early (`slow_down`, which adds 5 s to the interval); denied
//! (`access_denied`); not decided (`authorization_pending`); tokens. A decision that arrived in
//! time can be fetched for a while after the request has expired.
//!
//! A refresh token requires the scope `offline_access` (OpenID Connect Core 11). The phone shows
//! that scope, so no grant outlasts what the user saw. `authorization_details` are granted once:
//! the tokens of the approval carry them, refreshed tokens do not.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use countersign_protocol::jose::Digest;
use serde::Serialize;
use serde_json::value::RawValue;

use super::error::{Code, OAuthError};
use super::form::Form;
use super::jwt::{self, IdTokenClaims};
use super::pacing::Poll;
use super::scope::{has, narrowed};
use super::{Handle, Provider, hash};
use crate::gateway::{Assurance, Outcome};
use crate::model::{Approved, CibaRequest, Client, Grant, Token, TokenKind};
use crate::security_log::{Event, Id};
use crate::store::Lock;

pub(super) const PATH: &str = "/token";
pub(super) const CIBA: &str = "urn:openid:params:grant-type:ciba";
pub(super) const REFRESH: &str = "refresh_token";

/// Lifetimes of the tokens in seconds.
const ACCESS_TOKEN_LIFE: u32 = 600;
const ID_TOKEN_LIFE: i64 = 600;
const REFRESH_TOKEN_LIFE: i64 = 30 * 24 * 3600;

/// The scope that requests a refresh token.
const OFFLINE_ACCESS: &str = "offline_access";

const UNKNOWN_REQUEST: OAuthError =
    OAuthError::new(Code::InvalidGrant, "the auth_req_id is unknown, belongs to another client, or was used before");
const UNKNOWN_TOKEN: OAuthError =
    OAuthError::new(Code::InvalidGrant, "the refresh_token is unknown, belongs to another client, or has expired");

/// The token response (RFC 6749 section 5.1, OpenID Connect Core 3.1.3.3, RFC 9396 section 7).
#[derive(Serialize)]
pub(super) struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u32,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_details: Option<Box<RawValue>>,
}

#[tracing::instrument(skip_all)]
pub(super) async fn endpoint(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Tokens>, OAuthError> {
    let body = body.map_err(|_| OAuthError::invalid_request("the request is too large or was cut off"))?;
    let form = Form::parse(&headers, &body)?;
    let client = provider.authenticate(&headers, &form).await?;
    let tokens = match form.value("grant_type") {
        Some(CIBA) => provider.poll(&client, &form).await,
        Some(REFRESH) => provider.refresh(&client, &form).await,
        Some(_) => Err(OAuthError::new(Code::UnsupportedGrantType, "use a grant type from the metadata")),
        None => Err(OAuthError::invalid_request("grant_type is missing")),
    };
    tokens.inspect_err(|error| provider.report_refused(&client, &form, error)).map(Json)
}

impl Provider {
    async fn poll(&self, client: &Client, form: &Form) -> Result<Tokens, OAuthError> {
        let id = form.value("auth_req_id").ok_or_else(|| OAuthError::invalid_request("auth_req_id is missing"))?;
        let request = self.base.store.read().await?.ciba_request(&hash(id), &client.id).await?;
        let request = request.filter(|request| !request.is_redeemed()).ok_or(UNKNOWN_REQUEST)?;
        match self.pacing.poll(&request, self.now(), self.base.clock.uptime()) {
            Poll::Expired => return Err(EXPIRED),
            Poll::TooEarly => {
                return Err(OAuthError::new(Code::SlowDown, "polled too early: add 5 seconds to the interval"));
            }
            Poll::Due => {}
        }
        match self.gateway.outcome(&request.approval_request).await? {
            Some(Outcome::Approved(assurance)) => self.redeem(client, request, assurance).await,
            Some(Outcome::Pending) => Err(OAuthError::new(Code::AuthorizationPending, "the user has not decided yet")),
            Some(Outcome::Expired) => Err(EXPIRED),
            Some(Outcome::Denied { .. } | Outcome::BindingMismatch | Outcome::Cancelled) | None => {
                Err(OAuthError::new(Code::AccessDenied, "the user did not approve"))
            }
        }
    }

    /// Issues the tokens of an approved request, once.
    async fn redeem(&self, client: &Client, request: CibaRequest, assurance: Assurance) -> Result<Tokens, OAuthError> {
        self.check_approver(&request).await?;
        let now = self.base.clock.now();
        let access = Handle::random()?;
        let scope = client.registered_scope(&request.scope);
        let offline = has(&scope, OFFLINE_ACCESS);
        let refresh = if offline { Some(Handle::random()?) } else { None };
        let approved = Approved { auth_time: assurance.auth_time, acr: assurance.acr.clone() };
        let claims = IdTokenClaims {
            iss: self.base.config.issuer.clone(),
            sub: request.sub.clone(),
            aud: client.id.clone(),
            exp: now.plus(ID_TOKEN_LIFE),
            iat: now,
            auth_time: assurance.auth_time,
            acr: assurance.acr,
            amr: assurance.amr,
            at_hash: None,
        };
        let id_token = jwt::sign_id_token(claims, access.as_str(), &self.base.keys.id_token())?;
        let id_hash = request.id_hash;
        let grant = Grant {
            id: id_hash,
            approved: Some(approved),
            client_id: request.client_id,
            sub: request.sub,
            scope,
            details: request.details,
        };
        let mut issued = vec![self.access_token(&access, &grant)];
        issued.extend(refresh.as_ref().map(|refresh| Token {
            hash: refresh.hash(),
            kind: TokenKind::Refresh,
            grant: Grant { details: None, ..grant.clone() },
            created: now,
            expires: now.plus(REFRESH_TOKEN_LIFE),
        }));
        self.store_redeemed(&id_hash, client, &issued).await?;
        let refresh_token = refresh.map(|refresh| refresh.as_str().to_owned());
        Ok(Tokens { refresh_token, id_token: Some(id_token), ..response(&access, grant) })
    }

    /// Checks that account and phone can still approve. An account can be closed, and a phone
    /// removed or suspended, between the approval and the poll.
    async fn check_approver(&self, request: &CibaRequest) -> Result<(), OAuthError> {
        let account = self.base.directory.account_by_sub(&request.sub).await?;
        if account.is_none() || !self.gateway.approver_is_active(&request.approval_request).await? {
            tracing::info!(client = %request.client_id, "an approval of a closed account or removed phone was refused");
            return Err(OAuthError::new(Code::AccessDenied, "the account or the phone that approved is not active"));
        }
        Ok(())
    }

    /// Stores the tokens of a request and marks it as redeemed. Of several polls at the same time,
    /// one succeeds.
    async fn store_redeemed(&self, id_hash: &Digest, client: &Client, issued: &[Token]) -> Result<(), OAuthError> {
        let mut tx = self.base.store.begin().await?;
        tx.lock(Lock::ciba(id_hash)).await?;
        let mut request = tx.ciba_request(id_hash, &client.id).await?.ok_or(UNKNOWN_REQUEST)?;
        request.redeem(self.now()).map_err(|_| UNKNOWN_REQUEST)?;
        tx.save_ciba_request(&request).await?;
        for token in issued {
            tx.insert_token(token).await?;
        }
        let log = &self.base.security_log;
        let issued = |kind| issued.iter().find(|token| token.kind == kind).map(|token| Id::from(&token.hash));
        tx.report(log.entry(&Event::TokensIssued {
            client: Id::from(client),
            account: log.account(&request.sub),
            approval_request: Id::from(&request.approval_request),
            auth_req: Id::from(id_hash),
            access_token: issued(TokenKind::Access),
            refresh_token: issued(TokenKind::Refresh),
        }));
        Ok(tx.commit().await?)
    }

    /// Issues an access token for a refresh token. The refresh token remains valid, because the
    /// client authenticates.
    async fn refresh(&self, client: &Client, form: &Form) -> Result<Tokens, OAuthError> {
        if !client.scopes.iter().any(|scope| scope == OFFLINE_ACCESS) {
            return Err(OAuthError::new(Code::UnauthorizedClient, "this client does not receive refresh tokens"));
        }
        let token =
            form.value("refresh_token").ok_or_else(|| OAuthError::invalid_request("refresh_token is missing"))?;
        let found = self.base.store.read().await?.token(&hash(token), TokenKind::Refresh, self.now()).await?;
        let refresh = found.filter(|token| token.grant.client_id == client.id).ok_or(UNKNOWN_TOKEN)?;
        let grant = refresh.grant;
        // An account that was closed receives no more tokens.
        self.base.directory.account_by_sub(&grant.sub).await?.ok_or(UNKNOWN_TOKEN)?;
        // The registration can have lost values since the grant (RFC 9700 section 4.14).
        let scope = narrowed(form.value("scope"), &client.registered_scope(&grant.scope)).ok_or_else(|| {
            let reason = "scope contains a value that was not granted or that this client may no longer request";
            OAuthError::new(Code::InvalidScope, reason)
        })?;
        let grant = Grant { scope, ..grant };
        let access = Handle::random()?;
        let mut tx = self.base.store.begin().await?;
        // The token can have been revoked since it was read.
        tx.token(&refresh.hash, TokenKind::Refresh, self.now()).await?.ok_or(UNKNOWN_TOKEN)?;
        tx.insert_token(&self.access_token(&access, &grant)).await?;
        let log = &self.base.security_log;
        tx.report(log.entry(&Event::TokensRefreshed {
            client: Id::from(client),
            account: log.account(&grant.sub),
            refresh_token: Id::from(&hash(token)),
            access_token: Id::from(&access.hash()),
        }));
        tx.commit().await?;
        Ok(response(&access, grant))
    }

    /// Writes a rejected call to the security log. A poll before the decision is not an event.
    fn report_refused(&self, client: &Client, form: &Form, error: &OAuthError) {
        let (log, client) = (&self.base.security_log, Id::from(client));
        match error.code() {
            Code::AuthorizationPending | Code::ServerError => {}
            Code::SlowDown => {
                log.record(&Event::LimitReached { limit: "polling interval", client: Some(client), account: None });
            }
            code => {
                let auth_req = form.value("auth_req_id").map(|id| Id::from(&hash(id)));
                log.record(&Event::TokensRefused { client, auth_req, reason: code.as_str() });
            }
        }
    }

    fn access_token(&self, access: &Handle, grant: &Grant) -> Token {
        let now = self.now();
        Token {
            hash: access.hash(),
            kind: TokenKind::Access,
            grant: grant.clone(),
            created: now,
            expires: now.plus(ACCESS_TOKEN_LIFE.into()),
        }
    }
}

const EXPIRED: OAuthError = OAuthError::new(Code::ExpiredToken, "the request has expired: start a new one");

fn response(access: &Handle, grant: Grant) -> Tokens {
    Tokens {
        access_token: access.as_str().to_owned(),
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_LIFE,
        scope: grant.scope,
        refresh_token: None,
        id_token: None,
        // The value was valid JSON when it was stored.
        authorization_details: grant.details.and_then(|json| RawValue::from_string(json).ok()),
    }
}
