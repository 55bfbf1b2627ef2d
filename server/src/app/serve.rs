//! Connections: a limited number, with a limited time for each call.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::problem::Problem;
use crate::shutdown::Shutdown;

/// The pause after a failed accept (for example EMFILE), so that open connections can finish.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// The limits for callers.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The number of connections. Further ones wait to be accepted.
    connections: usize,
    /// The time for the head of the next call. An idle connection is closed after it.
    head: Duration,
    /// The time from the head of a call to its response. A stream can take longer.
    call: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4_096, head: Duration::from_secs(30), call: Duration::from_secs(30) }
    }
}

/// Serves until the server stops, then until running calls are answered. Dropping the future ends
/// them.
pub(super) async fn run(listener: TcpListener, router: Router, limits: Limits, stop: Shutdown) {
    let router = router.layer(from_fn_with_state(limits, in_time));
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.requested() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let router = router.clone().layer(Extension(ConnectInfo(peer)));
                let stop = stop.clone();
                connections.spawn(async move {
                    serve(stream, router, limits, stop).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

/// Serves one connection. An error on it affects its caller only.
async fn serve(stream: TcpStream, router: Router, limits: Limits, stop: Shutdown) {
    // A push is one small packet. It must not wait for a second one.
    stream.set_nodelay(true).ok();
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.requested() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Ends calls that take too long.
async fn in_time(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limits.call, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "bad_request")
            .detail("The call took too long. Try again.")
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::shutdown;

    const SHORT: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(600);
    const WHOLE: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";

    /// Starts a server that returns bodies.
    async fn start(limits: Limits) -> (SocketAddr, shutdown::ShutdownHandle) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (handle, stop) = shutdown::channel();
        let router = Router::new().route("/", post(|body: String| async { body }));
        tokio::spawn(run(listener, router, limits, stop));
        (address, handle)
    }

    async fn sent(address: SocketAddr, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream
    }

    /// Reads everything until the server closes.
    async fn response(mut stream: TcpStream) -> String {
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        response
    }

    #[tokio::test]
    async fn connection_without_head_is_closed() {
        let (address, _handle) = start(Limits { head: SHORT, call: LONG, ..Limits::default() }).await;
        for half in ["", "POST / HTTP/1.1\r\nhost: x\r\n"] {
            assert!(!response(sent(address, half.as_bytes()).await).await.contains("200"), "{half}");
        }
        assert!(response(sent(address, WHOLE).await).await.ends_with("hi"));
    }

    #[tokio::test]
    async fn call_without_body_gets_408() {
        let (address, _handle) = start(Limits { head: LONG, call: SHORT, ..Limits::default() }).await;
        let half = sent(address, &WHOLE[..WHOLE.len() - 1]).await;
        assert!(response(half).await.starts_with("HTTP/1.1 408"));
    }

    #[tokio::test]
    async fn connection_above_the_limit_waits() {
        let (address, _handle) = start(Limits { connections: 1, head: SHORT, call: LONG }).await;
        let idle = sent(address, b"POST").await;
        assert!(response(sent(address, WHOLE).await).await.ends_with("hi"));
        // The response arrived, so the other connection was closed.
        idle.try_read_buf(&mut Vec::with_capacity(1_024)).unwrap();
    }
}
