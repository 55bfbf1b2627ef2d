//! `adp-inbox+jwt`, from the provider to the device: all pending requests of an enrolment.
//!
//! The provider signs the inbox as a whole. Nobody between the server and the phone can hide, add
//! or replay a request.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Nonce, Timestamp, Txn};
use super::enrolment::EnrolmentPolicy;
use super::status::EnrolmentState;
use crate::names::stable_names;

/// The maximum number of requests in one inbox. Further requests stay on the server until there is
/// room.
pub const MAX_REQUESTS: usize = 16;

/// The response to `GET {requests}?nonce=…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    /// The issuer.
    pub iss: Issuer,
    /// The device that the message is for.
    pub aud: DeviceAudience,
    /// The enrolment.
    pub sub: EnrolmentId,
    /// The nonce of the call. It proves that the response is not a replay.
    pub nonce: Nonce,
    /// The time of issue.
    pub iat: Timestamp,
    /// The server's message counter for this enrolment.
    pub seq: u64,
    /// The highest [message number](super::number) that the server knows from this enrolment, or 0.
    #[serde(deserialize_with = "super::number::deserialize_highest")]
    pub number: u64,
    /// The number of pending requests, including those that did not fit.
    pub count: u32,
    /// The pending requests, each an `adp-request+jwt`, at most [`MAX_REQUESTS`].
    pub requests: Vec<String>,
    /// The recently closed requests.
    pub closed: Vec<Closed>,
    /// The state of the enrolment.
    pub status: EnrolmentState,
    /// The policy that the device must enforce from now on, also for pending requests.
    pub policy: EnrolmentPolicy,
}

impl Message for Inbox {
    const TYP: &'static str = "adp-inbox+jwt";
    const MAX_BYTES: usize = 256 * 1024;
}

/// A request that is no longer open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// The id of the request.
    pub txn: Txn,
    /// The reason why it is closed.
    pub state: ClosedState,
}

/// The reason why a request is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedState {
    /// It was decided, on this or another phone.
    Decided,
    /// It expired without a decision.
    Expired,
    /// The issuer withdrew it.
    Cancelled,
}

stable_names!(
    /// Returns the name on the wire.
    ClosedState, as_str {
        Decided => "decided",
        Expired => "expired",
        Cancelled => "cancelled",
    }
);
