//! The pages a person sees: sign in, the list of their phones, adding a phone.
//!
//! Pages are rendered here, without scripts in them and without anything from elsewhere; the Content-Security-Policy says
//! so to the browser. Every value that is not ours goes through `html::Escaped`.

mod account;
mod address;
mod assets;
mod attempts;
mod familiar;
mod html;
mod offer;
mod origin;
mod phones;
mod session;
mod sign_in;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use countersign_protocol::jose::{JoseError, random};
use zeroize::Zeroizing;

use crate::app::Base;
use crate::gateway::{Fault, Gateway};
use crate::hang_up::hang_up;
use crate::store::{StoreError, enrolments};

use account::PasswordChecks;
use attempts::Attempts;
use familiar::Familiar;

/// The people's pages.
///
/// # Errors
/// [`Fault`] when the secret behind the cookie of familiar browsers cannot be read or made.
pub(crate) async fn router(base: Base, gateway: Gateway) -> Result<Router, Fault> {
    let fresh = Zeroizing::new(random::bytes::<32>()?);
    let mut db = base.store.pool().acquire().await?;
    let secret = Zeroizing::new(enrolments::secret(&mut db, "familiar_browser", fresh.as_slice()).await?);
    drop(db);
    let familiar = Arc::new(Familiar::new(&secret));
    let web = Web { base, gateway, attempts: Arc::default(), familiar, password_checks: Arc::default() };
    Ok(Router::new()
        .route("/", get(|| async { Redirect::to("/phones") }))
        .route("/sign-in", get(sign_in::page).post(sign_in::submit).layer(map_response(hang_up)))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/phones", get(phones::list))
        .route("/phones/{id}/remove", post(phones::remove))
        .route("/phones/offer", post(offer::create))
        .route("/phones/offer/{id}", get(offer::page))
        .route("/phones/offer/{id}/state", get(offer::state))
        .route("/phones/offer/{id}/confirm", post(offer::confirm))
        .merge(assets::router())
        .layer(from_fn_with_state(web.clone(), protect))
        .with_state(web))
}

/// What the pages share.
#[derive(Clone)]
struct Web {
    base: Base,
    gateway: Gateway,
    attempts: Arc<Attempts>,
    familiar: Arc<Familiar>,
    password_checks: Arc<PasswordChecks>,
}

impl Web {
    /// Now, in seconds.
    fn now(&self) -> i64 {
        self.base.clock.now().seconds()
    }
}

/// Why a page could not be made, in words for the person before it.
#[derive(Debug)]
enum WebError {
    /// Our own failure; the log has the reason.
    Failed,
    /// More passwords are to be checked than can be.
    Busy,
    /// The form is not from our page, or from one that is too old.
    Stale,
    /// A page of another site sent the form.
    Foreign,
    /// No such thing of this person.
    NotFound,
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let (status, title, text) = match self {
            Self::Failed => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "The server could not do that. Nothing was changed. Please try again in a moment.",
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many people at once",
                "Your password was not looked at. Please try again in a few seconds.",
            ),
            Self::Stale => (
                StatusCode::FORBIDDEN,
                "This page is out of date",
                "For your safety the form was not accepted. Go back to your phones and try again.",
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "Not from here",
                "A page of another site sent this form. For your safety it was not accepted.",
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found", "There is nothing here, or it is not yours to see."),
        };
        let mut response = (status, html::notice(title, text)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a page could not reach the database");
        Self::Failed
    }
}

impl From<Fault> for WebError {
    fn from(error: Fault) -> Self {
        tracing::error!(%error, "the gateway failed for a page");
        Self::Failed
    }
}

impl From<JoseError> for WebError {
    fn from(error: JoseError) -> Self {
        tracing::error!(%error, "no random value could be made for a page");
        Self::Failed
    }
}

/// Scripts, styles and pictures from here only; no frames, no plug-ins, forms go nowhere else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers that every page carries; forms of other sites are refused.
async fn protect(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = match origin::allows(&web.base.config.issuer, request.method(), request.headers()) {
        true => next.run(request).await,
        false => WebError::Foreign.into_response(),
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    // With `no-referrer` browsers would send `Origin: null` with our own forms.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::CACHE_CONTROL, "no-store");
    if web.base.config.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
