//! Closes a connection after a password or a one-time code, because its buffer still contains the
//! call.

use axum::http::{HeaderValue, header};
use axum::response::Response;

/// Closes the connection after this response.
pub(crate) async fn hang_up(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
