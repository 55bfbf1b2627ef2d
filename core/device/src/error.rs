//! The errors of the authentication device, in two layers.
//!
//! [`VerifyError`] gives the exact reason why a message was rejected. It is reported to
//! [`Diagnostics`](crate::platform::Diagnostics) only. [`AuthenticatorError`] is returned to the
//! app and says what to do next. For a rejected message it carries no reason: [`Rejected`].
//!
//! Every error has a `code()`: a stable text in snake case for programs, logs and support. Display
//! texts are in English, for developers, and may change.

mod verify;

pub use verify::VerifyError;

use crate::platform::{ClockError, KeyStoreError, TransportError};
use countersign_protocol::message::offer::OfferError;
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::review::{BindingError, NotApprovable, NotRendered, SessionError};

/// The outward error for every message that fails verification.
///
/// It is the same for every reason, so that a sender learns nothing about the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message was rejected: show nothing, and refresh to fetch what the issuer has")]
pub struct Rejected;

/// The error that an app receives. The message says what to do next.
///
/// No error loses data: keys, decisions and enrolments are as they were before the call, or as the
/// documentation of the call says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticatorError {
    /// The link is not an offer, or its issuer is not one that the app enrols with.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// A message failed verification. Show nothing and refresh later.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// The server could not be reached. Decisions are stored and sent at the next refresh.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server returned an error. It is not signed and changes nothing on this device.
    #[error("the server responded with status {status} and code {code}: try again later")]
    Server {
        /// The HTTP status.
        status: u16,
        /// The `code` of the problem document (RFC 9457), or `none`.
        code: String,
    },
    /// The key store failed, or the user was not verified.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The state cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// The clock cannot be read. Nothing has changed.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// This device has no enrolment with this id.
    #[error("this device has no enrolment with this id: list the enrolments again")]
    UnknownEnrolment,
    /// This device has no request with this id.
    #[error("this device has no request with this id: refresh, then list the requests again")]
    UnknownRequest,
    /// The enrolment is not active, so that it cannot approve or rotate its keys.
    #[error("the enrolment is {}: {}", .0.as_str(), not_active_advice(*.0))]
    NotActive(EnrolmentState),
    /// The request has a decision already, or has ended.
    #[error("the request already has a decision or has ended: close its screen")]
    NotPending,
    /// The request has expired.
    #[error("the request has expired: start the action again")]
    Expired,
    /// The request cannot be shown safely or completely. It can be denied.
    #[error("the request cannot be approved, only denied: {0}")]
    NotApprovable(NotApprovable),
    /// The render report does not show that the user could see every field.
    #[error("the user could not see the whole request: {0}")]
    NotRendered(NotRendered),
    /// The binding value does not have the shape that the request asks for. The user can correct
    /// it.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// The approval session did not accept the call.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A message of this phone would exceed the maximum size, so that every server rejects it. The
    /// message was not signed or sent.
    #[error("the message would be longer than the protocol allows: shorten the push token, or deny the request")]
    TooLong,
    /// The random number generator or the encoder of this system failed.
    #[error("the cryptography of this system does not work: restart the device, then try again")]
    Broken,
    /// There is no decision to show to the other screen.
    #[error(transparent)]
    NoDecision(#[from] NoDecision),
    /// The server's receipt says that the update was not accepted.
    #[error("the server did not accept the update ({}): refresh, then try again", .0.as_str())]
    NotAccepted(Outcome),
    /// An approval and a replacement of the user-verification key cannot be in flight together,
    /// because an approval signed with the old key would be rejected. The operation that began
    /// first continues.
    #[error("an approval or a key rotation waits for its receipt: refresh with a connection, then try again")]
    RotationConflict,
    /// Another decision of the enrolment was stored while this approval waited for the user. Each
    /// decision signs all earlier ones, so the approval has to be signed again. Or the server no
    /// longer announces the display model of the review, so the request has to be reviewed again.
    #[error(
        "decisions or display model changed meanwhile and nothing was sent: show the request again, then try again"
    )]
    DecisionConflict,
}

