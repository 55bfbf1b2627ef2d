//! HTTPS with reqwest, rustls and ring: one request, one response. There is no HTTP/2, no redirect,
//! no proxy, no decompression and no cookie.

use std::sync::OnceLock;

use async_trait::async_trait;
use reqwest::{Client, Response, redirect};

use countersign_device::platform::{HttpRequest, HttpResponse, Method, Transport, TransportError};

/// A transport that sends requests with reqwest. It needs a tokio runtime.
///
/// The client is created at the first request. It reads the platform's root certificates, which
/// takes tens of milliseconds and must not delay the receipt of a push.
#[derive(Debug, Default)]
pub struct HttpTransport {
    client: OnceLock<Result<Client, TransportError>>,
}

impl HttpTransport {
    /// Creates a transport.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends a request and returns the response before its body is read.
    pub(super) async fn begin(&self, request: &HttpRequest) -> Result<Response, TransportError> {
        let client = self.client.get_or_init(client).as_ref().map_err(Clone::clone)?;
        let mut builder = match request.method {
            Method::Get => client.get(&request.url),
            Method::Post => client.post(&request.url).body(request.body.clone()),
        };
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        builder.send().await.map_err(|error| reason(&error))
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let exchange = async {
            let response = self.begin(&request).await?;
            let (status, dpop_nonce) = (response.status().as_u16(), dpop_nonce(&response));
            Ok(HttpResponse { status, dpop_nonce, body: body(response, request.max_response_bytes).await? })
        };
        tokio::time::timeout(request.timeout, exchange).await.unwrap_or(Err(TransportError::Timeout))
    }
}

/// Returns the header `DPoP-Nonce` (RFC 9449 section 8.1).
pub(super) fn dpop_nonce(response: &Response) -> Option<String> {
    response.headers().get("dpop-nonce")?.to_str().ok().map(ToOwned::to_owned)
}

fn client() -> Result<Client, TransportError> {
    // Fails if the process already has a default provider. Then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| TransportError::Tls)
}

async fn body(mut response: Response, max: usize) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        if body.len().saturating_add(chunk.len()) > max {
            return Err(TransportError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

pub(super) fn reason(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    if is_tls(error) { TransportError::Tls } else { TransportError::Unreachable }
}

/// Returns whether the cause is a TLS error. An I/O error does not return its inner error as
/// `source`.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || wrapped.is_some_and(|wrapped| is_tls(wrapped)) || error.source().is_some_and(is_tls)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn get(url: String, max_response_bytes: usize) -> HttpRequest {
        let timeout = Duration::from_secs(30);
        HttpRequest {
            method: Method::Get,
            url,
            headers: vec![("x-a", "b".into())],
            body: vec![],
            timeout,
            max_response_bytes,
        }
    }

    /// Serves one connection with this response and closes it. Without a response it never
    /// responds.
    async fn serve(response: Option<&'static str>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 2048];
            let length = stream.read(&mut request).await.unwrap();
            assert!(String::from_utf8_lossy(&request[..length]).contains("x-a: b"));
            match response {
                Some(response) => stream.write_all(response.as_bytes()).await.unwrap(),
                None => std::future::pending().await,
            }
        });
        url
    }

    #[tokio::test]
    async fn any_status_is_a_response_and_redirects_are_not_followed() {
        let url = serve(Some("HTTP/1.1 302 F\r\nlocation: /x\r\nDPoP-Nonce: n\r\ncontent-length: 2\r\n\r\nhi")).await;
        let response = HttpTransport::new().send(get(url, 2)).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((response.status, response.dpop_nonce.as_deref(), &*response.body), (302, Some("n"), &b"hi"[..]));
    }

    #[tokio::test]
    async fn transport_error_states_the_cause() {
        let transport = HttpTransport::new();
        let long = serve(Some("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc")).await;
        assert_eq!(transport.send(get(long, 2)).await.err(), Some(TransportError::TooLong));
        let silent = serve(None).await;
        let short_timeout = HttpRequest { timeout: Duration::from_millis(300), ..get(silent, 2) };
        assert_eq!(transport.send(short_timeout).await.err(), Some(TransportError::Timeout));
        let closed = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            format!("http://{}/", listener.local_addr().unwrap())
        };
        assert_eq!(transport.send(get(closed, 2)).await.err(), Some(TransportError::Unreachable));
        let not_tls = serve_plain_to_tls().await;
        assert_eq!(transport.send(get(not_tls, 2)).await.err(), Some(TransportError::Tls));
    }

    /// Responds to a TLS hello with plain HTTP.
    async fn serve_plain_to_tls() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 2048];
            let _ = stream.read(&mut hello).await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        });
        url
    }
}
