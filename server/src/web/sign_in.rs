//! Signing in and out.

use std::net::SocketAddr;

use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use countersign_protocol::jose::Digest;
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::address::Address;
use super::html::{self, Frame};
use super::session::{SignedIn, cookie, random_token};
use super::{Web, WebError};
use crate::model::Secret;

/// The lifetime of a sign-in form in seconds.
const FORM_LIFETIME: i64 = 3_600;

/// The maximum length of names and passwords. Longer values are wrong without a check.
const MAX_FIELD_BYTES: usize = 1_024;

#[derive(Deserialize)]
pub(super) struct SignIn {
    csrf: String,
    username: String,
    password: String,
}

#[derive(Deserialize)]
pub(super) struct SignOut {
    csrf: String,
}

#[tracing::instrument(skip_all)]
pub(super) async fn page(State(web): State<Web>) -> Result<Response, WebError> {
    // The token is always new, so a planted token is worthless.
    let token = random_token()?;
    let set = web.cookie(web.form_cookie(), &token, "/", FORM_LIFETIME)?;
    Ok(([(header::SET_COOKIE, set)], form(&web, &token, "", None)?).into_response())
}

#[tracing::instrument(skip_all)]
pub(super) async fn submit(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(mut sent): Form<SignIn>,
) -> Result<Response, WebError> {
    let password = Zeroizing::new(sent.password.clone());
    sent.password.zeroize();
    let token = cookie(&headers, web.form_cookie()).ok_or(WebError::Stale)?;
    if !Secret::new(token.to_owned()).matches(&sent.csrf) {
        return Err(WebError::Stale);
    }
    if sent.username.len() > MAX_FIELD_BYTES || password.len() > MAX_FIELD_BYTES {
        return Ok((StatusCode::FORBIDDEN, form(&web, token, "", Some(WRONG))?).into_response());
    }
    let address = Address::of_caller(&web.base.config, peer, &headers);
    let account = web.base.directory.account(&sent.username).await?;
    let target = match web.shown_familiar(&headers, account.as_deref()) {
        Some(browser) => Digest::of_secret(format!("browser {browser}").as_bytes()),
        None => Digest::of(format!("name {}", sent.username).as_bytes()),
    };
    let attempt = match web.attempts.begin(address, target, web.base.clock.uptime()) {
        Ok(attempt) => attempt,
        Err(seconds) => {
            let text = format!("Too many attempts. Wait {seconds} seconds, then try again.");
            let answer = form(&web, token, &sent.username, Some(&text))?;
            let retry = HeaderValue::from(seconds);
            return Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, retry)], answer).into_response());
        }
    };
    let checked = web.check_password(account, password).await;
    if checked.is_err() {
        web.attempts.withdrawn(&attempt);
    }
    let Some(account) = checked? else {
        return Ok((StatusCode::FORBIDDEN, form(&web, token, &sent.username, Some(WRONG))?).into_response());
    };
    web.attempts.succeeded(&attempt);
    let cookies = [web.begin_session(&account).await?, web.make_familiar(&account)?];
    let cookies = AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((cookies, Redirect::to("/phones")).into_response())
}

#[tracing::instrument(skip_all)]
pub(super) async fn sign_out(
    State(web): State<Web>,
    person: SignedIn,
    Form(sent): Form<SignOut>,
) -> Result<Response, WebError> {
    person.check(&sent.csrf)?;
    person.end(&web).await?;
    Ok(([(header::SET_COOKIE, web.ended_session()?)], Redirect::to("/sign-in")).into_response())
}

impl Web {
    /// Returns the name of the cookie with the token of the sign-in form, which has no session yet.
    fn form_cookie(&self) -> &'static str {
        if self.base.config.is_https() { "__Host-countersign_form" } else { "countersign_form" }
    }
}

const WRONG: &str = "The user name or the password is wrong.";

/// The sign-in page.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame<'a>,
    csrf: &'a str,
    username: &'a str,
    problem: Option<&'a str>,
}

fn form(web: &Web, csrf: &str, username: &str, problem: Option<&str>) -> Result<Response, WebError> {
    let frame = Frame { title: "Sign in", brand: &web.base.config.name, user: None, script: None };
    html::page(&SignInPage { frame, csrf, username, problem })
}
