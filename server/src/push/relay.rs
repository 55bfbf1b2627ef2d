//! Push through a service outside this process. The program that embeds the server provides the
//! relay. None is built in.

use async_trait::async_trait;
use countersign_protocol::message::enrolment::{PushAddress, PushKind};

use super::Payload;

/// Passes payloads to push services.
#[async_trait]
pub trait Relay: Send + Sync {
    /// Sends one payload to the app behind `token`. The service carries [`Payload::members`]. A
    /// failed push is tried again until it expires. A push that is lost later is recovered from the
    /// inbox.
    ///
    /// # Errors
    /// [`PushError`] if the service did not accept the payload.
    async fn send(&self, service: Service, token: &str, payload: Payload) -> Result<(), PushError>;
}

/// A push that a service did not accept.
#[derive(Debug, thiserror::Error)]
#[error("the push was not accepted: {0}")]
pub struct PushError(pub String);

/// A push service that a phone can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Firebase Cloud Messaging.
    Fcm,
    /// Apple Push Notification service.
    Apns,
}

impl Service {
    /// Returns the service and the token of an address, or `None` if it names no service.
    pub(super) fn of(address: &PushAddress) -> Option<(Self, &str)> {
        let service = match address.kind {
            PushKind::Fcm => Self::Fcm,
            PushKind::Apns => Self::Apns,
            PushKind::Stream | PushKind::None => return None,
        };
        address.token.as_deref().map(|token| (service, token))
    }
}
