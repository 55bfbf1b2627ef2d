//! The authenticated user's side of adding and removing phones: offers, the confirmation code, the list.

use std::fmt;

use countersign_core::message::{EnrolmentId, Timestamp};

use super::{Fault, Gateway};

/// Names an offer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfferId(pub(crate) String);

impl OfferId {
    /// Takes the text of an id as it came back from a page; an unknown one is no error until it is used.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for OfferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An invitation to add one phone.
#[derive(Clone)]
pub struct Offer {
    /// Its name.
    pub id: OfferId,
    /// The link behind the QR code. Holds the one-time code: show it, never log it.
    pub uri: String,
    /// When it ends.
    pub expires: Timestamp,
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferState {
    /// No phone has used it yet.
    Open,
    /// A phone enrolled and shows a code that must be typed.
    AwaitingCode {
        /// The phone's own description of itself: untrusted text.
        device: String,
    },
    /// The phone may approve.
    Active,
    /// Nobody used it in time, or the code was not typed in time.
    Expired,
    /// Too many wrong codes, or the phone was removed.
    Failed,
}

/// What a typed confirmation code did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The phone may approve now.
    Active,
    /// Not the code the phone shows.
    WrongCode {
        /// Tries that are left.
        left: u8,
    },
    /// There is nothing to confirm (any more): no such offer of this account, too many wrong codes, too late.
    Failed,
}

/// One phone of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneInfo {
    /// Its enrolment.
    pub id: EnrolmentId,
    /// The phone's own description of itself: untrusted text.
    pub device: String,
    /// `pending`, `active` or `suspended`.
    pub state: String,
    /// When it was added.
    pub added: Timestamp,
}

impl Gateway {
    /// A new offer for `user`, whom phones will show as `label`. Only call it inside an authenticated session.
    pub async fn offer(&self, _user: &str, _label: &str) -> Result<Offer, Fault> {
        todo!()
    }

    /// What became of an offer; `None` when `user` made no such offer.
    pub async fn offer_state(&self, _user: &str, _offer: &OfferId) -> Result<Option<OfferState>, Fault> {
        todo!()
    }

    /// Takes the six digits the user typed into the authenticated session.
    pub async fn confirm(&self, _user: &str, _offer: &OfferId, _code: &str) -> Result<Confirmed, Fault> {
        todo!()
    }

    /// The user's phones, oldest first.
    pub async fn phones(&self, _user: &str) -> Result<Vec<PhoneInfo>, Fault> {
        todo!()
    }

    /// Removes a phone: it is revoked and told so, and what waits there is cancelled. False when `user` has no such phone.
    pub async fn unenrol(&self, _user: &str, _phone: &EnrolmentId) -> Result<bool, Fault> {
        todo!()
    }
}
