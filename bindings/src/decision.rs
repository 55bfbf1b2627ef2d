//! What a user answers, and what became of it.

use countersign_core::authenticator;
use countersign_core::message::{decision, receipt};

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum DecisionKind {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

/// Why the user denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum DenyReason {
    /// Somebody else began this: a report of an attack.
    NotMe,
    /// The details are not what the user agreed to.
    WrongDetails,
    /// The user did not expect it now.
    Unexpected,
    /// Anything else.
    Other,
}

/// What became of an answer. Only `Confirmed` may be shown as approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Outcome {
    /// The server's receipt says that it counts.
    Confirmed,
    /// Kept; sent by itself at the next refresh.
    Queued,
    /// The server's receipt says that it does not count.
    Failed {
        /// Why.
        outcome: ReceiptOutcome,
    },
}

/// What a receipt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ReceiptOutcome {
    /// It counts.
    Accepted,
    /// The value typed or chosen was wrong; the request has ended on every phone.
    BindingMismatch,
    /// Too late.
    Expired,
    /// Decided before, here or on another phone.
    AlreadyDecided,
    /// Taken back by who asked.
    Cancelled,
    /// A rule of the bank was broken.
    Policy,
    /// Something else was sent in this phone's name before: its state is an older one, or a copy of it lives.
    NumberUsed,
}

impl From<decision::DecisionKind> for DecisionKind {
    fn from(answer: decision::DecisionKind) -> Self {
        match answer {
            decision::DecisionKind::Approve => Self::Approve,
            decision::DecisionKind::Deny => Self::Deny,
        }
    }
}

impl From<DenyReason> for decision::DenyReason {
    fn from(reason: DenyReason) -> Self {
        match reason {
            DenyReason::NotMe => Self::NotMe,
            DenyReason::WrongDetails => Self::WrongDetails,
            DenyReason::Unexpected => Self::Unexpected,
            DenyReason::Other => Self::Other,
        }
    }
}

impl From<decision::DenyReason> for DenyReason {
    fn from(reason: decision::DenyReason) -> Self {
        match reason {
            decision::DenyReason::NotMe => Self::NotMe,
            decision::DenyReason::WrongDetails => Self::WrongDetails,
            decision::DenyReason::Unexpected => Self::Unexpected,
            decision::DenyReason::Other => Self::Other,
        }
    }
}

impl From<authenticator::Outcome> for Outcome {
    fn from(outcome: authenticator::Outcome) -> Self {
        match outcome {
            authenticator::Outcome::Confirmed => Self::Confirmed,
            authenticator::Outcome::Queued => Self::Queued,
            authenticator::Outcome::Failed(outcome) => Self::Failed { outcome: outcome.into() },
        }
    }
}

impl From<receipt::Outcome> for ReceiptOutcome {
    fn from(outcome: receipt::Outcome) -> Self {
        match outcome {
            receipt::Outcome::Accepted => Self::Accepted,
            receipt::Outcome::BindingMismatch => Self::BindingMismatch,
            receipt::Outcome::Expired => Self::Expired,
            receipt::Outcome::AlreadyDecided => Self::AlreadyDecided,
            receipt::Outcome::Cancelled => Self::Cancelled,
            receipt::Outcome::Policy => Self::Policy,
            receipt::Outcome::NumberUsed => Self::NumberUsed,
        }
    }
}
