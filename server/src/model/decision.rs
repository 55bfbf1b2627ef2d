//! Records of signed messages from phones, with the receipts that the gateway sent.

use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::claims::{EnrolmentId, Jti, Timestamp, Txn};

/// A decision and its receipt: with the request, the evidence of one decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecisionRecord {
    /// The SHA-256 of the decision's bytes.
    pub(crate) hash: Digest,
    /// The request that it decides.
    pub(crate) txn: Txn,
    /// The signed bytes (compact JWS).
    pub(crate) jws: String,
    /// The key that verified the decision. Phones rotate keys, so the key is kept with the record.
    pub(crate) signer: PublicKey,
    /// The signed receipt (compact JWS).
    pub(crate) receipt: String,
    /// The time at which the decision arrived.
    pub(crate) received: Timestamp,
}

/// A signed update of an enrolment and its receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UpdateRecord {
    /// The SHA-256 of the update's bytes.
    pub(crate) hash: Digest,
    /// The enrolment that sent it.
    pub(crate) enrolment: EnrolmentId,
    /// The `jti` of the update. Each `jti` of an enrolment is accepted once.
    pub(crate) jti: Jti,
    /// The signed bytes of an accepted update (compact JWS).
    pub(crate) jws: Option<String>,
    /// The signed receipt (compact JWS).
    pub(crate) receipt: String,
    /// The time at which the update arrived.
    pub(crate) received: Timestamp,
}
