//! Backchannel authentication requests of clients (CIBA Core, section 7).

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

use super::{ApprovalRequestId, InvalidTransition};

/// The minimum time after its expiry in which a request that was decided in time can be redeemed,
/// in seconds. It is two polling intervals if they are longer. Without it, a client whose user
/// approved in the last second would get `expired_token`.
const MIN_GRACE_SECS: i64 = 60;

/// The longest time after the expiry in which a decision made in time can be redeemed. Each early
/// poll makes the interval of a client longer, and without a limit also this time.
const MAX_GRACE_SECS: i64 = 300;

/// An authentication request, made once and redeemed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CibaRequest {
    /// The SHA-256 of the `auth_req_id`.
    pub(crate) id_hash: Digest,
    /// The client that made the request.
    pub(crate) client_id: String,
    /// The subject identifier of the account whose decision is needed.
    pub(crate) sub: String,
    /// The gateway's approval request.
    pub(crate) approval_request: ApprovalRequestId,
    /// The granted scope values, separated by spaces.
    pub(crate) scope: String,
    /// `authorization_details` as received.
    pub(crate) details: Option<String>,
    /// The creation time.
    pub(crate) created: Timestamp,
    /// The expiry that the client knows from the acknowledgement.
    pub(crate) expires: Timestamp,
    /// The polling interval of the acknowledgement, in seconds.
    pub(crate) interval_s: u32,
    /// The state.
    pub(crate) state: CibaState,
}

/// The state of an authentication request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CibaState {
    /// No tokens were issued.
    Open,
    /// Tokens were issued at this time.
    Redeemed(Timestamp),
}

impl CibaRequest {
    /// Returns true if tokens were issued.
    pub(crate) const fn is_redeemed(&self) -> bool {
        matches!(self.state, CibaState::Redeemed(_))
    }

    /// Returns true if a decision made in time can no longer be redeemed. `interval_s` is the
    /// polling interval that applies to the client now.
    pub(crate) fn grace_is_over(&self, interval_s: u32, now: Timestamp) -> bool {
        let grace = i64::from(interval_s).saturating_mul(2).clamp(MIN_GRACE_SECS, MAX_GRACE_SECS);
        self.expires.plus(grace) <= now
    }

    /// Records that tokens are issued.
    ///
    /// # Errors
    /// [`InvalidTransition`] if tokens were issued before.
    pub(crate) fn redeem(&mut self, now: Timestamp) -> Result<(), InvalidTransition> {
        match self.state {
            CibaState::Open => {
                self.state = CibaState::Redeemed(now);
                Ok(())
            }
            CibaState::Redeemed(_) => {
                Err(InvalidTransition { subject: "CIBA request", from: "redeemed", to: "redeemed" })
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns an open request that expires at 300 s, with an interval of 5 s.
    pub(crate) fn open() -> CibaRequest {
        let at = Timestamp::from_seconds;
        CibaRequest {
            id_hash: Digest::of(b"id"),
            client_id: "shop".to_owned(),
            sub: "1".to_owned(),
            approval_request: ApprovalRequestId::from_text("a"),
            scope: "openid".to_owned(),
            details: None,
            created: at(0),
            expires: at(300),
            interval_s: 5,
            state: CibaState::Open,
        }
    }

    #[test]
    fn redemption_after_the_expiry_is_bounded() {
        let over = |interval_s, at| open().grace_is_over(interval_s, Timestamp::from_seconds(at));
        for (interval_s, end) in [(5, 360), (60, 420), (149, 598), (1_000, 600)] {
            assert_eq!((over(interval_s, end - 1), over(interval_s, end)), (false, true), "{interval_s}");
        }
    }

    #[test]
    fn request_is_redeemed_once() {
        let (mut request, now) = (open(), Timestamp::from_seconds(10));
        assert!(!request.is_redeemed());
        request.redeem(now).unwrap();
        assert!(request.is_redeemed());
        assert!(request.redeem(now).is_err());
    }
}
