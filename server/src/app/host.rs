//! On this machine only, and under its own name only.
//!
//! A server without TLS answers anything that reaches its port, also a web page elsewhere whose host name was made to
//! point at this machine (DNS rebinding): to the browser both are one site. The name in `Host` gives such a page away.
//! With TLS the certificate does.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::Config;
use crate::problem::Problem;

/// Refuses calls by another name than the issuer's, unless TLS ends in front of this server.
pub(super) async fn own_name_only(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    match config.issuer.strip_prefix("http://") {
        Some(own) if !called(own, request.uri(), request.headers()) => refusal(&config.issuer),
        _ => next.run(request).await,
    }
}

/// Whether everything that names the server names it so.
fn called(own: &str, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().is_some_and(|host| host.as_bytes().eq_ignore_ascii_case(own.as_bytes()));
    let target = uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(own));
    host && hosts.next().is_none() && target
}

fn refusal(issuer: &str) -> Response {
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "misdirected")
        .detail(format!("This server answers as {issuer} only."))
        .into_response()
}
