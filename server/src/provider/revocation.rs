//! Revocation of tokens: by the client (RFC 7009) and by the operator.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};

use super::error::{Code, OAuthError};
use super::form::Form;
use super::{Provider, hash};
use crate::model::{Token, TokenKind};
use crate::security_log::{Event, Id, SecurityLog};
use crate::store::{Store, StoreError};

pub(super) const PATH: &str = "/revoke";

/// The account or client whose tokens the operator revokes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenOwner {
    /// An account, by its subject identifier. Its sessions at the pages end too.
    Account(String),
    /// A client, by its `client_id`.
    Client(String),
}

/// Revokes a token of the client. A refresh token ends with all access tokens of its grant, an
/// access token ends alone. An unknown token is no error (RFC 7009 section 2.2).
#[tracing::instrument(skip_all)]
pub(super) async fn endpoint(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, OAuthError> {
    let body = body.map_err(|_| OAuthError::invalid_request("the request is too large or was cut off"))?;
    let form = Form::parse(&headers, &body)?;
    let client = provider.authenticate(&headers, &form).await?;
    let token = form.value("token").ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    let Some(token) = provider.any_token(token).await? else { return Ok(StatusCode::OK) };
    if token.grant.client_id != client.id {
        return Err(OAuthError::new(Code::InvalidGrant, "the token was issued to another client"));
    }
    let mut tx = provider.base.store.begin().await?;
    match token.kind {
        TokenKind::Refresh => tx.delete_grant(&token.grant.id).await?,
        TokenKind::Access => tx.delete_token(&token.hash).await?,
    }
    let log = &provider.base.security_log;
    tx.report(log.entry(&Event::TokenRevoked {
        client: Id::from(&*client),
        account: log.account(&token.grant.sub),
        kind: token.kind.as_str(),
        token: Id::from(&token.hash),
    }));
    tx.commit().await?;
    Ok(StatusCode::OK)
}

impl Provider {
    /// Returns a token of either kind that has not expired. A hint of its kind is not needed.
    async fn any_token(&self, token: &str) -> Result<Option<Token>, OAuthError> {
        let (hash, now) = (hash(token), self.now());
        let mut db = self.base.store.read().await?;
        let refresh = db.token(&hash, TokenKind::Refresh, now).await?;
        Ok(if refresh.is_some() { refresh } else { db.token(&hash, TokenKind::Access, now).await? })
    }
}

/// Revokes all tokens of an account or client and returns their number.
pub(crate) async fn revoke_all(store: &Store, owner: &TokenOwner, log: &SecurityLog) -> Result<u64, StoreError> {
    let mut tx = store.begin().await?;
    let (account, client, tokens) = match owner {
        TokenOwner::Account(sub) => {
            tx.delete_sessions_of_account(sub).await?;
            (Some(log.account(sub)), None, tx.delete_tokens_of_account(sub).await?)
        }
        TokenOwner::Client(id) => (None, Some(Id::of_named_client(id)), tx.delete_tokens_of_client(id).await?),
    };
    tx.report(log.entry(&Event::TokensRevoked { account, client, tokens }));
    tx.commit().await?;
    Ok(tokens)
}
