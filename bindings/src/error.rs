//! The one error of the surface.

use countersign_core::AuthenticatorError as CoreError;
use countersign_core::error::{NoDecision, StateError};
use countersign_core::message::offer::OfferError;
use countersign_core::message::receipt::Outcome;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{KeyStoreError, TransportError};
use countersign_core::review::BindingError;

use crate::SessionReason;

/// Why something was not done, and what to do. `code` is stable and for programs; `reason` is for developers, in English.
/// Nothing was lost: no key, no answer, no enrolment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum AuthenticatorError {
    /// The link is no offer, or too long, or of a later version.
    #[error("{reason}")]
    Offer {
        /// `offer_invalid`, `offer_other_issuer`.
        code: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A message was refused: show nothing, and refresh later. Why it was refused is in the diagnostics alone.
    #[error("{reason}")]
    Rejected {
        /// `rejected`.
        code: String,
        /// The same for every reason.
        reason: String,
    },
    /// There is no answer. Answers of the user are kept and sent later by themselves.
    #[error("{reason}")]
    Transport {
        /// `unreachable`, `timeout`, `tls`, `answer_too_long`; `transport_missing` where a slim build was given none.
        code: String,
        /// What to do.
        reason: String,
    },
    /// The server said no without a signature: a hint that changed nothing here.
    #[error("{reason}")]
    Server {
        /// The `code` of its problem document (RFC 9457), or `none`.
        code: String,
        /// What it said.
        reason: String,
        /// The HTTP status.
        status: u16,
    },
    /// Keys or the prompt.
    #[error("{reason}")]
    KeyStore {
        /// `key_missing`, `key_invalidated`, `prompt_cancelled`, `user_not_verified`, `device_locked`, `key_store_unavailable`.
        code: String,
        /// What to do.
        reason: String,
    },
    /// The state cannot be read or written. It was left as it is.
    #[error("{reason}")]
    State {
        /// `state_store`, `state_damaged`, `state_later`, `state_foreign`.
        code: String,
        /// What to do.
        reason: String,
    },
    /// The clock cannot be read.
    #[error("{reason}")]
    Clock {
        /// `clock`.
        code: String,
        /// What the platform said.
        reason: String,
    },
    /// No enrolment of this name is on this phone.
    #[error("{reason}")]
    UnknownEnrolment {
        /// `unknown_enrolment`.
        code: String,
        /// The same in words.
        reason: String,
    },
    /// No request of this name is on this phone.
    #[error("{reason}")]
    UnknownRequest {
        /// `unknown_request`.
        code: String,
        /// The same in words.
        reason: String,
    },
    /// The enrolment cannot approve now.
    #[error("{reason}")]
    NotActive {
        /// `enrolment_pending`, `enrolment_active`, `enrolment_suspended`, `enrolment_revoked`.
        code: String,
        /// The same in words.
        reason: String,
    },
    /// The request was answered before, or has ended.
    #[error("{reason}")]
    NotPending {
        /// `not_pending`.
        code: String,
        /// The same in words.
        reason: String,
    },
    /// The request has expired.
    #[error("{reason}")]
    Expired {
        /// `expired`.
        code: String,
        /// The same in words.
        reason: String,
    },
    /// The request cannot be shown safely or understood. It can be denied.
    #[error("{reason}")]
    NotApprovable {
        /// `unknown_extension`, `no_verification`, `unknown_detail`, `malformed_detail`, `unsafe_text`, `malformed_binding`,
        /// `too_many`, `binding_below_floor`.
        code: String,
        /// The same in words.
        reason: String,
    },
    /// Not everything that is asked was seen. Review the request again.
    #[error("{reason}")]
    NotRendered {
        /// `field_missing`, `field_unknown`, `screen_obscured`, `screen_shared`, `shown_too_short`.
        code: String,
        /// What to do.
        reason: String,
    },
    /// The value typed or chosen cannot be right. The ticket is still good: let the user correct it.
    #[error("{reason}")]
    Binding {
        /// `binding_missing`, `binding_unexpected`, `binding_length`, `binding_charset`, `binding_not_an_option`,
        /// `binding_not_the_code`.
        code: String,
        /// What is wrong with it; never the value.
        reason: String,
    },
    /// The approval session did not accept the call.
    #[error("{reason}")]
    Session {
        /// The reason.
        code: SessionReason,
        /// What happened and what to do.
        reason: String,
    },
    /// There is no answer to show to the other screen.
    #[error("{reason}")]
    NoDecision {
        /// `unanswered`, `settled`, `answer_too_long_to_show`.
        code: String,
        /// What to do.
        reason: String,
    },
    /// The app gave the call up. What it had done by then counts: refresh tells.
    #[error("{reason}")]
    Cancelled {
        /// `cancelled`.
        code: String,
        /// The same in words.
        reason: String,
    },
    /// A review or a ticket counts once, and this one was used.
    #[error("{reason}")]
    Used {
        /// `used`, or `closed` where the object was closed before.
        code: String,
        /// What to do.
        reason: String,
    },
    /// The server's receipt says that the change does not count.
    #[error("{reason}")]
    NotAccepted {
        /// `not_accepted_` and the outcome: `not_accepted_policy`.
        code: String,
        /// The same in words.
        reason: String,
    },
    /// An approval and another user-verification key cannot both be on their way. What was begun first is kept, and nothing else was
    /// done: refresh with a connection, then try again.
    #[error("{reason}")]
    Unsettled {
        /// `unsettled`.
        code: String,
        /// What to do.
        reason: String,
    },
    /// A broken phone or a bug: nothing was done.
    #[error("{reason}")]
    Internal {
        /// `cryptography`, `panic`, or `argument`.
        code: String,
        /// What is known of it.
        reason: String,
    },
}

