//! Request bodies: `application/x-www-form-urlencoded`, each parameter at most once (RFC 6749
//! sections 3.1 and 3.2).

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, header};
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::error::OAuthError;

/// The parameters of a request. A parameter without a value counts as missing.
pub(super) struct Form(BTreeMap<String, Zeroizing<String>>);

impl Form {
    /// Parses a body.
    pub(super) fn parse(headers: &HeaderMap, body: &Bytes) -> Result<Self, OAuthError> {
        if !is_form(headers) {
            return Err(OAuthError::invalid_request("send the parameters as application/x-www-form-urlencoded"));
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            // Invalid UTF-8 became U+FFFD. No accepted value contains that character.
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(OAuthError::invalid_request("the parameters are not UTF-8"));
            }
            if parameters.insert(name.into_owned(), Zeroizing::new(value.into_owned())).is_some() {
                return Err(OAuthError::invalid_request("a parameter is given more than once"));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// Returns the value of a parameter.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }

    /// Returns whether any of these parameters is present.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = single(headers, header::CONTENT_TYPE).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Returns the value of a header that is present exactly once. Repeated headers would be ambiguous.
pub(super) fn single(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
