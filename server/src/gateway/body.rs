//! Bodies of calls: the right content type, a limited size and a limited time.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::problem::{CallProblem, ProblemCode};

/// The content type of every signed or sealed message.
pub(super) const JOSE: &str = "application/jose";

/// The content type of the only unsigned body, the challenge.
pub(super) const JSON: &str = "application/json";

/// The longest time for a body. A phone on a slow connection needs seconds.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// Reads the whole body as text. The content type must be exactly `kind`, without parameters and
/// encoding, and the size at most `max` bytes.
pub(super) async fn read(headers: &HeaderMap, body: Body, kind: &str, max: usize) -> Result<String, CallProblem> {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let right = kinds.next().is_some_and(|given| given.as_bytes().eq_ignore_ascii_case(kind.as_bytes()));
    if !right || kinds.next().is_some() || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(CallProblem::new(ProblemCode::UnsupportedMediaType, "content type"));
    }
    let bytes = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, max))
        .await
        .map_err(|_| CallProblem::new(ProblemCode::BadRequest, "slow body"))?
        .map_err(|_| CallProblem::new(ProblemCode::TooLarge, "body size"))?;
    String::from_utf8(bytes.into()).map_err(|_| CallProblem::new(ProblemCode::BadRequest, "body is not UTF-8"))
}

/// Returns a signed or sealed message as a response that no cache stores.
pub(super) fn jose(message: String) -> Response {
    let mut response = message.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JOSE));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
