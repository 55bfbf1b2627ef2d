//! Connections: a limited number, with a limited time for each step.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::call;
use super::calls::{self, Calls};
use super::places::{Open, Place, Places};
use super::watched::Watched;
use crate::address::{self, Address};
use crate::config::Config;
use crate::push::stream::MAX_LIFETIME;
use crate::shutdown::Shutdown;

/// The pause after a failed accept (for example EMFILE), so that open connections can finish.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// The size of a head: request line and headers. A DPoP proof and a cookie fit many times. It is
/// also the size of the buffer, so that an unfinished head cannot use more memory.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// The response bytes that the operating system holds for a peer that does not read. Linux reserves
/// twice as much. Without a limit it grows to some megabytes for each connection, and a peer that
/// never reads gets that many responses made.
const SEND_BUFFER_BYTES: u32 = 16 * 1024;

/// The connections that the operating system accepts before the server does.
const BACKLOG: u32 = 1_024;

/// The number of headers of a call.
const MAX_HEADERS: usize = 64;

/// The limits for the times of a connection and the number of its calls.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// The time for the head of the next call. An idle connection is closed after it.
    head: Duration,
    /// The time from the head of a call to its response. A stream can take longer.
    call: Duration,
    /// The time in which the peer must read something of a response.
    write: Duration,
    /// The time after which a connection that is no stream is closed.
    connection: Duration,
    /// The number of calls after which a connection is closed.
    calls: u32,
}

impl Default for Times {
    fn default() -> Self {
        let step = Duration::from_secs(30);
        Self { head: step, call: step, write: step, connection: Duration::from_secs(3_600), calls: 10_000 }
    }
}

/// The parts of the listener.
pub(super) struct Serving {
    /// The endpoints.
    pub(super) router: Router,
    /// The configuration.
    pub(super) config: Arc<Config>,
    /// The places for connections.
    pub(super) places: Places,
    /// The limits for each connection.
    pub(super) times: Times,
}

