//! Bodies of calls: the right content type, a bounded size, in bounded time.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::refusal::{Code, Refused};

/// Content type of every signed or sealed message.
pub(super) const JOSE: &str = "application/jose";

/// Content type of the one unsigned body, the challenge's.
pub(super) const JSON: &str = "application/json";

/// A phone on a bad line takes seconds; one that takes longer holds a connection on purpose.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reads the whole body as text: exactly this content type (no parameters, no encoding), at most `max` bytes.
pub(super) async fn read(headers: &HeaderMap, body: Body, kind: &str, max: usize) -> Result<String, Refused> {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let right = kinds.next().is_some_and(|given| given.as_bytes().eq_ignore_ascii_case(kind.as_bytes()));
    if !right || kinds.next().is_some() || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Refused::of(Code::UnsupportedMediaType, "content type"));
    }
    let bytes = tokio::time::timeout(PATIENCE, to_bytes(body, max))
        .await
        .map_err(|_| Refused::of(Code::BadRequest, "slow body"))?
        .map_err(|_| Refused::of(Code::TooLarge, "body size"))?;
    String::from_utf8(bytes.into()).map_err(|_| Refused::of(Code::BadRequest, "body is not UTF-8"))
}

/// A signed or sealed message as an answer. Nobody keeps it on the way.
pub(super) fn jose(message: String) -> Response {
    let mut response = message.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JOSE));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
