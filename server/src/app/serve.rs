//! Connections: bounded in number, and each has bounded time to say what it wants.

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

/// After a failed accept, as when the process may open no more files, others need a moment to finish.
const BREATH: Duration = Duration::from_millis(100);

/// What strangers may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Connections at the same time. Further ones wait to be accepted.
    connections: usize,
    /// Until the head of the next call has come; a connection that is idle for longer is closed.
    head: Duration,
    /// Until a call is answered, from its head on. What is streamed after that may take longer.
    call: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4_096, head: Duration::from_secs(30), call: Duration::from_secs(30) }
    }
}

/// Serves until the signal to stop, then until the calls under way are answered. Dropping it ends them.
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
                tokio::time::sleep(BREATH).await;
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

/// One connection. What goes wrong on it concerns its caller alone.
async fn serve(stream: TcpStream, router: Router, limits: Limits, stop: Shutdown) {
    // A push is one small packet that should not wait for a second one.
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

/// Refuses calls whose body does not come.
async fn in_time(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limits.call, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "bad_request")
            .detail("The call did not come to its end in time.")
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

    /// A server that sends bodies back.
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

    /// Everything until the server closes.
    async fn answer(mut stream: TcpStream) -> String {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_ends_the_connection() {
        let (address, _handle) = start(Limits { head: SHORT, call: LONG, ..Limits::default() }).await;
        for half in ["", "POST / HTTP/1.1\r\nhost: x\r\n"] {
            assert!(!answer(sent(address, half.as_bytes()).await).await.contains("200"), "{half}");
        }
        assert!(answer(sent(address, WHOLE).await).await.ends_with("hi"));
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_answered() {
        let (address, _handle) = start(Limits { head: LONG, call: SHORT, ..Limits::default() }).await;
        let half = sent(address, &WHOLE[..WHOLE.len() - 1]).await;
        assert!(answer(half).await.starts_with("HTTP/1.1 408"));
    }

    #[tokio::test]
    async fn a_connection_too_many_waits_for_a_place() {
        let (address, _handle) = start(Limits { connections: 1, head: SHORT, call: LONG }).await;
        let idle = sent(address, b"POST").await;
        assert!(answer(sent(address, WHOLE).await).await.ends_with("hi"));
        // The answer came, so the place had been given up: what is left of the other connection is its end.
        idle.try_read_buf(&mut Vec::with_capacity(1_024)).unwrap();
    }
}
