//! The user's pages: sign in, list phones, add a phone.
//!
//! The server renders the pages without inline scripts and without external resources. The
//! Content-Security-Policy enforces that in the browser. The templates escape every value.

mod account;
mod address;
mod assets;
mod attempts;
mod daily_limit;
mod date;
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

use crate::base::Base;
use crate::directory::DirectoryError;
use crate::gateway::{Gateway, GatewayError};
use crate::hang_up::hang_up;
use crate::store::StoreError;

pub use assets::COLOURS;

use account::PasswordChecks;
use attempts::Attempts;
use familiar::Familiar;
use html::{Frame, User};
use session::SignedIn;

/// Returns the router of the user's pages.
///
/// # Errors
/// [`PagesError`] if the secret of the cookie for familiar browsers cannot be read or created, or
/// if the directory does not respond.
pub(crate) async fn router(base: Base, gateway: Gateway) -> Result<Router, PagesError> {
    let fresh = Zeroizing::new(random::bytes::<32>()?);
    let mut tx = base.store.begin().await?;
    let secret = Zeroizing::new(tx.secret("familiar_browser", fresh.as_slice()).await?);
    tx.commit().await?;
    let familiar = Arc::new(Familiar::new(&secret));
    let password_checks = Arc::new(PasswordChecks::new(&base.directory.password_cost().await?));
    let web = Web { base, gateway, attempts: Arc::default(), familiar, password_checks };
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

/// Pages that could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// The database failed, or no random value could be generated.
    #[error(transparent)]
    Gateway(GatewayError),
    /// The directory did not respond.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl<E: Into<GatewayError>> From<E> for PagesError {
    fn from(error: E) -> Self {
        Self::Gateway(error.into())
    }
}

/// The state that the pages share.
#[derive(Clone)]
struct Web {
    base: Base,
    gateway: Gateway,
    attempts: Arc<Attempts>,
    familiar: Arc<Familiar>,
    password_checks: Arc<PasswordChecks>,
}

impl Web {
    /// Returns the current time in seconds since 1970. Waits in memory use
    /// [`uptime`](crate::clock::Clock::uptime) instead.
    fn now(&self) -> i64 {
        self.base.clock.now().seconds()
    }

    /// Returns the frame of a page for a user who is signed in.
    fn frame<'a>(&'a self, title: &'a str, person: &'a SignedIn, script: Option<&'static str>) -> Frame<'a> {
        let user = User { name: &person.account.name, csrf: person.csrf() };
        Frame { title, brand: &self.base.config.name, user: Some(user), script }
    }
}

/// The reason why a page cannot be shown, with a text for the user.
#[derive(Debug)]
enum WebError {
    /// The server failed. The log contains the reason.
    Failed,
    /// The account has as many phones as it may have.
    TooManyPhones,
    /// The account has as many unused offers as it may have.
    TooManyOffers,
    /// Too many passwords are being checked.
    Busy,
    /// Too many writes are waiting.
    Overloaded,
    /// The form was not created by our page, or its token has expired.
    Stale,
    /// A page of another site sent the form.
    Foreign,
    /// The object does not exist or belongs to another user.
    NotFound,
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let (status, title, text) = match self {
            Self::Failed => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "The server could not process the request. Nothing was changed. Please try again later.",
            ),
            Self::TooManyPhones => (
                StatusCode::CONFLICT,
                "You cannot add another phone",
                "You have the maximum number of phones. Remove a phone that you no longer use, then try again.",
            ),
            Self::TooManyOffers => (
                StatusCode::CONFLICT,
                "Too many QR codes at once",
                "You have opened many QR codes for new phones and used none. Use one of them, or try again in 5 minutes.",
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many sign-ins at once",
                "Your password was not checked. Please try again in a few seconds.",
            ),
            Self::Overloaded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is busy",
                "Nothing was changed. Please try again in a few seconds.",
            ),
            Self::Stale => (
                StatusCode::FORBIDDEN,
                "This page is out of date",
                "For your safety, the form was not accepted. Go back to your phones and try again.",
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "Request blocked",
                "A page of another site sent this form. For your safety, it was not accepted.",
            ),
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "Not found", "This page does not exist, or it belongs to another account.")
            }
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
        GatewayError::from(error).into()
    }
}

impl From<DirectoryError> for WebError {
    fn from(error: DirectoryError) -> Self {
        tracing::error!(%error, "the directory failed for a page");
        Self::Failed
    }
}

impl From<GatewayError> for WebError {
    fn from(error: GatewayError) -> Self {
        if error.is_busy() {
            tracing::warn!(%error, "a page was not processed");
            return Self::Overloaded;
        }
        match error {
            GatewayError::TooManyPhones(_) => Self::TooManyPhones,
            GatewayError::TooManyOffers(_) => Self::TooManyOffers,
            error => {
                tracing::error!(%error, "the gateway failed for a page");
                Self::Failed
            }
        }
    }
}

impl From<JoseError> for WebError {
    fn from(error: JoseError) -> Self {
        tracing::error!(%error, "no random value could be generated for a page");
        Self::Failed
    }
}

/// Allows scripts, styles and images of this origin only, and forbids frames, plug-ins and forms to
/// other origins.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Adds the headers of every page and rejects forms of other sites.
async fn protect(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = match origin::allows(&web.base.config.issuer, request.method(), request.headers()) {
        true => next.run(request).await,
        false => WebError::Foreign.into_response(),
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_FRAME_OPTIONS, "DENY");
    // With `no-referrer`, browsers would send `Origin: null` with our own forms.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::CACHE_CONTROL, "no-store");
    response
}
