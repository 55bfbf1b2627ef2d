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

use super::address::Network;
use super::html::{self, Frame};
use super::session::{SignedIn, cookie, random_token};
use super::{Web, WebError};
use crate::address;
use crate::model::Secret;
use crate::security_log::{Event, Pseudonym, SecurityLog};

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
    let account = web.base.directory.account(&sent.username).await?;
    let familiar = web.shown_familiar(&headers, account.as_deref());
    let target = match familiar {
        Some(browser) => Digest::of_secret(format!("browser {browser}").as_bytes()),
        None => web.familiar.name_target(&sent.username),
    };
    let mut networks = address::of_caller(&web.base.config, peer, &headers).map(Network::of).unwrap_or_default();
    if familiar.is_some() {
        // Strangers in a wide network must not slow down a familiar browser.
        networks.truncate(1);
    }
    let id = account.as_ref().map_or(sent.username.as_str(), |account| &account.sub);
    let log = &web.base.security_log;
    let name = Attempted { log, account: log.account(id), familiar_browser: familiar.is_some() };
    let attempt = match web.attempts.begin(networks, target, web.base.clock.uptime()) {
        Ok(attempt) => attempt,
        Err(seconds) => {
            name.blocked("wait");
            let text = format!("Too many attempts. Wait {seconds} seconds, then try again.");
            return blocked(seconds, form(&web, token, &sent.username, Some(&text))?);
        }
    };
    let counted = web.count_attempt(&target).await;
    if !matches!(counted, Ok(Ok(()))) {
        web.attempts.withdrawn(&attempt);
    }
    if let Err(seconds) = counted? {
        name.blocked("daily_limit");
        let text = if familiar.is_some() { DAILY_LIMIT_OF_BROWSER } else { DAILY_LIMIT };
        return blocked(seconds, form(&web, token, &sent.username, Some(text))?);
    }
    let known = account.is_some();
    let checked = web.check_password(account, password).await;
    if checked.is_err() {
        name.blocked("busy");
        web.attempts.withdrawn(&attempt);
        web.withdraw_attempt(&target).await?;
    }
    let Some(account) = checked? else {
        name.failed(known);
        return Ok((StatusCode::FORBIDDEN, form(&web, token, &sent.username, Some(WRONG))?).into_response());
    };
    web.attempts.succeeded(&attempt);
    let cookies = [web.begin_session(&account, &target).await?, web.make_familiar(&account)?];
    name.succeeded();
    let cookies = AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((cookies, Redirect::to("/phones")).into_response())
}

/// A sign-in, for the security log.
struct Attempted<'a> {
    log: &'a SecurityLog,
    account: Pseudonym,
    familiar_browser: bool,
}

impl Attempted<'_> {
    fn blocked(&self, reason: &'static str) {
        let (account, familiar_browser) = (self.account.clone(), self.familiar_browser);
        self.log.record(&Event::SignInBlocked { account, reason, familiar_browser });
    }

    fn failed(&self, known_account: bool) {
        let (account, familiar_browser) = (self.account.clone(), self.familiar_browser);
        self.log.record(&Event::SignInFailed { account, known_account, familiar_browser });
    }

    fn succeeded(&self) {
        let (account, familiar_browser) = (self.account.clone(), self.familiar_browser);
        self.log.record(&Event::SignedIn { account, familiar_browser });
    }
}

/// Returns the page of a sign-in whose password was not checked.
fn blocked(seconds: i64, page: Response) -> Result<Response, WebError> {
    Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, HeaderValue::from(seconds))], page).into_response())
}

#[tracing::instrument(skip_all)]
pub(super) async fn sign_out(
    State(web): State<Web>,
    person: SignedIn,
    Form(sent): Form<SignOut>,
) -> Result<Response, WebError> {
    person.check(&sent.csrf)?;
    let account = web.base.security_log.account(&person.account.sub);
    person.end(&web).await?;
    web.base.security_log.record(&Event::SignedOut { account });
    Ok(([(header::SET_COOKIE, web.ended_session()?)], Redirect::to("/sign-in")).into_response())
}

impl Web {
    /// Returns the name of the cookie with the token of the sign-in form, which has no session yet.
    fn form_cookie(&self) -> &'static str {
        if self.base.config.is_https() { "__Host-countersign_form" } else { "countersign_form" }
    }
}

const WRONG: &str = "The user name or the password is wrong.";

/// The text after too many failed sign-ins in a day, for browsers that are not familiar.
const DAILY_LIMIT: &str = "There were too many attempts with a wrong password in the last 24 hours. Your password was \
                           not checked. Sign in from a browser in which you have signed in before, or try again in \
                           24 hours.";

/// The text after too many failed sign-ins of this browser in a day.
const DAILY_LIMIT_OF_BROWSER: &str = "There were too many attempts with a wrong password in this browser in the last 24 \
                                      hours. Your password was not checked. Try again in 24 hours, or contact us.";

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