/// Listens on an address. Connections get the limit for unread responses from the listener.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restarted server does not wait for the end of old connections.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until the server stops, then until running calls are answered. Dropping the future ends
/// them.
pub(super) async fn run(listener: TcpListener, serving: Serving, stop: Shutdown) {
    let Serving { router, config, places, times } = serving;
    let calls = Calls::new(config.clone(), times.call, times.calls);
    let router = router
        .layer(from_fn_with_state(calls, calls::limited))
        .layer(from_fn_with_state(config.clone(), call::protected))
        .layer(from_fn_with_state(config.clone(), call::identified));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.requested() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                continue;
            }
        };
        let place = tokio::select! {
            () = stop.requested() => break,
            place = places.take(address(&config, peer)) => place,
        };
        // Without a place the connection is closed: its address has too many.
        if let Some(place) = place {
            let router = router.clone().layer(Extension(place.open().clone())).layer(Extension(ConnectInfo(peer)));
            connections.spawn(serve(stream, router, times, place, stop.clone()));
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Returns the address whose connections are counted, or `None` if the peer is the proxy.
fn address(config: &Config, peer: SocketAddr) -> Option<Address> {
    address::of_caller(config, peer, &HeaderMap::new()).map(Address::of)
}

/// Serves one connection. An error on it affects its caller only.
async fn serve(stream: TcpStream, router: Router, times: Times, place: Place, stop: Shutdown) {
    // A push is one small packet. It must not wait for a second one.
    stream.set_nodelay(true).ok();
    let stream = Watched::new(stream, place.open().clone(), times.write);
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(times.head)
            .max_buf_size(MAX_HEAD_BYTES)
            .max_header_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = place.open().replaced() => return tracing::debug!("an inactive connection was closed for a new one"),
        () = outlived(place.open(), times) => return tracing::debug!("a connection reached its lifetime"),
        () = stop.requested() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Waits for the end of the lifetime of a connection. A stream has the time of its own lifetime in
/// addition.
async fn outlived(open: &Open, times: Times) {
    tokio::time::sleep(times.connection).await;
    if open.is_stream() {
        tokio::time::sleep(MAX_LIFETIME).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::Relaxed;

    use axum::body::Body;
    use axum::response::Response;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::gateway::Streaming;
    use crate::shutdown;

    const SHORT: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(600);
    const LONGEST: Times = Times { head: LONG, call: LONG, write: LONG, connection: LONG, calls: 1_000 };
    const WHOLE: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi";
    const KEPT: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi";
    const STREAM: &[u8] = b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n";

    const CONFIG: &str = "listen = \"127.0.0.1:0\"\napp_link = \"http://127.0.0.1:8470\"\n";

    fn config(first: &str) -> Config {
        Config::parse(&format!("{first}\n{CONFIG}")).unwrap()
    }

    /// Starts a server that returns bodies, and a stream that does not end.
    async fn start(places: Places, times: Times) -> (SocketAddr, shutdown::ShutdownHandle) {
        start_with(config("issuer = \"http://127.0.0.1:0\""), places, times).await
    }

    async fn start_with(config: Config, places: Places, times: Times) -> (SocketAddr, shutdown::ShutdownHandle) {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (handle, stop) = shutdown::channel();
        let endless = || async {
            let body = Body::from_stream(futures_util::stream::pending::<Result<String, io::Error>>());
            let mut response = Response::new(body);
            response.extensions_mut().insert(Streaming);
            response
        };
        let made = Arc::new(AtomicUsize::new(0));
        let counted = made.clone();
        let count = move || async move { counted.fetch_add(1, Relaxed).to_string() + &"x".repeat(4_096) };
        let router = Router::new()
            .route("/", post(|body: String| async { body }))
            .route("/counted", get(count))
            .route("/large", get(|| async { vec![b'x'; 64 << 20] }))
            .route("/made", get(|| async move { made.load(Relaxed).to_string() }))
            .route("/slow", get(std::future::pending::<()>))
            .route("/stream", get(endless));
        tokio::spawn(run(listener, Serving { router, config: Arc::new(config), places, times }, stop));
        (address, handle)
    }

    fn places() -> Places {
        Places::new(100, 100)
    }

    async fn sent(address: SocketAddr, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream
    }

    /// Reads everything until the server closes. The server can close with a reset.
    async fn response(mut stream: TcpStream) -> String {
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await.ok();
        String::from_utf8(response).unwrap()
    }

    /// Reads the next bytes.
    async fn part(stream: &mut TcpStream) -> String {
        let mut bytes = vec![0; 4_096];
        let length = stream.read(&mut bytes).await.unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[tokio::test]
    async fn connection_without_head_is_closed() {
        let (address, _handle) = start(places(), Times { head: SHORT, ..LONGEST }).await;
        for half in ["", "POST / HTTP/1.1\r\nhost: x\r\n"] {
            assert!(!response(sent(address, half.as_bytes()).await).await.contains("200"), "{half}");
        }
        assert!(response(sent(address, WHOLE).await).await.ends_with("hi"));
    }

    #[tokio::test]
    async fn call_without_body_gets_408() {
        let (address, _handle) = start(places(), Times { call: SHORT, ..LONGEST }).await;
        let half = sent(address, &WHOLE[..WHOLE.len() - 1]).await;
        assert!(response(half).await.starts_with("HTTP/1.1 408"));
    }

    #[tokio::test]
    async fn connection_that_never_reads_is_closed() {
        let (address, _handle) = start(places(), Times { write: SHORT, ..LONGEST }).await;
        let mut silent = sent(address, b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
        // The server's part of the connection is gone when a write meets a reset.
        while silent.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn peer_that_never_reads_gets_few_responses_made() {
        let (address, _handle) = start(places(), Times { head: SHORT, write: SHORT, ..LONGEST }).await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut silent = socket.connect(address).await.unwrap();
        silent.write_all("GET /counted HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200).as_bytes()).await.unwrap();
        while silent.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let made = sent(address, b"GET /made HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        let made = response(made).await;
        let made: u32 = made.rsplit_once('\n').unwrap().1.parse().unwrap();
        assert!((1..40).contains(&made), "{made}");
    }

    #[tokio::test]
    async fn idle_connections_do_not_keep_a_new_one_out() {
        let (address, _handle) = start(Places::new(3, 3), LONGEST).await;
        let mut idle = Vec::new();
        for _ in 0..3 {
            idle.push(sent(address, b"POST").await);
        }
        for _ in 0..6 {
            assert!(response(sent(address, WHOLE).await).await.ends_with("hi"));
        }
        // The oldest one was closed.
        assert_eq!(response(idle.remove(0)).await, "");
    }

    #[tokio::test]
    async fn stream_keeps_its_place_beside_idle_connections() {
        let (address, _handle) = start(Places::new(2, 2), LONGEST).await;
        let mut stream = sent(address, STREAM).await;
        let head = part(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("connection: close"), "{head}");
        for _ in 0..4 {
            assert!(response(sent(address, WHOLE).await).await.ends_with("hi"));
        }
        let ended = tokio::time::timeout(SHORT, stream.read(&mut [0; 16])).await;
        assert!(ended.is_err(), "the stream is open");
    }

    #[tokio::test]
    async fn connection_is_closed_after_its_calls_and_its_lifetime() {
        let (address, _handle) = start(places(), Times { calls: 2, ..LONGEST }).await;
        let mut stream = sent(address, KEPT).await;
        assert!(!part(&mut stream).await.contains("connection: close"));
        stream.write_all(KEPT).await.unwrap();
        assert!(response(stream).await.contains("connection: close"));

        let (address, _handle) = start(places(), Times { connection: SHORT, ..LONGEST }).await;
        assert!(response(sent(address, KEPT).await).await.ends_with("hi"), "closed by the server");
        let mut stream = sent(address, STREAM).await;
        part(&mut stream).await;
        let ended = tokio::time::timeout(3 * SHORT, stream.read(&mut [0; 16])).await;
        assert!(ended.is_err(), "a stream has a lifetime of its own");
    }

    #[tokio::test]
    async fn head_above_its_limits_gets_431() {
        let (address, _handle) = start(places(), LONGEST).await;
        let with = |headers: &str| format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        let long = with(&format!("a: {}\r\n", "x".repeat(MAX_HEAD_BYTES)));
        let many = with(&"a: x\r\n".repeat(MAX_HEADERS));
        for head in [long, many] {
            assert!(response(sent(address, head.as_bytes()).await).await.starts_with("HTTP/1.1 431"));
        }
        let fits = with(&format!("connection: close\r\na: {}\r\n", "x".repeat(8 * 1_024)));
        assert!(response(sent(address, fits.as_bytes()).await).await.starts_with("HTTP/1.1 405"));
    }

    #[tokio::test]
    async fn calls_of_one_forwarded_address_are_limited() {
        let mut config = config("issuer = \"https://login.bank.example\"\ntrusted_proxy = true");
        config.limits.connections_per_address = 2;
        let (address, _handle) = start_with(config, places(), LONGEST).await;
        let call = |path: &str, from: &str| {
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: {from}\r\n\r\n")
        };
        let mut running = Vec::new();
        for _ in 0..2 {
            running.push(sent(address, call("/slow", "192.0.2.1").as_bytes()).await);
        }
        let status =
            async |from: &str| response(sent(address, call("/", from).as_bytes()).await).await[9..12].to_owned();
        // The first two calls arrive at some moment.
        while status("192.0.2.1").await != "429" {}
        assert_eq!(status("192.0.2.2").await, "405", "another address is not concerned");
        running.clear();
        while status("192.0.2.1").await != "405" {}
    }
}
