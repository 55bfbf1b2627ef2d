//! Without TLS, the server accepts calls under its own name only.
//!
//! A web page on another host can let its name resolve to this machine (DNS rebinding). To the
//! browser both are one site. The name in `Host` reveals such a page. With TLS the certificate
//! does.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::Config;
use crate::problem::Problem;

/// Rejects calls under another name than the issuer's, unless a TLS proxy is in front of the
/// server.
pub(super) async fn own_name_only(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    match config.issuer.strip_prefix("http://") {
        Some(own) if !called(own, request.uri(), request.headers()) => misdirected(&config.issuer),
        _ => next.run(request).await,
    }
}

/// Returns true if `Host` and target name the server.
fn called(own: &str, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().is_some_and(|host| host.as_bytes().eq_ignore_ascii_case(own.as_bytes()));
    let target = uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(own));
    host && hosts.next().is_none() && target
}

fn misdirected(issuer: &str) -> Response {
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "misdirected")
        .detail(format!("Call this server as {issuer}."))
        .into_response()
}
