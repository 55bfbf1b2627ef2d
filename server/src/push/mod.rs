//! Push: a hint that something waits. The signed request is the authority, and the inbox has it too, so a push may get
//! lost.
//!
//! A push carries nothing that identifies a person or a purchase: it is sealed to the phone's encryption key, or it is
//! an opaque reference to fetch (ADP/1 §5).

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_protocol::message::claims::{RoutingHandle, Txn};
use countersign_protocol::message::enrolment::PushAddress;
use countersign_protocol::message::push::{self, MAX_PAYLOAD_BYTES, MAX_SEALED_BYTES, PushContent};

mod relay;
pub mod stream;

pub use relay::{Relay, Service};

/// Every way to reach phones. Cheap to clone.
#[derive(Clone, Default)]
pub struct Channels {
    /// The connections that phones keep open.
    pub streams: stream::Streams,
    /// The push services. Without them a phone that gave such an address is reached while it is connected, and by its
    /// inbox.
    pub relay: Option<Arc<dyn Relay>>,
}

impl Channels {
    /// Sends the payload to one phone by every way that leads to it: what arrives twice, the phone knows. There is no
    /// answer to wait for: a phone that is not reached finds everything in its inbox.
    pub(crate) async fn send(&self, handle: &RoutingHandle, address: &PushAddress, payload: Payload) {
        self.streams.send(handle, payload.clone());
        if let (Some(relay), Some((service, token))) = (&self.relay, Service::of(address)) {
            relay.send(service, token, payload).await;
        }
    }
}

/// One push on its way: at most [`MAX_PAYLOAD_BYTES`] bytes of JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payload(Arc<Written>);

#[derive(PartialEq, Eq, Debug)]
struct Written {
    push: push::Push,
    text: String,
}

impl Payload {
    /// Writes a push.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn of(push: push::Push) -> Result<Self, serde_json::Error> {
        let text = serde_json::to_string(&push)?;
        Ok(Self(Arc::new(Written { push, text })))
    }

    /// A sealed message for the phone behind `handle`; when it is too long for a push, the request to fetch instead.
    pub(crate) fn sealed_or_wake(
        handle: &RoutingHandle,
        sealed: String,
        request: &Txn,
    ) -> Result<Self, serde_json::Error> {
        if sealed.len() <= MAX_SEALED_BYTES {
            let payload = Self::sealed(handle, sealed)?;
            if payload.as_str().len() <= MAX_PAYLOAD_BYTES {
                return Ok(payload);
            }
        }
        Self::of(push::Push { handle: handle.clone(), content: PushContent::Wake(request.clone()) })
    }

    /// A sealed message that always fits.
    pub(crate) fn sealed(handle: &RoutingHandle, sealed: String) -> Result<Self, serde_json::Error> {
        Self::of(push::Push { handle: handle.clone(), content: PushContent::Sealed(sealed) })
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Its members as names and texts: the data of an FCM message, the custom members of a notification of APNs.
    #[must_use]
    pub fn members(&self) -> BTreeMap<String, String> {
        self.0.push.to_map()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_sealed_and_what_does_not_becomes_a_reference() {
        let (handle, txn) = ("h".repeat(64).parse().unwrap(), "t".repeat(64).parse().unwrap());
        let fits = Payload::sealed_or_wake(&handle, "x".repeat(MAX_SEALED_BYTES), &txn).unwrap();
        assert!(fits.as_str().contains(r#""p":"xxx"#));
        assert!(fits.as_str().len() <= MAX_PAYLOAD_BYTES);
        let wake = Payload::sealed_or_wake(&handle, "x".repeat(MAX_SEALED_BYTES + 1), &txn).unwrap();
        assert_eq!(wake.members(), serde_json::from_str(wake.as_str()).unwrap());
        assert_eq!(wake.as_str(), format!(r#"{{"v":"1","e":"{handle}","w":"{txn}"}}"#));
    }
}
