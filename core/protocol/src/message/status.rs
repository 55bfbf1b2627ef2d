//! `adp-status+jwt`, OP → device: the state of an enrolment, pushed when it changes.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Timestamp};
use crate::names::stable_names;

/// The state of an enrolment. Inbox and receipts carry the same as a plain member, since they are signed themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The issuer.
    pub iss: Issuer,
    /// The device.
    pub aud: DeviceAudience,
    /// The enrolment.
    pub sub: EnrolmentId,
    /// When it was made.
    pub iat: Timestamp,
    /// The server's counter for this enrolment: an older status never undoes a newer one.
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
    /// Waits for the confirmation code; cannot approve.
    Pending,
    /// Works.
    Active,
    /// Cannot approve until the issuer lifts it.
    Suspended,
    /// Ended. Only a signed word of this makes a device delete keys.
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
