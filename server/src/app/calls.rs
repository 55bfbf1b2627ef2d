//! Calls: a limited time for each, a limited number at the same time for each address, and a
//! limited number for each connection.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::places::Open;
use crate::address::{self, Address};
use crate::config::Config;
use crate::gateway::Streaming;
use crate::problem::Problem;

/// The rules for calls. Cheap to clone; all clones share the counts.
#[derive(Clone)]
pub(super) struct Calls {
    config: Arc<Config>,
    /// The time from the head of a call to its response. A stream can take longer.
    time: Duration,
    /// The calls of one connection.
    per_connection: u32,
    /// The calls in progress by address. Used behind a trusted proxy only.
    in_progress: Arc<Mutex<HashMap<Address, u32>>>,
}

/// A call in progress. Dropping it ends the count.
struct InProgress {
    calls: Calls,
    address: Address,
}

impl Calls {
    /// Makes the rules.
    pub(super) fn new(config: Arc<Config>, time: Duration, per_connection: u32) -> Self {
        Self { config, time, per_connection, in_progress: Arc::default() }
    }

    /// Begins a call of an address that a trusted proxy names. Returns `Err` if it has too many.
    fn begin(&self, address: Option<Address>) -> Result<Option<InProgress>, TooMany> {
        let Some(address) = address.filter(|_| self.config.trusted_proxy) else { return Ok(None) };
        let mut counts = self.in_progress.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.config.limits.connections_per_address {
            return Err(TooMany);
        }
        *count = count.saturating_add(1);
        Ok(Some(InProgress { calls: self.clone(), address }))
    }
}

/// An address has too many calls in progress.
struct TooMany;

impl Drop for InProgress {
    fn drop(&mut self) {
        let mut counts = self.calls.in_progress.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Applies the rules to a call.
pub(super) async fn limited(
    State(calls): State<Calls>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(open): Extension<Arc<Open>>,
    request: Request,
    next: Next,
) -> Response {
    let address = address::of_caller(&calls.config, peer, request.headers()).map(Address::of);
    let mut response = match calls.begin(address) {
        Ok(_in_progress) => in_time(calls.time, request, next).await,
        Err(TooMany) => {
            tracing::info!("a call was rejected: its address has too many calls in progress");
            too_many()
        }
    };
    let is_stream = response.extensions().get::<Streaming>().is_some();
    if is_stream {
        open.set_stream();
    }
    if open.count_call() >= calls.per_connection || is_stream {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Ends a call that takes too long.
async fn in_time(time: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "bad_request")
            .detail("The call took too long. Try again.")
            .into_response(),
    }
}

fn too_many() -> Response {
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many");
    let mut response = problem.detail("Too many calls from this address at the same time. Try again.").into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
