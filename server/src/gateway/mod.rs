//! The device gateway: ADP/1 from the server's side.
//!
//! It asks people on their phones and knows nothing of who wants to know: the OpenID provider in this crate is one
//! caller of [`Gateway::ask`] among others that may come. What a phone sees over HTTP:
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
//! Nothing unsigned changes state, and every failed verification is one and the same answer outward
//! ([`Code::Rejected`]): the reason is in the log, without values.
//!
//! What is stored moves one way only, each step in one transaction:
//! ```text
//! offer      open ─challenge→ tied to one app ─enrolment→ used; over after 300 s
//! enrolment  pending ─code→ active ⇄ suspended; each → revoked (three wrong codes, none for 600 s, removal)
//! ask        pending → approved | denied | binding_mismatch | cancelled; over at its end
//! request    pending → accepted | binding_mismatch | elsewhere | expired | cancelled | policy (one for each phone)
//! ```

use std::sync::Arc;

use countersign_protocol::details::DetailTypes;
use countersign_protocol::jose::{JoseError, random, sealed};
use countersign_protocol::message::Message;
use countersign_protocol::message::claims::{Issuer, Txn};
use countersign_protocol::message::status::{EnrolmentState, Status};
use sqlx::SqliteConnection;
use url::Url;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::keys::{KeyRotationPolicy, RotateError, ServerKeys};
use crate::policy::RequestPolicy;
use crate::push::{Channels, Payload};
use crate::shutdown::Shutdown;
use crate::store::{Store, StoreError, enrolments};

mod approval_request;
mod binding;
mod body;
mod caller;
mod decide;
mod enrol;
mod enrolment;
mod inbox;
mod metadata;
mod nonce;
mod numbers;
mod offline;
mod phone;
mod refusal;
mod routes;
mod stream;
mod update;

#[cfg(test)]
mod tests;

pub use approval_request::{
    ACR_VALUES, ApprovalRequest, ApprovalRequestError, ApprovalRequestId, Assurance, Outcome, RequestedBinding,
};
pub use enrolment::{Confirmed, Offer, OfferState, PhoneInfo};
pub use offline::OfflineError;
pub use refusal::Code;
pub use routes::router;

use metadata::MetadataCache;
use nonce::Nonces;
use phone::Phone;

/// The gateway. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Gateway {
    parts: Arc<Parts>,
    nonces: Arc<Nonces>,
    metadata: Arc<MetadataCache>,
}

/// What a gateway stands on.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The keys that sign metadata and messages.
    pub keys: Arc<ServerKeys>,
    /// When the key that signs may roll.
    pub key_policy: KeyRotationPolicy,
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
    /// The types of details that the bank declares; its app has the same ones.
    pub detail_types: DetailTypes,
    /// What is allowed.
    pub policy: RequestPolicy,
    /// The ways to the phones.
    pub channels: Channels,
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
    /// A value could not be written as JSON, or the database holds one that cannot be read.
    #[error("a value could not be written or read as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A decision that somebody else brought could not be judged; the log has the reason.
    #[error("a carried decision could not be judged")]
    Carried,
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Gateway {
    /// A gateway over these parts.
    ///
    /// # Errors
    /// [`Fault`] when its secret for server nonces cannot be read or made.
    pub async fn open(parts: Parts) -> Result<Self, Fault> {
        let fresh = Zeroizing::new(random::bytes::<32>()?);
        let mut db = parts.store.pool().acquire().await.map_err(StoreError::from)?;
        let secret = Zeroizing::new(enrolments::secret(&mut db, "dpop_nonce", fresh.as_slice()).await?);
        drop(db);
        Ok(Self { parts: Arc::new(parts), nonces: Arc::new(Nonces::new(&secret)), metadata: Arc::default() })
    }

    /// Rolls the key that signs, and returns the new epoch. Open requests, and answers on their way, stay good; phones follow
    /// by themselves.
    ///
    /// # Errors
    /// [`RotateError`]; then nothing was changed.
    pub fn rotate_keys(&self) -> Result<u32, RotateError> {
        self.parts.keys.roll(&self.parts.key_policy, self.parts.clock.now())
    }

    fn now(&self) -> i64 {
        self.parts.clock.now().seconds()
    }

    fn sign(&self, message: &impl Message) -> Result<String, JoseError> {
        message.sign(self.parts.keys.device().signing())
    }

    /// A signed word about the state of an enrolment, to be pushed once the change is stored.
    async fn status(&self, db: &mut SqliteConnection, phone: &Phone, status: EnrolmentState) -> Result<String, Fault> {
        Ok(self.sign(&Status {
            iss: self.parts.issuer.clone(),
            aud: phone.audience(),
            sub: phone.id.clone(),
            iat: self.parts.clock.now(),
            seq: phone::next_seq(db, &phone.id).await?,
            status,
        })?)
    }

    /// Pushes a signed request; one that is too long for a push is announced to be fetched.
    async fn push_request(&self, phone: &Phone, signed: &str, txn: &Txn) {
        let payload = sealed::seal(signed.as_bytes(), &phone.keys.ek)
            .map_err(Fault::from)
            .and_then(|sealed| Ok(Payload::sealed_or_wake(&phone.handle, sealed, txn)?));
        self.push(phone, payload).await;
    }

    /// Pushes a signed status.
    async fn push_status(&self, phone: &Phone, signed: &str) {
        let payload = sealed::seal(signed.as_bytes(), &phone.keys.ek)
            .map_err(Fault::from)
            .and_then(|sealed| Ok(Payload::sealed(&phone.handle, sealed)?));
        self.push(phone, payload).await;
    }

    /// What is pushed is stored already, and the inbox has it: a push that cannot be made undoes nothing.
    async fn push(&self, phone: &Phone, payload: Result<Payload, Fault>) {
        match payload {
            Ok(payload) => self.parts.channels.send(&phone.handle, &phone.push, payload).await,
            Err(error) => tracing::error!(%error, "push not made"),
        }
    }
}