impl AuthenticatorError {
    /// Returns a stable code in snake case.
    ///
    /// For [`Self::Server`] it is always `server_error`; the server's own code is in the variant.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Offer(error) => offer_code(*error),
            Self::Rejected(Rejected) => "rejected",
            Self::Transport(error) => error.code(),
            Self::Server { .. } => "server_error",
            Self::KeyStore(error) => error.code(),
            Self::State(error) => error.code(),
            Self::Clock(error) => error.code(),
            Self::UnknownEnrolment => "unknown_enrolment",
            Self::UnknownRequest => "unknown_request",
            Self::NotActive(state) => not_active_code(*state),
            Self::NotPending => "not_pending",
            Self::Expired => "expired",
            Self::NotApprovable(reason) => reason.code(),
            Self::NotRendered(reason) => reason.code(),
            Self::Binding(error) => error.code(),
            Self::Session(error) => error.code(),
            Self::TooLong => "message_too_long",
            Self::Broken => "cryptography",
            Self::NoDecision(error) => error.code(),
            Self::NotAccepted(outcome) => not_accepted_code(*outcome),
            Self::RotationConflict => "rotation_conflict",
            Self::DecisionConflict => "decision_conflict",
        }
    }
}

/// Two codes for all offer errors: an app either shows the message or names the issuers it accepts.
const fn offer_code(error: OfferError) -> &'static str {
    match error {
        OfferError::TooLong
        | OfferError::NotALink
        | OfferError::Incomplete
        | OfferError::Unknown
        | OfferError::Version
        | OfferError::Malformed => "offer_invalid",
        OfferError::Issuer => "offer_other_issuer",
        OfferError::Loopback => "offer_loopback",
    }
}

const fn not_active_code(state: EnrolmentState) -> &'static str {
    match state {
        EnrolmentState::Pending => "enrolment_pending",
        EnrolmentState::Active => "enrolment_active",
        EnrolmentState::Suspended => "enrolment_suspended",
        EnrolmentState::Revoked => "enrolment_revoked",
    }
}

const fn not_active_advice(state: EnrolmentState) -> &'static str {
    match state {
        EnrolmentState::Pending => "enter the confirmation code on the issuer's page, then try again",
        EnrolmentState::Active => "refresh, then try again",
        EnrolmentState::Suspended => "it cannot approve until the issuer lifts the suspension",
        EnrolmentState::Revoked => "enrol this phone again",
    }
}

const fn not_accepted_code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "not_accepted_accepted",
        Outcome::BindingMismatch => "not_accepted_binding_mismatch",
        Outcome::Expired => "not_accepted_expired",
        Outcome::AlreadyDecided => "not_accepted_already_decided",
        Outcome::Cancelled => "not_accepted_cancelled",
        Outcome::Policy => "not_accepted_policy",
        Outcome::NumberUsed => "not_accepted_number_used",
    }
}

/// The reason why there is no decision to show to the other screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDecision {
    /// The user has not decided.
    #[error("the request has no decision yet: ask the user to approve or deny it first")]
    Undecided,
    /// The request has a receipt, or ended without a decision.
    #[error("the request is settled: there is nothing to show, close its screen")]
    Settled,
    /// The decision does not fit into a code that can be scanned.
    #[error("the decision is too long for a code: refresh with a connection to send it")]
    TooLong,
}

impl NoDecision {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Undecided => "undecided",
            Self::Settled => "settled",
            Self::TooLong => "decision_too_long",
        }
    }
}

/// The reason why the state cannot be read or written.
///
/// A state that cannot be read is never overwritten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The state store failed. The text is the platform's.
    #[error("the state cannot be read or written: {0}")]
    Store(String),
    /// The bytes are not a state of Countersign, are incomplete, or were changed.
    #[error("the state is damaged and was left as it is: restore it from a backup, or enrol again with an empty state")]
    Damaged,
    /// A later version wrote the state, in the format that is given.
    #[error("the state was written by a later version (format {0}) and was left as it is: update the app")]
    Later(u8),
    /// The state was changed, or sealed with another key. The two cases look the same.
    #[error(
        "the state cannot be decrypted and was left as it is: it was changed, or sealed with another key (of another \
         phone, or a lost one); restore it from a backup, or enrol again with an empty state"
    )]
    Foreign,
    /// Another instance wrote the state. This instance changes, signs and sends nothing any more.
    #[error(
        "another instance of the authenticator changed the stored state: close this instance, and use one instance \
         for a store"
    )]
    ChangedElsewhere,
    /// A write failed, and the store then had neither the old bytes nor the new ones, or could not
    /// be read. This instance changes, signs and sends nothing any more. The text is the
    /// platform's.
    #[error("the state could not be written and its content is not known ({0}): open the authenticator again")]
    Uncertain(String),
}

