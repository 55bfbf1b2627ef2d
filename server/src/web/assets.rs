//! The static files of the pages, compiled into the program.

use axum::Router;
use axum::routing::get;

use super::Web;
use super::html::asset;

const CSS: &str = "text/css; charset=utf-8";
/// The style sheet of the colours that the bank's pages and the virtual phone share.
pub const COLOURS: &str = include_str!("assets/colours.css");
pub(super) const OFFER_SCRIPT: &str = "/assets/offer.js";

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/assets/colours.css", get(|| async { asset(CSS, COLOURS) }))
        .route("/assets/style.css", get(|| async { asset(CSS, include_str!("assets/style.css")) }))
        .route(OFFER_SCRIPT, get(|| async { asset("text/javascript; charset=utf-8", include_str!("assets/offer.js")) }))
        .route("/assets/mark.svg", get(|| async { asset("image/svg+xml", include_str!("assets/mark.svg")) }))
}
