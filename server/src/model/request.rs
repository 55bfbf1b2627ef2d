//! Requests: an approval request as one phone received it.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp, Txn};

use super::validity::is_valid;
use super::{ApprovalRequestId, InvalidTransition};

/// The signed question to one phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// The opaque handle of the request for this phone.
    pub(crate) txn: Txn,
    /// The approval request that it belongs to.
    pub(crate) approval_request: ApprovalRequestId,
    /// The enrolment of the phone.
    pub(crate) enrolment: EnrolmentId,
    /// The signed bytes (compact JWS).
    pub(crate) jws: String,
    /// The SHA-256 of the signed bytes.
    pub(crate) hash: Digest,
    /// The state.
    pub(crate) state: RequestState,
    /// The creation time.
    pub(crate) created: Timestamp,
    /// The time from which no decision is accepted.
    pub(crate) expires: Timestamp,
    /// The time at which the request left the state pending.
    pub(crate) closed: Option<Timestamp>,
}

/// The state of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestState {
    /// No decision yet.
    Pending,
    /// The phone's decision was accepted.
    Accepted,
    /// The phone sent a wrong binding value.
    BindingMismatch,
    /// Another phone of the account decided.
    DecidedElsewhere,
    /// A decision arrived after the expiry.
    Expired,
    /// The request was withdrawn, or its phone was removed.
    Cancelled,
    /// The phone's decision violated the policy.
    Policy,
}

impl RequestState {
    /// Every state.
    pub(crate) const ALL: [Self; 7] = [
        Self::Pending,
        Self::Accepted,
        Self::BindingMismatch,
        Self::DecidedElsewhere,
        Self::Expired,
        Self::Cancelled,
        Self::Policy,
    ];

    /// Returns the name of the state as the database stores it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::BindingMismatch => "binding_mismatch",
            Self::DecidedElsewhere => "elsewhere",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Policy => "policy",
        }
    }

    /// Returns the state with that stored name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl Request {
    /// Returns true if the phone can still decide.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        self.state == RequestState::Pending && is_valid(self.created, self.expires, now)
    }

    /// Ends the request.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the request is not pending, or if `to` is pending.
    pub(crate) fn close(&mut self, to: RequestState, now: Timestamp) -> Result<(), InvalidTransition> {
        if self.state != RequestState::Pending || to == RequestState::Pending {
            let (from, to) = (self.state.as_str(), to.as_str());
            return Err(InvalidTransition { subject: "request", from, to });
        }
        self.state = to;
        self.closed = Some(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_closes_once_and_never_reopens() {
        let at = Timestamp::from_seconds;
        let pending = Request {
            txn: "t".parse().unwrap(),
            approval_request: ApprovalRequestId::from_text("a"),
            enrolment: "e".parse().unwrap(),
            jws: String::new(),
            hash: Digest::of(b""),
            state: RequestState::Pending,
            created: at(0),
            expires: at(10),
            closed: None,
        };
        assert!(pending.is_open(at(9)) && !pending.is_open(at(10)));
        let ahead = Request { created: at(1_000), expires: at(1_010), ..pending.clone() };
        assert!(ahead.is_open(at(400)) && !ahead.is_open(at(399)));
        for to in RequestState::ALL {
            assert_eq!(RequestState::from_name(to.as_str()), Some(to));
            let mut request = pending.clone();
            assert_eq!(request.close(to, at(3)).is_ok(), to != RequestState::Pending);
            if to != RequestState::Pending {
                assert_eq!((request.state, request.closed, request.is_open(at(3))), (to, Some(at(3)), false));
                assert!(RequestState::ALL.iter().all(|next| request.close(*next, at(4)).is_err()));
            }
        }
        assert_eq!(RequestState::from_name("unknown"), None);
    }
}
