//! Where a form was sent from, in the browser's own words: a page of another site must not send any of ours.

use axum::http::{HeaderMap, Method, header};

/// Whether a call may do what it asks, as far as the site it comes from goes. `own` is the issuer's origin. Programs that
/// are not browsers send neither header: what they lack is the cookie.
pub(super) fn allows(own: &str, method: &Method, headers: &HeaderMap) -> bool {
    let all = |name: &str, good: &dyn Fn(&[u8]) -> bool| headers.get_all(name).iter().all(|it| good(it.as_bytes()));
    method.is_safe()
        || (all(header::ORIGIN.as_str(), &|origin| origin == own.as_bytes())
            // `none`: the person themselves, as with a form sent again.
            && all("sec-fetch-site", &|site| site == b"same-origin" || site == b"none"))
}
