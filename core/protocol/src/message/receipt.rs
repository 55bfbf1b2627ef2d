//! `adp-receipt+jwt`, from the provider to the device: the result of a decision or an update.
//!
//! Only a receipt confirms that a decision was accepted.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Timestamp, Txn};
use super::status::EnrolmentState;
use crate::jose::{Digest, Thumbprint};
use crate::names::stable_names;

/// The receipt for a decision or an update. The server returns the same receipt for the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The issuer.
    pub iss: Issuer,
    /// The device that the message is for.
    pub aud: DeviceAudience,
    /// The enrolment.
    pub sub: EnrolmentId,
    /// The time of issue.
    pub iat: Timestamp,
    /// The server's message counter for this enrolment.
    pub seq: u64,
    /// The highest [message number](super::number) that the server knows from this enrolment,
    /// including this message.
    #[serde(deserialize_with = "super::number::deserialize_highest")]
    pub number: u64,
    /// SHA-256 of the decision or update.
    pub message_hash: Digest,
    /// The id of the decided request. It is absent for an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub txn: Option<Txn>,
    /// SHA-256 of the decided request. It is absent for an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_hash: Option<Digest>,
    /// The result.
    pub outcome: Outcome,
    /// The state of the enrolment afterwards.
    pub status: EnrolmentState,
    /// The enrolment and its user-verification key. Present if and only if the message is a
    /// decision with a [history](super::history).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved: Option<Proved>,
}

impl Message for Receipt {
    const TYP: &'static str = "adp-receipt+jwt";
}

/// The keys that the device proved to the server, as the server names them in each receipt.
///
/// Two receipts for one enrolment with different keys, without a replacement that both keys signed,
/// contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proved {
    /// SHA-256 of the `adp-enrol+jwt` that made the enrolment.
    pub enrol_hash: Digest,
    /// The thumbprint of the user-verification key that was current when the message arrived.
    pub uvk: Thumbprint,
}

/// The result of a decision or an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The server accepted it.
    Accepted,
    /// The binding value was wrong. The request is closed.
    BindingMismatch,
    /// It arrived after the expiry of the request.
    Expired,
    /// The request had been decided, on this or another phone.
    AlreadyDecided,
    /// The client or the issuer had withdrawn the request.
    Cancelled,
    /// It violates the issuer's policy.
    Policy,
    /// Another message had used its [number](super::number). The server rejected it, and the state
    /// of the phone may have been copied.
    NumberUsed,
}

stable_names!(
    /// Returns the name on the wire.
    Outcome, as_str {
        Accepted => "accepted",
        BindingMismatch => "binding_mismatch",
        Expired => "expired",
        AlreadyDecided => "already_decided",
        Cancelled => "cancelled",
        Policy => "policy",
        NumberUsed => "number_used",
    }
);
