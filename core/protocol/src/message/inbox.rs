//! `adp-inbox+jwt`, OP → device: everything that waits for this device. Signed as a whole, so that nothing between the server
//! and the phone can hide, add or replay a request.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Nonce, Timestamp, Txn};
use super::enrolment::EnrolmentPolicy;
use super::status::EnrolmentState;
use crate::names::stable_names;

/// The most requests of one inbox. More wait on the server.
pub const MAX_REQUESTS: usize = 16;

/// The answer to `GET {requests}?nonce=…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    /// The issuer.
    pub iss: Issuer,
    /// The device.
    pub aud: DeviceAudience,
    /// The enrolment.
    pub sub: EnrolmentId,
    /// The nonce of the call: this answer is not an old one.
    pub nonce: Nonce,
    /// When it was made.
    pub iat: Timestamp,
    /// The server's counter for this enrolment.
    pub seq: u64,
    /// The highest [number](super::number) that the server knows from this enrolment; 0 if none.
    pub number: u64,
    /// How many requests wait, also those that did not fit.
    pub count: u32,
    /// Each an `adp-request+jwt`; at most [`MAX_REQUESTS`].
    pub requests: Vec<String>,
    /// Requests of the last minutes that are no longer open.
    pub closed: Vec<Closed>,
    /// The state of the enrolment.
    pub status: EnrolmentState,
    /// What the device must keep to from now on, also for requests that wait already.
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
    /// Which.
    pub txn: Txn,
    /// How it ended.
    pub state: ClosedState,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedState {
    /// Decided, here or on another phone.
    Decided,
    /// Nobody answered in time.
    Expired,
    /// Taken back.
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
