//! The identifier of every call for the logs, and the security headers of every response.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::address;
use crate::config::Config;
use crate::security_log::Call;

/// Gives the call an identifier. The security log, the log and the response contain it.
pub(super) async fn identified(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let caller = peer.and_then(|ConnectInfo(peer)| address::of_caller(&config, *peer, request.headers()));
    let call = Call::new(caller);
    let (id, span) = (HeaderValue::from_str(call.id()), tracing::info_span!("call", id = call.id()));
    let mut response = call.scope(next.run(request)).instrument(span).await;
    if let Ok(id) = id {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// Adds the headers that protect every response. Browsers must not guess content types, and they
/// must use TLS from now on if the issuer has it.
pub(super) async fn protected(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if config.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}
