//! The user's decision and its result.

use countersign_core::authenticator;
use countersign_core::message::receipt;

pub use countersign_core::message::decision::{DecisionKind, DenyReason};

/// The core's [`receipt::Outcome`].
pub type ReceiptOutcome = receipt::Outcome;

/// The user's decision: an approval or a denial.
#[uniffi::remote(Enum)]
pub enum DecisionKind {
    /// An approval.
    Approve,
    /// A denial.
    Deny,
}

/// The reason that the user gives for a denial.
#[uniffi::remote(Enum)]
pub enum DenyReason {
    /// The user did not start this: a report of an attack.
    NotMe,
    /// The details are not those that the user agreed to.
    WrongDetails,
    /// The user did not expect the request.
    Unexpected,
    /// Another reason.
    Other,
}

/// The result of sending a decision. Show "approved" only for `Confirmed`.
// Not `uniffi::remote`: generated members of a tuple variant have no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Outcome {
    /// The server's receipt says that the decision was accepted.
    Confirmed,
    /// The decision is stored and could not be sent, or its receipt was lost. The next refresh
    /// sends it.
    Queued,
    /// The decision is stored, and the server responded with an error instead of a receipt. The
    /// next refresh sends it again. The history shows how it ended.
    Unconfirmed,
    /// The server's receipt says that the decision was not accepted.
    Failed {
        /// The outcome in the receipt.
        outcome: ReceiptOutcome,
    },
}

/// The outcome in a receipt.
#[uniffi::remote(Enum)]
pub enum ReceiptOutcome {
    /// The decision was accepted.
    Accepted,
    /// The binding value was wrong. The request has ended on every phone.
    BindingMismatch,
    /// The decision arrived after the expiry of the request.
    Expired,
    /// The request was decided before, on this phone or another one.
    AlreadyDecided,
    /// The issuer withdrew the request.
    Cancelled,
    /// The decision breaks a policy of the issuer.
    Policy,
    /// Another message used the number before. The state of this phone was rolled back, or a copy
    /// of it is in use.
    NumberUsed,
}

impl From<authenticator::Outcome> for Outcome {
    fn from(outcome: authenticator::Outcome) -> Self {
        match outcome {
            authenticator::Outcome::Confirmed => Self::Confirmed,
            authenticator::Outcome::Queued => Self::Queued,
            authenticator::Outcome::Unconfirmed => Self::Unconfirmed,
            authenticator::Outcome::Failed(outcome) => Self::Failed { outcome },
        }
    }
}
