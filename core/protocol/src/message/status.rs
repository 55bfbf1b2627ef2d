//! `adp-status+jwt`, from the provider to the device: the state of an enrolment, pushed when it
//! changes.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Timestamp};
use crate::names::stable_names;

/// The state of an enrolment. Inboxes and receipts contain the state as a plain member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The issuer.
    pub iss: Issuer,
    /// The device that the message is for.
    pub aud: DeviceAudience,
    /// The enrolment.
    pub sub: EnrolmentId,
    /// The time of issue.
    pub iat: Timestamp,
    /// The server's message counter for this enrolment. The device ignores a status with a lower
    /// counter than the last one.
    pub seq: u64,
    /// The state.
    pub status: EnrolmentState,
}

impl Message for Status {
    const TYP: &'static str = "adp-status+jwt";
}

/// The state of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentState {
    /// The user has to type the confirmation code. Approvals are not possible.
    Pending,
    /// The enrolment is usable.
    Active,
    /// Approvals are not possible until the issuer lifts the suspension.
    Suspended,
    /// The enrolment has ended. A device deletes keys only after a signed message with this state.
    Revoked,
}

stable_names!(
    /// Returns the name on the wire.
    EnrolmentState, as_str {
        Pending => "pending",
        Active => "active",
        Suspended => "suspended",
        Revoked => "revoked",
    }
);
