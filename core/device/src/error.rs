//! Two layers of errors. [`VerifyError`] says exactly why a message was refused and stays on the device, in the diagnostics.
//! [`AuthenticatorError`] goes to the app and says what to do next; for a refused message it says only that: [`Rejected`].

use crate::platform::{ClockError, KeyStoreError, TransportError};
use countersign_protocol::jose::JoseError;
use countersign_protocol::message::offer::OfferError;
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::review::{BindingError, NotApprovable, NotRendered, SessionError};

/// A message was refused. One error for every reason, so that nobody can learn from it how to get further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message was rejected")]
pub struct Rejected;

/// Why a message was refused: for diagnostics and test vectors, never for callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum VerifyError {
    /// Its form, encryption, signature or claims.
    #[error("{0}")]
    Jose(#[from] JoseError),
    /// A push that is not of ADP/1.
    #[error("the push is not of ADP/1")]
    Push,
    /// For no enrolment of this device.
    #[error("the message is for no enrolment of this device")]
    Enrolment,
    /// Of another issuer.
    #[error("the message is of another issuer")]
    Issuer,
    /// For another device.
    #[error("the message is for another device")]
    Audience,
    /// The life of the request is longer than the protocol allows, or ends before it begins.
    #[error("the request lives longer than the protocol allows")]
    Lifetime,
    /// Too old.
    #[error("the message has expired")]
    Expired,
    /// Seen before, with other content.
    #[error("the message repeats an identifier with other content")]
    Replay,
    /// Does not repeat the nonce it answers.
    #[error("the message does not answer what was asked")]
    Nonce,
    /// Answers other bytes than were sent.
    #[error("the receipt is for another message")]
    Receipt,
    /// More waits than this device keeps.
    #[error("too many requests wait on this device")]
    Overfull,
    /// Metadata of an older epoch.
    #[error("the metadata is older than what this device knows")]
    Epoch,
    /// Metadata that names endpoints of another origin.
    #[error("the metadata names endpoints of another origin")]
    Endpoint,
    /// The key store does not open it.
    #[error("the key store does not open the message")]
    KeyStore,
    /// The issuer signed that the last number of an enrolment is used.
    #[error("the numbers of this enrolment are used up")]
    Number,
}

impl VerifyError {
    /// A stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Jose(error) => error.code(),
            Self::Push => "push",
            Self::Enrolment => "enrolment",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Lifetime => "lifetime",
            Self::Expired => "expired",
            Self::Replay => "replay",
            Self::Nonce => "nonce",
            Self::Receipt => "receipt",
            Self::Overfull => "overfull",
            Self::Epoch => "epoch",
            Self::Endpoint => "endpoint",
            Self::KeyStore => "key_store",
            Self::Number => "number",
        }
    }
}

/// What an app gets, and what it should do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticatorError {
    /// The link is no offer.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// A message was refused. Nothing to show; refresh later.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// No connection. Try again; decisions are kept and sent later by themselves.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server said no, without a signature: a hint that changes nothing here.
    #[error("the server answered {status} ({code})")]
    Server {
        /// HTTP status.
        status: u16,
        /// `code` of the problem document (RFC 9457), or `none`.
        code: String,
    },
    /// Keys or prompt.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The state cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// The clock cannot be read. Nothing has changed; try again.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// No enrolment of this name.
    #[error("there is no such enrolment on this phone")]
    UnknownEnrolment,
    /// No request of this name.
    #[error("there is no such request on this phone")]
    UnknownRequest,
    /// Already enrolled with this offer's issuer and account as far as this phone knows, or the server ended it.
    #[error("this enrolment is {0:?} and cannot approve")]
    NotActive(EnrolmentState),
    /// Answered before, or ended.
    #[error("this request has been answered or has ended")]
    NotPending,
    /// Too late.
    #[error("this request has expired")]
    Expired,
    /// It cannot be shown safely or understood; it can be denied.
    #[error("this request cannot be approved: {0}")]
    NotApprovable(NotApprovable),
    /// Not everything was seen.
    #[error("not everything that is asked was seen: {0}")]
    NotRendered(NotRendered),
    /// The value typed cannot be right.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// The approval session did not accept the call.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The system is broken: no random numbers, or values that cannot be written.
    #[error("this phone's cryptography does not work")]
    Broken,
    /// There is no answer to show to the other screen.
    #[error(transparent)]
    NoDecision(#[from] NoDecision),
    /// The server answered the update with this instead of accepting it.
    #[error("the server did not accept the update: {0:?}")]
    NotAccepted(Outcome),
    /// An approval and another user-verification key cannot both be on their way: one by the old key would count for nothing. What
    /// was begun first is kept, and nothing else was done. Refresh with a connection, then try again.
    #[error("an approval or new keys are still on their way to the bank: connect, refresh, then try again")]
    Unsettled,
}

/// Why there is no answer to show to the other screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDecision {
    /// The user has not answered.
    #[error("this request has not been answered yet")]
    Unanswered,
    /// A receipt has come, or the request ended without an answer.
    #[error("this request is settled: nothing is left to show")]
    Settled,
    /// A code that is scanned cannot hold it; it goes out by network.
    #[error("this answer is too long for a code: it is sent as soon as there is a connection")]
    TooLong,
}

/// The state cannot be read or written. Nothing is ever overwritten because it could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The store failed.
    #[error("the state cannot be read or written: {0}")]
    Store(String),
    /// Not a state of Countersign, cut, or changed.
    #[error(
        "the state is damaged and was left as it is: restore it from where it came, or enrol again in an empty place"
    )]
    Damaged,
    /// Written by a later version.
    #[error("the state was written by a later version (format {0}): update the app")]
    Later(u8),
    /// It was changed, or another key sealed it: the seal cannot tell.
    #[error(
        "the state does not open and was left as it is: it was changed, or sealed with another key (another phone's, or one \
         that was lost); restore it from where it came, or enrol again in an empty place"
    )]
    Foreign,
}
