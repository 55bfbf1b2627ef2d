//! The OpenID Provider of CIBA Core 1.0.

use axum::Router;

use crate::app::Base;
use crate::gateway::Gateway;

pub(crate) fn router(_base: Base, _gateway: Gateway) -> Router {
    Router::new()
}