impl AuthenticatorError {
    pub(crate) fn cancelled() -> Self {
        Self::Cancelled { code: "cancelled".into(), reason: "the call was given up by the app".into() }
    }

    pub(crate) fn used() -> Self {
        Self::Used { code: "used".into(), reason: "this counts once and was used: review the request again".into() }
    }

    pub(crate) fn panicked() -> Self {
        Self::Internal {
            code: "panic".into(),
            reason: "a bug in the library: nothing was done, please report it".into(),
        }
    }

    pub(crate) fn argument(reason: impl Into<String>) -> Self {
        Self::Internal { code: "argument".into(), reason: reason.into() }
    }

    #[cfg(not(feature = "full"))]
    pub(crate) fn transport_missing() -> Self {
        Self::Transport {
            code: "transport_missing".into(),
            reason: "this build has no HTTP inside: give the authenticator a transport".into(),
        }
    }
}

impl From<CoreError> for AuthenticatorError {
    fn from(error: CoreError) -> Self {
        let reason = error.to_string();
        match error {
            CoreError::Offer(OfferError::Issuer) => Self::Offer { code: "offer_other_issuer".into(), reason },
            CoreError::Offer(_) => Self::Offer { code: "offer_invalid".into(), reason },
            CoreError::Rejected(_) => Self::Rejected { code: "rejected".into(), reason },
            CoreError::Transport(error) => Self::Transport { code: transport(&error).into(), reason },
            CoreError::Server { status, code } => Self::Server { code, reason, status },
            CoreError::KeyStore(error) => Self::KeyStore { code: key_store(&error).into(), reason },
            CoreError::State(error) => Self::State { code: state(&error).into(), reason },
            CoreError::Clock(_) => Self::Clock { code: "clock".into(), reason },
            CoreError::UnknownEnrolment => Self::UnknownEnrolment { code: "unknown_enrolment".into(), reason },
            CoreError::UnknownRequest => Self::UnknownRequest { code: "unknown_request".into(), reason },
            CoreError::NotActive(state) => Self::NotActive { code: not_active(state).into(), reason },
            CoreError::NotPending => Self::NotPending { code: "not_pending".into(), reason },
            CoreError::Expired => Self::Expired { code: "expired".into(), reason },
            CoreError::NotApprovable(why) => Self::NotApprovable { code: why.code().into(), reason },
            CoreError::NotRendered(why) => Self::NotRendered { code: why.code().into(), reason },
            CoreError::Binding(why) => Self::Binding { code: binding(why).into(), reason },
            CoreError::Session(error) => Self::Session { code: error.reason(), reason },
            CoreError::NoDecision(why) => Self::NoDecision { code: no_answer(why).into(), reason },
            CoreError::Broken => Self::Internal { code: "cryptography".into(), reason },
            CoreError::NotAccepted(outcome) => Self::NotAccepted { code: not_accepted(outcome).into(), reason },
            CoreError::Unsettled => Self::Unsettled { code: "unsettled".into(), reason },
        }
    }
}