impl StateError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "state_store",
            Self::Damaged => "state_damaged",
            Self::Later(_) => "state_later",
            Self::Foreign => "state_foreign",
            Self::ChangedElsewhere => "state_changed_elsewhere",
            Self::Uncertain(_) => "state_uncertain",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const DOCUMENTATION: &str = include_str!("../../../docs/apps/error-codes.md");

    #[test]
    fn codes_are_distinct_documented_and_in_snake_case() {
        use AuthenticatorError as E;
        let errors = [
            E::Offer(OfferError::Malformed),
            E::Offer(OfferError::Issuer),
            E::Offer(OfferError::Loopback),
            E::Rejected(Rejected),
            E::Transport(TransportError::Unreachable),
            E::Transport(TransportError::Timeout),
            E::Transport(TransportError::Tls),
            E::Transport(TransportError::TooLong),
            E::Server { status: 500, code: "none".into() },
            E::KeyStore(KeyStoreError::Missing),
            E::KeyStore(KeyStoreError::Invalidated),
            E::KeyStore(KeyStoreError::Cancelled),
            E::KeyStore(KeyStoreError::NotVerified),
            E::KeyStore(KeyStoreError::Locked),
            E::KeyStore(KeyStoreError::NoVerification),
            E::KeyStore(KeyStoreError::Unavailable(String::new())),
            E::State(StateError::Store(String::new())),
            E::State(StateError::Damaged),
            E::State(StateError::Later(9)),
            E::State(StateError::Foreign),
            E::State(StateError::ChangedElsewhere),
            E::State(StateError::Uncertain(String::new())),
            E::Clock(ClockError(String::new())),
            E::UnknownEnrolment,
            E::UnknownRequest,
            E::NotActive(EnrolmentState::Pending),
            E::NotActive(EnrolmentState::Active),
            E::NotActive(EnrolmentState::Suspended),
            E::NotActive(EnrolmentState::Revoked),
            E::NotPending,
            E::Expired,
            E::NotApprovable(NotApprovable::UnsafeText),
            E::NotRendered(NotRendered::Shared),
            E::Binding(BindingError::Charset),
            E::TooLong,
            E::Broken,
            E::NoDecision(NoDecision::Undecided),
            E::NoDecision(NoDecision::Settled),
            E::NoDecision(NoDecision::TooLong),
            E::NotAccepted(Outcome::BindingMismatch),
            E::NotAccepted(Outcome::Expired),
            E::NotAccepted(Outcome::AlreadyDecided),
            E::NotAccepted(Outcome::Cancelled),
            E::NotAccepted(Outcome::Policy),
            E::NotAccepted(Outcome::NumberUsed),
            E::RotationConflict,
            E::DecisionConflict,
        ];
        let codes: HashSet<&str> = errors.iter().map(AuthenticatorError::code).collect();
        assert_eq!(codes.len(), errors.len());
        for code in codes {
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
            let prefix = if code.starts_with("not_accepted_") { "not_accepted_…" } else { code };
            assert!(DOCUMENTATION.contains(&format!("| `{prefix}` |")), "`{code}` is not in docs/apps/error-codes.md");
        }
    }

    #[test]
    fn errors_name_state_and_outcome_as_on_the_wire() {
        let not_active = AuthenticatorError::NotActive(EnrolmentState::Suspended).to_string();
        assert!(not_active.starts_with("the enrolment is suspended: "), "{not_active}");
        let advice: HashSet<String> = EnrolmentState::ALL.map(|state| not_active_advice(state).to_owned()).into();
        assert_eq!(advice.len(), EnrolmentState::ALL.len(), "each state has its own advice: {advice:?}");
        assert!(not_active.ends_with("it cannot approve until the issuer lifts the suspension"), "{not_active}");
        let not_accepted = AuthenticatorError::NotAccepted(Outcome::NumberUsed).to_string();
        assert!(not_accepted.contains("(number_used)"), "{not_accepted}");
    }
}
