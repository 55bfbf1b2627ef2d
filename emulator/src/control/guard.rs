//! Rejects browsers, so that no web page can control a developer's server.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use crate::web::Problem;

/// Headers that browsers add and pages cannot remove (Fetch Metadata Request Headers, section 2).
/// Programs do not send them.
const SIGNS: [&str; 3] = ["origin", "sec-fetch-site", "sec-fetch-mode"];

/// Adds the check to a router.
pub(super) fn programs_only(router: Router) -> Router {
    router.layer(middleware::from_fn(guard))
}

async fn guard(request: Request, next: Next) -> Response {
    if is_browser(request.headers()) {
        let detail = "browsers may not call the control interface: use a program such as curl";
        return Problem::new(StatusCode::FORBIDDEN, "browser", detail).into_response();
    }
    next.run(request).await
}

fn is_browser(headers: &HeaderMap) -> bool {
    SIGNS.iter().any(|sign| headers.contains_key(*sign)) || headers.contains_key(header::REFERER)
}
