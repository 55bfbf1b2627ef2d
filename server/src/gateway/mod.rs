//! The device gateway: the server's side of ADP/1.
//!
//! The gateway requests decisions of people on their phones. It knows nothing of its callers. The
//! OpenID Provider of this crate calls [`Gateway::request_approval`]. Other callers can do the
//! same.
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
//! | rule | file |
//! |---|---|
//! | offers for new phones | `offers` |
//! | confirmation codes: three wrong ones end an enrolment | `confirmation`, `model/confirmation` |
//! | the list of phones, removal | `phones` |
//! | suspension by the issuer | `suspension` |
//! | suspension after a reused number | `numbers` |
//! | binding values | `binding` |
//! | phones without network | `offline` |
//!
//! An unsigned message changes no state, except that a challenge request ties its offer to one app.
//! Every failed verification gets the same response ([`ProblemCode::Rejected`]). The log has the
//! reason, without values. The states and their transitions are in `model`. Each change is one
//! transaction.

use std::sync::Arc;

use countersign_protocol::details::DetailTypes;
use countersign_protocol::jose::{JoseError, Thumbprint};
use countersign_protocol::message::Message;
use countersign_protocol::message::claims::{Issuer, Timestamp};
use countersign_protocol::message::status::Status;
use url::Url;

use crate::budget::Budgets;
use crate::clock::Clock;
use crate::keys::{KeyRotationPolicy, RotateError, ServerKeys};
use crate::model::{Enrolment, NewPush, PushContent};
use crate::policy::RequestPolicy;
use crate::push::Channels;
use crate::security_log::{Event, SecurityLog, rotation};
use crate::shutdown::Shutdown;
use crate::store::{Store, Tx};

mod approvals;
mod binding;
mod body;
mod caller;
mod confirmation;
mod decide;
mod displayed;
mod enrol;
mod error;
mod inbox;
mod metadata;
mod nonce;
mod numbers;
mod offers;
mod offline;
mod phones;
mod problem;
mod receipts;
mod routes;
mod stream;
mod suspension;
mod update;

#[cfg(test)]
mod tests;

pub use crate::model::{ApprovalRequestId, Assurance, DenialReason, Outcome, Suspension, SuspensionReason};
pub use approvals::{ACR_VALUES, ApprovalRequestError, NewApprovalRequest};
pub use binding::RequestedBinding;
pub use confirmation::Confirmed;
pub use error::GatewayError;
pub use offers::{Offer, OfferState};
pub use offline::OfflineError;
pub use phones::{MAX_SUSPENDED_PHONES, PhoneInfo};
pub use problem::ProblemCode;
pub use routes::router;

pub(crate) use stream::Streaming;

use metadata::MetadataCache;
use nonce::Nonces;

/// The time for which a failed status push is tried again, in seconds. The inbox reports the status
/// too.
const STATUS_PUSH_SECS: i64 = 300;

/// The gateway. Cheap to clone; all clones share their state.
#[derive(Clone)]
pub struct Gateway {
    parts: Arc<Parts>,
    nonces: Arc<Nonces>,
    /// The calls of each device key.
    calls: Arc<Budgets<Thumbprint>>,
    metadata: Arc<MetadataCache>,
}

/// The parts that a gateway needs.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The keys that sign metadata and messages.
    pub keys: Arc<ServerKeys>,
    /// The minimum time between two key rotations.
    pub key_policy: KeyRotationPolicy,
    /// The security log.
    pub security_log: SecurityLog,
    /// The clock.
    pub clock: Clock,
    /// The signal that ends open streams.
    pub shutdown: Shutdown,
    /// The issuer URL in every message.
    pub issuer: Issuer,
    /// The name of the issuer on phones.
    pub issuer_name: String,
    /// The host that opens the bank's app. The link of an offer is `{app_link}/enrol#…`.
    pub app_link: Url,
    /// The detail types that the bank declares. Its app has the same ones.
    pub detail_types: DetailTypes,
    /// The limits and requirements for requests and decisions.
    pub policy: RequestPolicy,
    /// The streams of connected phones, and the push services.
    pub channels: Channels,
}

impl Gateway {
    /// Makes a gateway from its parts.
    ///
    /// # Errors
    /// [`GatewayError`] if the operating system gives no random bytes.
    pub fn open(parts: Parts) -> Result<Self, GatewayError> {
        let nonces = Arc::new(Nonces::new(parts.clock.clone())?);
        let calls = Arc::new(Budgets::new(parts.policy.phone_calls_per_minute, parts.policy.phone_calls_burst));
        Ok(Self { parts: Arc::new(parts), nonces, calls, metadata: Arc::default() })
    }

    /// Rotates the key that signs messages to phones and returns the new epoch. Pending requests
    /// and decisions in flight stay valid. Phones follow at their next contact.
    ///
    /// # Errors
    /// [`RotateError`]. Nothing was changed then.
    pub fn rotate_keys(&self) -> Result<u32, RotateError> {
        let rotated = self.parts.keys.rotate(&self.parts.key_policy, self.now());
        self.parts.security_log.record(&rotation::of_device_key(&rotated));
        rotated
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    fn sign(&self, message: &impl Message) -> Result<String, JoseError> {
        message.sign(self.parts.keys.device().signing())
    }

    /// Writes an event to the security log after the commit of the transaction.
    fn report(&self, tx: &mut Tx, event: &Event) {
        tx.report(self.parts.security_log.entry(event));
    }

    /// Adds a signed status of the enrolment to the outbox. Needs the lock of the enrolment.
    async fn push_status(&self, tx: &mut Tx, phone: &Enrolment) -> Result<(), GatewayError> {
        let now = self.now();
        let signed = self.sign(&Status {
            iss: self.parts.issuer.clone(),
            aud: phone.audience(),
            sub: phone.id.clone(),
            iat: now,
            seq: tx.next_seq(&phone.id).await?,
            status: phone.status(),
        })?;
        let content = PushContent::Status(signed);
        let push = NewPush { enrolment: phone.id.clone(), content, created: now, expires: now.plus(STATUS_PUSH_SECS) };
        Ok(tx.enqueue_push(&push).await?)
    }
}
