//! No browser may call: a page that a developer happens to have open must not rule their server.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use crate::web::Problem;

/// What browsers add and pages cannot take away (Fetch Metadata Request Headers §2); programs send none of it.
const SIGNS: [&str; 3] = ["origin", "sec-fetch-site", "sec-fetch-mode"];

/// Puts the guard around a router.
pub(super) fn programs_only(router: Router) -> Router {
    router.layer(middleware::from_fn(guard))
}

async fn guard(request: Request, next: Next) -> Response {
    if is_browser(request.headers()) {
        let detail = "browsers may not call the control interface: call it from a program, as curl";
        return Problem::new(StatusCode::FORBIDDEN, "browser", detail).into_response();
    }
    next.run(request).await
}

fn is_browser(headers: &HeaderMap) -> bool {
    SIGNS.iter().any(|sign| headers.contains_key(*sign)) || headers.contains_key(header::REFERER)
}
