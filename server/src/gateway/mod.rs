//! The device gateway: ADP/1 from the server's side.
//!
//! It asks people on their phones and knows nothing of who wants to know: the OpenID provider in this crate is one caller of
//! [`Gateway::ask`] among others that may come. What a phone sees over HTTP:
//!
//! | endpoint | file |
//! |---|---|
//! | `GET /.well-known/authentication-device` | `metadata` |
//! | `POST /adp/v1/enrolments/challenge`, `POST /adp/v1/enrolments` | `enrol` |
//! | `GET /adp/v1/requests?nonce=`, `GET /adp/v1/requests/{txn}` | `inbox` |
//! | `POST /adp/v1/decisions` | `decide` |
//! | `POST /adp/v1/device` | `update` |
//! | `GET /adp/v1/stream` | `stream` |
//!
//! Nothing unsigned changes state, and every failed verification is one and the same answer outward ([`refusal`]): the reason
//! is in the log, without values.

use std::sync::Arc;

use countersign_core::jose::{JoseError, random, sealed};
use countersign_core::message::Issuer;
use url::Url;

use crate::clock::Clock;
use crate::keys::ServerKeys;
use crate::policy::Policy;
use crate::push::stream::Streams;
use crate::push::{Payload, Push as _};
use crate::shutdown::Shutdown;
use crate::store::enrolments::{self, EnrolmentRow};
use crate::store::{Store, StoreError};

mod ask;
mod enrolment;
mod refusal;

pub use ask::{Ask, AskError, AskId, AskedBinding, Assurance, Outcome};
pub use enrolment::{Confirmed, Offer, OfferId, OfferState, PhoneInfo};
pub use refusal::Code;

/// The gateway. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Gateway {
    parts: Arc<Parts>,
}

/// What a gateway stands on.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The keys that sign metadata and messages.
    pub keys: Arc<ServerKeys>,
    /// The time.
    pub clock: Clock,
    /// Ends open streams.
    pub shutdown: Shutdown,
    /// Who asks: the issuer URL, in every message.
    pub issuer: Issuer,
    /// How phones show the issuer.
    pub issuer_name: String,
    /// The host that opens the bank's app: the offer link is `{app_link}/enrol#…`.
    pub app_link: Url,
    /// What is allowed.
    pub policy: Policy,
    /// The connections of phones that listen.
    pub streams: Streams,
}

/// The gateway could not do its work; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A message could not be signed or sealed.
    #[error("a message could not be made: {0}")]
    Jose(#[from] JoseError),
    /// Something stored or to be sent does not fit its type.
    #[error("a value could not be written or read as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Gateway {
    /// A gateway over these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    fn now(&self) -> i64 {
        self.parts.clock.now().seconds()
    }

    /// Seals a signed message to the phone and pushes it; one that is too long becomes a reference to `txn`.
    async fn push(&self, phone: &EnrolmentRow, signed: &str, txn: &str) -> Result<(), Fault> {
        let key = serde_json::from_str(&phone.ek)?;
        let sealed = sealed::seal(signed.as_bytes(), &key)?;
        let payload = Payload::sealed_or_wake(&phone.handle, &sealed, txn)?;
        self.parts.streams.send(&phone.handle, payload).await;
        Ok(())
    }
}

/// An id nobody guesses: 128 random bits, base64url.
fn fresh_id() -> Result<String, JoseError> {
    random::bytes::<16>().map(countersign_core::jose::base64url::encode)
}
