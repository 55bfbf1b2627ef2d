//! Rejects forms that a page of another site sent.

use axum::http::{HeaderMap, Method, header};

/// Returns whether a call may have its effect, by the browser's headers about its origin. `own` is
/// the issuer's origin. Programs that are not browsers send neither header, and they have no
/// session cookie.
pub(super) fn allows(own: &str, method: &Method, headers: &HeaderMap) -> bool {
    let all = |name: &str, good: &dyn Fn(&[u8]) -> bool| headers.get_all(name).iter().all(|it| good(it.as_bytes()));
    method.is_safe()
        || (all(header::ORIGIN.as_str(), &|origin| origin == own.as_bytes())
            // `none`: the user caused the call directly, for example by reloading a form.
            && all("sec-fetch-site", &|site| site == b"same-origin" || site == b"none"))
}
