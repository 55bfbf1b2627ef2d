//! Offers: invitations to add one phone. An offer works once and for a short time.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{EnrolmentId, Nonce, OfferId, Timestamp};

use super::InvalidTransition;
use super::validity::is_valid;

/// An invitation to add one phone to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The public identifier in the link.
    pub(crate) id: OfferId,
    /// The account that the phone will belong to, by its subject identifier.
    pub(crate) account: String,
    /// The name of the account on the phone.
    pub(crate) label: String,
    /// The SHA-256 of the one-time code. The code itself is only in the link.
    pub(crate) code_hash: Digest,
    /// The creation time.
    pub(crate) created: Timestamp,
    /// The time from which the offer cannot be used.
    pub(crate) expires: Timestamp,
    /// The state.
    pub(crate) stage: Stage,
}

/// The state of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No app has requested a challenge.
    Open,
    /// One app has requested a challenge. No other app can use the offer.
    Tied(Tie),
    /// A phone enrolled with the offer.
    Used {
        /// The app that enrolled.
        tie: Tie,
        /// The enrolment.
        enrolment: EnrolmentId,
    },
}

/// The app that an offer is tied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tie {
    /// The SHA-256 of the verifier that only this app knows.
    pub(crate) verifier_hash: Digest,
    /// The nonce that the app must repeat in its enrolment.
    pub(crate) nonce: Nonce,
}

impl Stage {
    const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Tied(_) => "tied",
            Self::Used { .. } => "used",
        }
    }
}

impl Offer {
    /// Returns true if the offer has not expired.
    pub(crate) fn is_valid(&self, now: Timestamp) -> bool {
        is_valid(self.created, self.expires, now)
    }

    /// Returns the app that the offer is tied to.
    pub(crate) const fn tie(&self) -> Option<&Tie> {
        match &self.stage {
            Stage::Open => None,
            Stage::Tied(tie) | Stage::Used { tie, .. } => Some(tie),
        }
    }

    /// Returns the enrolment that the offer was used for.
    pub(crate) const fn enrolment(&self) -> Option<&EnrolmentId> {
        match &self.stage {
            Stage::Used { enrolment, .. } => Some(enrolment),
            Stage::Open | Stage::Tied(_) => None,
        }
    }

    /// Ties the offer to the app that requests a challenge first and returns the nonce of that app.
    /// The same verifier gets the same nonce again; `fresh` is used for the first call only.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the offer has expired, was used, or is tied to another app.
    pub(crate) fn tie_to(
        &mut self,
        verifier_hash: Digest,
        fresh: Nonce,
        now: Timestamp,
    ) -> Result<Nonce, InvalidTransition> {
        match &self.stage {
            Stage::Open if self.is_valid(now) => {
                self.stage = Stage::Tied(Tie { verifier_hash, nonce: fresh.clone() });
                Ok(fresh)
            }
            Stage::Tied(tie) if self.is_valid(now) && tie.verifier_hash == verifier_hash => Ok(tie.nonce.clone()),
            stage => Err(InvalidTransition { subject: "offer", from: stage.name(), to: "tied" }),
        }
    }

    /// Uses the offer for an enrolment.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the offer has expired, was used before, or is not tied to an app.
    pub(crate) fn redeem(&mut self, enrolment: EnrolmentId, now: Timestamp) -> Result<(), InvalidTransition> {
        match &self.stage {
            Stage::Tied(tie) if self.is_valid(now) => {
                self.stage = Stage::Used { tie: tie.clone(), enrolment };
                Ok(())
            }
            stage => Err(InvalidTransition { subject: "offer", from: stage.name(), to: "used" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn open() -> Offer {
        Offer {
            id: OfferId::random().unwrap(),
            account: "alice".to_owned(),
            label: "Alice".to_owned(),
            code_hash: Digest::of(b"code"),
            created: at(0),
            expires: at(300),
            stage: Stage::Open,
        }
    }

    fn nonce() -> Nonce {
        Nonce::random().unwrap()
    }

    #[test]
    fn offer_is_tied_to_the_first_app_and_used_once() {
        let (mut offer, first) = (open(), nonce());
        let enrolment = EnrolmentId::random().unwrap();
        let invalid = |from, to| InvalidTransition { subject: "offer", from, to };
        assert_eq!(offer.redeem(enrolment.clone(), at(0)), Err(invalid("open", "used")), "not tied yet");
        assert_eq!(offer.tie_to(Digest::of(b"one"), first.clone(), at(0)), Ok(first.clone()));
        assert_eq!(offer.tie_to(Digest::of(b"one"), nonce(), at(1)), Ok(first));
        assert!(offer.tie_to(Digest::of(b"two"), nonce(), at(1)).is_err());
        offer.redeem(enrolment.clone(), at(299)).unwrap();
        assert_eq!(offer.enrolment(), Some(&enrolment));
        assert_eq!(offer.redeem(enrolment, at(299)), Err(invalid("used", "used")));
        assert_eq!(offer.tie_to(Digest::of(b"one"), nonce(), at(299)), Err(invalid("used", "tied")));
    }

    #[test]
    fn expired_offer_is_neither_tied_nor_used() {
        let mut offer = open();
        assert!(offer.tie_to(Digest::of(b"one"), nonce(), at(300)).is_err());
        offer.tie_to(Digest::of(b"one"), nonce(), at(299)).unwrap();
        assert!(offer.redeem(EnrolmentId::random().unwrap(), at(300)).is_err());
    }
}
