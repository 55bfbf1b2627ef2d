//! Sessions: a random cookie, a row in the database, and a token that every form sends back.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use countersign_protocol::jose::{Digest, base64url, random};
use zeroize::Zeroizing;

use super::{Web, WebError};
use crate::model::{Account, Secret, Session};

/// The lifetime of a session in seconds.
const LIFETIME: i64 = 1_800;

/// A user who is signed in. As a handler's argument it redirects other callers to the sign-in page.
pub(super) struct SignedIn {
    pub(super) account: Arc<Account>,
    session: Session,
}

impl SignedIn {
    /// Returns the token that every form on the page must send back.
    pub(super) fn csrf(&self) -> &str {
        self.session.csrf.expose()
    }

    /// Rejects a form that was not created for this user.
    pub(super) fn check(&self, csrf: &str) -> Result<(), WebError> {
        if self.session.csrf.matches(csrf) { Ok(()) } else { Err(WebError::Stale) }
    }

    /// Ends the session.
    pub(super) async fn end(self, web: &Web) -> Result<(), WebError> {
        let mut tx = web.base.store.begin().await?;
        tx.delete_session(&self.session.id_hash).await?;
        Ok(tx.commit().await?)
    }
}

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let sign_in = || Redirect::to("/sign-in").into_response();
        let id = cookie(&parts.headers, web.session_cookie()).ok_or_else(sign_in)?;
        let found = web.signed_in(&Digest::of_secret(id.as_bytes())).await.map_err(IntoResponse::into_response)?;
        found.ok_or_else(sign_in)
    }
}

impl Web {
    /// Returns the user of a session that has not expired, unless the password of the account was
    /// changed since the sign-in.
    async fn signed_in(&self, id_hash: &Digest) -> Result<Option<SignedIn>, WebError> {
        let session = self.base.store.read().await?.session(id_hash, self.base.clock.now()).await?;
        let Some(session) = session else { return Ok(None) };
        let account = self.base.directory.account_by_sub(&session.sub).await?;
        let account = account.filter(|account| password_hash(account) == session.password_hash);
        Ok(account.map(|account| SignedIn { account, session }))
    }

    /// Starts a session and returns its cookie. The identifier is always new, which prevents
    /// session fixation. The attempt that was counted for `target` did not fail.
    pub(super) async fn begin_session(&self, account: &Account, target: &Digest) -> Result<HeaderValue, WebError> {
        let id = random_token()?;
        let now = self.base.clock.now();
        let session = Session {
            id_hash: Digest::of_secret(id.as_bytes()),
            sub: account.sub.clone(),
            password_hash: password_hash(account),
            csrf: Secret::new(random_token()?.to_string()),
            created: now,
            expires: now.plus(LIFETIME),
        };
        let mut tx = self.base.store.begin().await?;
        tx.insert_session(&session).await?;
        tx.forgive_sign_in(target).await?;
        tx.commit().await?;
        self.cookie(self.session_cookie(), &id, "/", LIFETIME)
    }

    /// Returns the header that deletes the session cookie.
    pub(super) fn ended_session(&self) -> Result<HeaderValue, WebError> {
        self.cookie(self.session_cookie(), "", "/", 0)
    }

    /// With TLS, the `__Host-` prefix guarantees that no other host and no plain connection set the
    /// cookie.
    fn session_cookie(&self) -> &'static str {
        if self.base.config.is_https() { "__Host-countersign" } else { "countersign_session" }
    }

    /// Returns a cookie that scripts cannot read and other sites cannot send.
    pub(super) fn cookie(&self, name: &str, value: &str, path: &str, seconds: i64) -> Result<HeaderValue, WebError> {
        let secure = if self.base.config.is_https() { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::from_str(&text).map_err(|_| WebError::Failed)
    }
}

fn password_hash(account: &Account) -> Digest {
    Digest::of_secret(account.password.expose().as_bytes())
}

/// Returns the value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name && !value.is_empty()).then_some(value))
}

/// Returns 256 random bits as 43 characters.
pub(super) fn random_token() -> Result<Zeroizing<String>, WebError> {
    let bytes = Zeroizing::new(random::bytes::<32>()?);
    Ok(Zeroizing::new(base64url::encode(*bytes)))
}
