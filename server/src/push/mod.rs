//! Push: a hint that something waits. The signed request is the authority, and the inbox has it too, so a push may get lost.
//!
//! A push carries nothing that identifies a person or a purchase: it is sealed to the phone's encryption key, or it is an opaque
//! reference to fetch (ADP/1 §5).

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;

pub mod stream;

/// Most bytes of a sealed message inside a push; a longer one is fetched instead.
pub const MAX_SEALED: usize = 3584;

/// Most bytes of a whole push, as the services of Google and Apple take it.
pub const MAX_PAYLOAD: usize = 4096;

/// One way to reach phones.
#[async_trait]
pub trait Push: Send + Sync {
    /// Sends the payload to the phone behind a routing handle. There is no answer to wait for: a phone that is not reached
    /// finds everything in its inbox.
    async fn send(&self, handle: &str, payload: Payload);
}

/// The bytes of one push, at most [`MAX_PAYLOAD`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payload(Arc<str>);

impl Payload {
    /// A sealed message for the phone behind `handle`, or, when it is too long for a push, the reference to fetch.
    pub(crate) fn sealed_or_wake(handle: &str, sealed: &str, reference: &str) -> Result<Self, serde_json::Error> {
        if sealed.len() <= MAX_SEALED {
            let payload = Self::of(&Sealed { v: "1", e: handle, p: sealed })?;
            if payload.0.len() <= MAX_PAYLOAD {
                return Ok(payload);
            }
        }
        Self::of(&Wake { v: "1", e: handle, w: reference })
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(|text| Self(text.into()))
    }
}

#[derive(Serialize)]
struct Sealed<'a> {
    v: &'a str,
    e: &'a str,
    p: &'a str,
}

#[derive(Serialize)]
struct Wake<'a> {
    v: &'a str,
    e: &'a str,
    w: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_sealed_and_what_does_not_becomes_a_reference() {
        let fits = Payload::sealed_or_wake("h", &"x".repeat(MAX_SEALED), "t").unwrap();
        assert!(fits.as_str().starts_with(r#"{"v":"1","e":"h","p":"xxx"#));
        assert!(fits.as_str().len() <= MAX_PAYLOAD);
        let wake = Payload::sealed_or_wake("h", &"x".repeat(MAX_SEALED + 1), "t").unwrap();
        assert_eq!(wake.as_str(), r#"{"v":"1","e":"h","w":"t"}"#);
        let long_handle = Payload::sealed_or_wake(&"h".repeat(600), &"x".repeat(MAX_SEALED), "t").unwrap();
        assert!(long_handle.as_str().contains(r#""w":"t""#));
    }
}
