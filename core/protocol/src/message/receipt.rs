//! `adp-receipt+jwt`, OP → device: what became of a decision or an update. The only word that a decision counts.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Timestamp, Txn};
use super::status::EnrolmentState;
use crate::jose::Digest;
use crate::names::stable_names;

/// The answer to a decision or an update; the same bytes for the same bytes, however often they are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The issuer.
    pub iss: Issuer,
    /// The device.
    pub aud: DeviceAudience,
    /// The enrolment.
    pub sub: EnrolmentId,
    /// When it was made.
    pub iat: Timestamp,
    /// The server's counter for this enrolment.
    pub seq: u64,
    /// The highest [number](super::number) that the server knows from this enrolment after this message.
    pub number: u64,
    /// SHA-256 of the decision or update this answers.
    pub message_hash: Digest,
    /// Of the request that was decided; absent for an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub txn: Option<Txn>,
    /// SHA-256 of the request that was decided; absent for an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_hash: Option<Digest>,
    /// What became of it.
    pub outcome: Outcome,
    /// The state of the enrolment after it.
    pub status: EnrolmentState,
}

impl Message for Receipt {
    const TYP: &'static str = "adp-receipt+jwt";
}

/// What became of a decision or an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It counts.
    Accepted,
    /// The value typed or chosen was wrong; the request has ended.
    BindingMismatch,
    /// It came too late.
    Expired,
    /// The request was decided before, here or on another phone.
    AlreadyDecided,
    /// The client or the OP took the request back.
    Cancelled,
    /// It breaks a rule of the issuer.
    Policy,
    /// Its [number](super::number) was used by other bytes: it does not count, and somebody may have a copy of this phone's state.
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
