//! The static files of the pages, compiled into the program.

use axum::Router;
use axum::routing::get;

use super::Web;
use super::html::asset;

pub(super) const OFFER_SCRIPT: &str = "/assets/offer.js";

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(
            "/assets/style.css",
            get(|| async { asset("text/css; charset=utf-8", include_str!("assets/style.css")) }),
        )
        .route(OFFER_SCRIPT, get(|| async { asset("text/javascript; charset=utf-8", include_str!("assets/offer.js")) }))
        .route("/assets/mark.svg", get(|| async { asset("image/svg+xml", include_str!("assets/mark.svg")) }))
}
