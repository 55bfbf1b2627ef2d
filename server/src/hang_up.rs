//! What an open connection has read stays in its buffer: after a password or a one-time code the connection ends.

use axum::http::{HeaderValue, header};
use axum::response::Response;

/// Ends the connection with this answer.
pub(crate) async fn hang_up(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
