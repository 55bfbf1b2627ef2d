//! The limits of what an issuer can make the device store. They do not depend on a clock, because
//! the issuer sets the clock of its enrolment.
//!
//! | content | limit |
//! |---|---|
//! | pending requests | 32, and 128 KiB of request JWS |
//! | decisions that wait for a receipt | 64 |
//! | requests with a settled or abandoned decision | the last 50 |
//! | requests that ended without a decision | the last 50, and of these the last 128 KiB |
//! | identifiers of older closed requests, until their expiry | 256 |
//!
//! If the identifiers are at their limit, no request is accepted. The requests that were pending at
//! that time can exceed the limits of closed requests. Only a decision of the user adds to the
//! second and the third row.

use super::enrolment::Enrolment;
use super::entry::{ClosedId, Entry, EntryState};
use countersign_protocol::message::MAX_MESSAGE_BYTES;
use countersign_protocol::message::claims::Timestamp;
use countersign_protocol::message::inbox::MAX_REQUESTS;

/// The maximum number of pending requests of an enrolment.
const MAX_PENDING: usize = 32;
/// The maximum number of decisions of an enrolment that wait for a receipt.
const MAX_QUEUED: usize = 64;
/// The number of requests with a settled decision that an enrolment stores, and of those that ended
/// without one. Of older ones that have not expired, it stores the identifiers.
const MAX_CLOSED: usize = 50;
/// The maximum number of requests of which an enrolment stores only the identifiers.
const MAX_CLOSED_IDS: usize = 256;
/// The maximum length of all pending requests of an enrolment, and of all that ended without a
/// decision. An inbox of the longest requests has this length.
const MAX_UNDECIDED_BYTES: usize = MAX_REQUESTS * MAX_MESSAGE_BYTES;

impl Enrolment {
    /// Returns whether there is no room for this request.
    pub(super) fn is_full(&self, jws: &str) -> bool {
        let pending = || self.entries.iter().filter(|entry| entry.state == EntryState::Pending);
        let pending_bytes: usize = pending().map(|entry| entry.jws.len()).sum();
        let queued = self.outbox().count();
        pending().count() >= MAX_PENDING
            || pending_bytes.saturating_add(jws.len()) > MAX_UNDECIDED_BYTES
            || queued >= MAX_QUEUED
            || self.closed_ids.len() >= MAX_CLOSED_IDS
    }

    /// Drops the oldest closed requests beyond the limits, separately for requests with a decision
    /// and requests that ended without one. Of those that have not expired, the identifiers stay
    /// until the expiry, so that none of them can be accepted again. If there is no room for the
    /// identifiers, the request stays.
    pub(super) fn drop_surplus(&mut self, now: Timestamp) {
        self.closed_ids.retain(|closed| now <= closed.exp);
        let is_decided = |entry: &Entry| matches!(entry.state, EntryState::Settled(_) | EntryState::Abandoned(_));
        self.drop_oldest(now, is_decided, usize::MAX);
        let is_ended = |entry: &Entry| matches!(entry.state, EntryState::Ended(_));
        self.drop_oldest(now, is_ended, MAX_UNDECIDED_BYTES);
    }

    fn drop_oldest(&mut self, now: Timestamp, is_closed: impl Fn(&Entry) -> bool, max_bytes: usize) {
        let Self { entries, closed_ids, .. } = self;
        let closed = || entries.iter().rev().filter(|entry| is_closed(entry));
        let mut bytes = 0_usize;
        let fits = |entry: &&Entry| {
            bytes = bytes.saturating_add(entry.jws.len());
            bytes <= max_bytes
        };
        let stay = closed().take(MAX_CLOSED).take_while(fits).count();
        let mut surplus = closed().count().saturating_sub(stay);
        entries.retain(|entry| {
            if surplus == 0 || !is_closed(entry) {
                return true;
            }
            surplus = surplus.saturating_sub(1);
            let expired = now > entry.request.exp;
            let has_room = closed_ids.len() < MAX_CLOSED_IDS;
            if !expired && has_room {
                closed_ids.push(ClosedId::of(entry));
            }
            !expired && !has_room
        });
    }
}
