//! A request as the device stores it, with the decision and the receipt.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::claims::{Jti, Timestamp, Txn};
use countersign_protocol::message::decision::{DecisionKind, DenyReason};
use countersign_protocol::message::history::History;
use countersign_protocol::message::inbox::ClosedState;
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::request::Request;

/// A stored request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The request JWS as received.
    pub jws: String,
    /// The SHA-256 digest of the JWS.
    pub request_hash: Digest,
    /// The issuer's key that signed the request, for evidence. `None` if the entry was stored in a
    /// format before 3.
    #[serde(default)]
    pub request_key: Option<PublicKey>,
    /// The verified claims of the request.
    pub request: Request,
    /// The trusted time at which the request was received.
    pub received_at: Timestamp,
    /// The state of the request.
    pub state: EntryState,
}

impl Eq for Entry {}

impl PartialEq for Entry {
    /// Compares everything but the claims, because the JWS determines them.
    fn eq(&self, other: &Self) -> bool {
        let Self { jws, request_hash, request_key, request: _, received_at, state } = other;
        self.jws == *jws
            && self.request_hash == *request_hash
            && self.request_key == *request_key
            && self.received_at == *received_at
            && self.state == *state
    }
}

impl Entry {
    /// Removes a queued decision from the outbox without a receipt. Other states stay as they are.
    pub(super) fn abandon_queued(&mut self) {
        if let EntryState::Queued(decision) = &self.state {
            self.state = EntryState::Abandoned(decision.clone());
        }
    }
}

/// The identifiers of a closed request whose content was dropped before its expiry. They prevent
/// that the request is accepted again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedId {
    /// The id of the request.
    pub txn: Txn,
    /// The unique id of the request message.
    pub jti: Jti,
    /// The SHA-256 digest of the request JWS.
    pub request_hash: Digest,
    /// The time of expiry. The identifiers are dropped after it.
    pub exp: Timestamp,
}

impl ClosedId {
    pub(super) fn of(entry: &Entry) -> Self {
        let Entry { request, request_hash, .. } = entry;
        Self { txn: request.txn.clone(), jti: request.jti.clone(), request_hash: *request_hash, exp: request.exp }
    }
}

/// The state of a request on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EntryState {
    /// The request waits for the user's decision.
    Pending,
    /// The decision is signed and in the outbox. The same bytes are sent until a receipt arrives.
    Queued(SignedDecision),
    /// The decision has a receipt.
    Settled(SettledDecision),
    /// The decision has no receipt and can no longer be accepted. It is not sent any more. The
    /// issuer has not confirmed whether an earlier transmission was accepted.
    Abandoned(SignedDecision),
    /// The request ended without a decision of this device.
    Ended(ClosedState),
}

/// A signed decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedDecision {
    /// The decision JWS.
    pub jws: String,
    /// Approval or denial.
    #[serde(alias = "answer")]
    pub kind: DecisionKind,
    /// The reason of a denial.
    pub reason: Option<DenyReason>,
    /// The key of this device that signed the decision. `None` if it was stored in a format before
    /// 3.
    #[serde(default)]
    pub key: Option<PublicKey>,
    /// The trusted time of the decision. `None` if it was stored in format 1.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// The history in the decision. `None` if the issuer did not announce the feature.
    #[serde(default)]
    pub history: Option<History>,
}

/// A decision with its receipt. Together with the request it is complete evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettledDecision {
    /// The decision.
    #[serde(alias = "answer")]
    pub decision: SignedDecision,
    /// The receipt JWS.
    pub receipt: String,
    /// The outcome that the receipt states.
    pub outcome: Outcome,
    /// The issuer's key that signed the receipt. `None` if it was stored in a format before 3.
    #[serde(default)]
    pub receipt_key: Option<PublicKey>,
    /// A member of the formats 3 to 6. It is read and not written.
    #[serde(default, skip_serializing, deserialize_with = "dropped")]
    pub link: (),
}

fn dropped<'de, D: Deserializer<'de>>(stored: D) -> Result<(), D::Error> {
    IgnoredAny::deserialize(stored).map(|_| ())
}
