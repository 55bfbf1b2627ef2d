//! Signing in and out.

use std::net::SocketAddr;

use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use countersign_protocol::jose::Digest;
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::address::Address;
use super::html::{Escaped, Page, csrf_field};
use super::session::{SignedIn, cookie, random_token};
use super::{Web, WebError};
use crate::config::Secret;

/// How long a sign-in page may lie open, in seconds.
const FORM_LIFETIME: i64 = 3_600;

/// Longer names and passwords are wrong without a look at them.
const LONGEST: usize = 1_024;

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

pub(super) async fn page(State(web): State<Web>) -> Result<Response, WebError> {
    // Always a new one: a token that was planted in this browser is worth nothing.
    let token = random_token()?;
    let set = web.cookie(web.form_cookie(), &token, "/", FORM_LIFETIME)?;
    Ok(([(header::SET_COOKIE, set)], form(&web, &token, "", None)).into_response())
}

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
    if sent.username.len() > LONGEST || password.len() > LONGEST {
        return Ok((StatusCode::FORBIDDEN, form(&web, token, "", Some(WRONG))).into_response());
    }
    let address = Address::of_caller(&web.base.config, peer, &headers);
    let target = match web.shown_familiar(&headers, &sent.username) {
        Some(browser) => Digest::of(format!("browser {browser}").as_bytes()),
        None => Digest::of(format!("name {}", sent.username).as_bytes()),
    };
    let attempt = match web.attempts.begin(address, target, web.now()) {
        Ok(attempt) => attempt,
        Err(seconds) => {
            let text = format!("Too many attempts. Wait {seconds} seconds, then try again.");
            let answer = form(&web, token, &sent.username, Some(&text));
            let retry = HeaderValue::from(seconds);
            return Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, retry)], answer).into_response());
        }
    };
    let checked = web.check_password(&sent.username, password).await;
    if checked.is_err() {
        web.attempts.withdrawn(&attempt);
    }
    let Some(account) = checked? else {
        return Ok((StatusCode::FORBIDDEN, form(&web, token, &sent.username, Some(WRONG))).into_response());
    };
    web.attempts.succeeded(&attempt);
    let cookies = [web.begin_session(account).await?, web.make_familiar(account)?];
    let cookies = AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((cookies, Redirect::to("/phones")).into_response())
}

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
    /// Holds the token of the sign-in form, before there is a session that could.
    fn form_cookie(&self) -> &'static str {
        if self.base.config.is_https() { "__Host-countersign_form" } else { "countersign_form" }
    }
}

const WRONG: &str = "User name or password is not right.";

fn form(web: &Web, token: &str, username: &str, problem: Option<&str>) -> Response {
    let problem = problem.map_or_else(
        || r#"<p class="problem" id="status" role="alert" hidden></p>"#.to_owned(),
        |text| format!(r#"<p class="problem" id="status" role="alert">{}</p>"#, Escaped(text)),
    );
    let main = format!(
        r#"<section class="card narrow">
<h1>Sign in</h1>
<p class="quiet">To see and add the phones that approve for you.</p>
{problem}
<form method="post" action="/sign-in">
{csrf}
<label for="username">User name</label>
<input id="username" name="username" value="{username}" autocomplete="username" autocapitalize="none" spellcheck="false" required{first}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{second}>
<button class="button" id="sign-in">Sign in</button>
</form>
</section>"#,
        csrf = csrf_field(token),
        username = Escaped(username),
        first = if username.is_empty() { " autofocus" } else { "" },
        second = if username.is_empty() { "" } else { " autofocus" },
    );
    Page { title: "Sign in", brand: &web.base.config.name, signed_in: None, main, script: None }.into_response()
}
