//! Push through a service outside this process. The program that embeds the server gives one; none is built in.

use async_trait::async_trait;
use countersign_protocol::message::enrolment::{PushAddress, PushKind};

use super::Payload;

/// Hands payloads to push services.
#[async_trait]
pub trait Relay: Send + Sync {
    /// Takes one payload for the app behind `token`. The caller waits for this before it goes on, so it should queue and
    /// return; what a service refuses or loses, the phone finds in its inbox. What a service is to carry is
    /// [`Payload::members`].
    async fn send(&self, service: Service, token: &str, payload: Payload);
}

/// A push service that a phone may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Firebase Cloud Messaging.
    Fcm,
    /// Apple Push Notification service.
    Apns,
}

impl Service {
    /// The service and the token that an address names; `None` for a phone that gave no such address.
    pub(super) fn of(address: &PushAddress) -> Option<(Self, &str)> {
        let service = match address.kind {
            PushKind::Fcm => Self::Fcm,
            PushKind::Apns => Self::Apns,
            PushKind::Stream | PushKind::None => return None,
        };
        address.token.as_deref().map(|token| (service, token))
    }
}
