//! Pushes. A push announces a request or a status. Lost pushes are recovered from the inbox.
//!
//! A push contains nothing that identifies a person or a purchase. It is sealed to the phone's
//! encryption key, or it is an opaque reference to a request (ADP/1, section 5).

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_protocol::message::claims::{RoutingHandle, Txn};
use countersign_protocol::message::enrolment::PushAddress;
use countersign_protocol::message::push::{self, MAX_PAYLOAD_BYTES, MAX_SEALED_BYTES, PushContent};

mod relay;
pub mod stream;

pub use relay::{PushError, Relay, Service};

/// The streams and push services that reach phones. Cheap to clone.
#[derive(Clone, Default)]
pub struct Channels {
    /// The open streams of phones.
    pub streams: stream::Streams,
    /// The push services. Without them, a phone with such an address gets pushes through its stream
    /// only.
    pub relay: Option<Arc<dyn Relay>>,
}

impl Channels {
    /// Sends the payload to one phone through its open streams and through its push service. A
    /// phone ignores the second copy. A phone that is not reached finds everything in its inbox.
    ///
    /// # Errors
    /// [`PushError`] if the push service did not accept the payload.
    pub(crate) async fn send(
        &self,
        handle: &RoutingHandle,
        address: &PushAddress,
        payload: Payload,
    ) -> Result<(), PushError> {
        self.streams.send(handle, &payload);
        match (&self.relay, Service::of(address)) {
            (Some(relay), Some((service, token))) => relay.send(service, token, payload).await,
            _ => Ok(()),
        }
    }
}

/// The payload of one push: at most [`MAX_PAYLOAD_BYTES`] bytes of JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payload(Arc<Written>);

#[derive(PartialEq, Eq, Debug)]
struct Written {
    push: push::Push,
    text: String,
}

impl Payload {
    /// Makes the payload of a push.
    ///
    /// # Errors
    /// [`serde_json::Error`] if the push cannot be written as JSON.
    pub fn of(push: push::Push) -> Result<Self, serde_json::Error> {
        let text = serde_json::to_string(&push)?;
        Ok(Self(Arc::new(Written { push, text })))
    }

    /// Makes the payload of a sealed message for the phone behind `handle`. If the message is too
    /// long for a push, the payload is a reference to the request.
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

    /// Makes the payload of a sealed message that always fits.
    pub(crate) fn sealed(handle: &RoutingHandle, sealed: String) -> Result<Self, serde_json::Error> {
        Self::of(push::Push { handle: handle.clone(), content: PushContent::Sealed(sealed) })
    }

    /// Returns the JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Returns the members as names and texts: the data of an FCM message, or the custom members of
    /// an APNs notification.
    #[must_use]
    pub fn members(&self) -> BTreeMap<String, String> {
        self.0.push.to_map()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_message_becomes_a_reference() {
        let (handle, txn) = ("h".repeat(64).parse().unwrap(), "t".repeat(64).parse().unwrap());
        let fits = Payload::sealed_or_wake(&handle, "x".repeat(MAX_SEALED_BYTES), &txn).unwrap();
        assert!(fits.as_str().contains(r#""p":"xxx"#));
        assert!(fits.as_str().len() <= MAX_PAYLOAD_BYTES);
        let wake = Payload::sealed_or_wake(&handle, "x".repeat(MAX_SEALED_BYTES + 1), &txn).unwrap();
        assert_eq!(wake.members(), serde_json::from_str(wake.as_str()).unwrap());
        assert_eq!(wake.as_str(), format!(r#"{{"v":"1","e":"{handle}","w":"{txn}"}}"#));
    }
}