/// The code of an error, where one is told beside other results.
pub(crate) fn code_of(error: &CoreError) -> String {
    use AuthenticatorError as E;
    match E::from(error.clone()) {
        E::Session { code, .. } => code.code().to_owned(),
        E::Offer { code, .. }
        | E::Rejected { code, .. }
        | E::Transport { code, .. }
        | E::Server { code, .. }
        | E::KeyStore { code, .. }
        | E::State { code, .. }
        | E::Clock { code, .. }
        | E::UnknownEnrolment { code, .. }
        | E::UnknownRequest { code, .. }
        | E::NotActive { code, .. }
        | E::NotPending { code, .. }
        | E::Expired { code, .. }
        | E::NotApprovable { code, .. }
        | E::NotRendered { code, .. }
        | E::Binding { code, .. }
        | E::NoDecision { code, .. }
        | E::Cancelled { code, .. }
        | E::Used { code, .. }
        | E::NotAccepted { code, .. }
        | E::Unsettled { code, .. }
        | E::Internal { code, .. } => code,
    }
}

const fn transport(error: &TransportError) -> &'static str {
    match error {
        TransportError::Unreachable => "unreachable",
        TransportError::Timeout => "timeout",
        TransportError::Tls => "tls",
        TransportError::TooLong => "answer_too_long",
    }
}

const fn key_store(error: &KeyStoreError) -> &'static str {
    match error {
        KeyStoreError::Missing => "key_missing",
        KeyStoreError::Invalidated => "key_invalidated",
        KeyStoreError::Cancelled => "prompt_cancelled",
        KeyStoreError::NotVerified => "user_not_verified",
        KeyStoreError::Locked => "device_locked",
        KeyStoreError::Unavailable(_) => "key_store_unavailable",
    }
}

const fn state(error: &StateError) -> &'static str {
    match error {
        StateError::Store(_) => "state_store",
        StateError::Damaged => "state_damaged",
        StateError::Later(_) => "state_later",
        StateError::Foreign => "state_foreign",
    }
}

const fn not_active(state: EnrolmentState) -> &'static str {
    match state {
        EnrolmentState::Pending => "enrolment_pending",
        EnrolmentState::Active => "enrolment_active",
        EnrolmentState::Suspended => "enrolment_suspended",
        EnrolmentState::Revoked => "enrolment_revoked",
    }
}

const fn no_answer(error: NoDecision) -> &'static str {
    match error {
        NoDecision::Unanswered => "unanswered",
        NoDecision::Settled => "settled",
        NoDecision::TooLong => "answer_too_long_to_show",
    }
}

const fn binding(error: BindingError) -> &'static str {
    match error {
        BindingError::Missing => "binding_missing",
        BindingError::Unexpected => "binding_unexpected",
        BindingError::Length { .. } => "binding_length",
        BindingError::Charset => "binding_charset",
        BindingError::NotAnOption => "binding_not_an_option",
        BindingError::NotTheCode => "binding_not_the_code",
        BindingError::NoScanner => "binding_no_scanner",
    }
}

const fn not_accepted(outcome: Outcome) -> &'static str {
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
