//! The error type of all calls.

use countersign_core::AuthenticatorError as CoreError;
use countersign_core::error::StateError;
use countersign_core::platform::{ClockError, KeyStoreError};

use crate::{
    BindingReason, EnrolmentState, InternalReason, KeyStoreReason, NoDecisionReason, NotApprovableReason,
    NotRenderedReason, OfferReason, ReceiptOutcome, SessionReason, StateReason, TransportReason, UsedReason,
};

/// The reason why a call failed.
///
/// A typed `code` tells the reasons of one error apart. `reason` says what happened and what to do,
/// in English, for developers. `error_code` returns the stable code of any error as text. No error
/// loses a key, a decision or an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum AuthenticatorError {
    /// The link is not an offer, or its issuer is not one that the app enrols with.
    #[error("{reason}")]
    Offer {
        /// The reason.
        code: OfferReason,
        /// The failure and what to do.
        reason: String,
    },
    /// A message failed verification. Show nothing and refresh later. Only the diagnostics have the
    /// reason.
    #[error("{reason}")]
    Rejected {
        /// The same text for every reason.
        reason: String,
    },
    /// The server could not be reached. Decisions are stored and sent at the next refresh.
    #[error("{reason}")]
    Transport {
        /// The reason.
        code: TransportReason,
        /// The failure and what to do.
        reason: String,
    },
    /// The server returned an error. It is not signed and changes nothing on this phone.
    #[error("{reason}")]
    Server {
        /// The `code` of the server's problem document (RFC 9457), or `none`.
        code: String,
        /// The failure and what to do.
        reason: String,
        /// The HTTP status.
        status: u16,
    },
    /// The key store or its prompt failed.
    #[error("{reason}")]
    KeyStore {
        /// The reason.
        code: KeyStoreReason,
        /// The failure and what to do.
        reason: String,
    },
    /// The state cannot be read or written. It was left as it is, unless the reason says otherwise.
    #[error("{reason}")]
    State {
        /// The reason.
        code: StateReason,
        /// The failure and what to do.
        reason: String,
    },
    /// The clock cannot be read. Nothing has changed.
    #[error("{reason}")]
    Clock {
        /// The reason in the platform's wording.
        reason: String,
    },
    /// This phone has no enrolment with this id.
    #[error("{reason}")]
    UnknownEnrolment {
        /// The failure and what to do.
        reason: String,
    },
    /// This phone has no request with this identifier.
    #[error("{reason}")]
    UnknownRequest {
        /// The failure and what to do.
        reason: String,
    },
    /// The enrolment is not active, so that it cannot approve or rotate its keys.
    #[error("{reason}")]
    NotActive {
        /// The state of the enrolment.
        state: EnrolmentState,
        /// The failure and what to do.
        reason: String,
    },
    /// The request has a decision already, or has ended.
    #[error("{reason}")]
    NotPending {
        /// The failure and what to do.
        reason: String,
    },
    /// The request has expired.
    #[error("{reason}")]
    Expired {
        /// The failure and what to do.
        reason: String,
    },
    /// The request cannot be shown safely or completely. It can be denied.
    #[error("{reason}")]
    NotApprovable {
        /// The reason.
        code: NotApprovableReason,
        /// The failure and what to do.
        reason: String,
    },
    /// The user could not see the whole request. Review the request again.
    #[error("{reason}")]
    NotRendered {
        /// The reason.
        code: NotRenderedReason,
        /// The failure and what to do.
        reason: String,
    },
    /// The binding value is missing or has the wrong shape. The user can correct it.
    #[error("{reason}")]
    Binding {
        /// The reason.
        code: BindingReason,
        /// The failure and what to do. It never contains the value.
        reason: String,
    },
    /// The approval session did not accept the call.
    #[error("{reason}")]
    Session {
        /// The reason.
        code: SessionReason,
        /// The failure and what to do.
        reason: String,
    },
    /// There is no decision to show to the other screen.
    #[error("{reason}")]
    NoDecision {
        /// The reason.
        code: NoDecisionReason,
        /// The failure and what to do.
        reason: String,
    },
    /// The app cancelled the call. Steps that the call had finished are not undone. Refresh to read
    /// the state.
    #[error("{reason}")]
    Cancelled {
        /// The failure and what to do.
        reason: String,
    },
    /// A review or a ticket permits a single use, and this one was used or closed.
    #[error("{reason}")]
    Used {
        /// The reason.
        code: UsedReason,
        /// The failure and what to do.
        reason: String,
    },
    /// The server's receipt says that the update was not accepted.
    #[error("{reason}")]
    NotAccepted {
        /// The outcome in the receipt.
        outcome: ReceiptOutcome,
        /// The failure and what to do.
        reason: String,
    },
    /// An approval and a replacement of the user-verification key cannot be in flight together.
    ///
    /// An approval signed with the old key would be rejected. The operation that began first
    /// continues. Refresh with a connection, then try again.
    #[error("{reason}")]
    RotationConflict {
        /// The failure and what to do.
        reason: String,
    },
    /// Another request was decided while the user confirmed this one, or the server no longer
    /// announces the display model of the review. Nothing was sent.
    ///
    /// Each decision signs the earlier ones, so this approval has to be signed again. Show the
    /// request again.
    #[error("{reason}")]
    DecisionConflict {
        /// The failure and what to do.
        reason: String,
    },
    /// A message of this phone would exceed the maximum size of the protocol. Nothing was signed or
    /// sent.
    #[error("{reason}")]
    TooLong {
        /// The failure and what to do.
        reason: String,
    },
    /// The system or the library failed. After `Panic`, refresh to read what the call had done
    /// before. In all other cases nothing was done.
    #[error("{reason}")]
    Internal {
        /// The reason.
        code: InternalReason,
        /// The failure and what to do.
        reason: String,
    },
}

/// Returns the stable code of an error, in snake case, for logs and programs.
#[uniffi::export]
#[must_use]
pub fn error_code(error: AuthenticatorError) -> String {
    error.code().to_owned()
}

impl AuthenticatorError {
    pub(crate) fn cancelled() -> Self {
        Self::Cancelled { reason: "the app cancelled the call: refresh to learn what it had done before".into() }
    }

    pub(crate) fn used() -> Self {
        Self::Used { code: UsedReason::Used, reason: "the object was used before: review the request again".into() }
    }

    pub(crate) fn panicked() -> Self {
        Self::Internal {
            code: InternalReason::Panic,
            reason: "the library has a bug: report it, and refresh to learn what the call had done before".into(),
        }
    }

    pub(crate) fn argument(reason: impl Into<String>) -> Self {
        Self::Internal { code: InternalReason::Argument, reason: reason.into() }
    }

    #[cfg(not(feature = "full"))]
    pub(crate) fn transport_missing() -> Self {
        Self::Internal {
            code: InternalReason::TransportMissing,
            reason: "this build has no HTTP client: pass a transport to the authenticator".into(),
        }
    }

    /// Returns the stable code. Errors of the core have the code of the core's table.
    fn code(&self) -> &'static str {
        match self {
            Self::Offer { code, .. } => CoreError::Offer(*code).code(),
            Self::Rejected { .. } => CoreError::Rejected(countersign_core::Rejected).code(),
            Self::Transport { code, .. } => code.code(),
            Self::Server { status, .. } => CoreError::Server { status: *status, code: String::new() }.code(),
            Self::KeyStore { code, .. } => KeyStoreError::from(*code).code(),
            Self::State { code, .. } => StateError::from(*code).code(),
            Self::Clock { .. } => ClockError(String::new()).code(),
            Self::UnknownEnrolment { .. } => CoreError::UnknownEnrolment.code(),
            Self::UnknownRequest { .. } => CoreError::UnknownRequest.code(),
            Self::NotActive { state, .. } => CoreError::NotActive(*state).code(),
            Self::NotPending { .. } => CoreError::NotPending.code(),
            Self::Expired { .. } => CoreError::Expired.code(),
            Self::NotApprovable { code, .. } => code.code(),
            Self::NotRendered { code, .. } => code.code(),
            Self::Binding { code, .. } => code.code(),
            Self::Session { code, .. } => code.code(),
            Self::NoDecision { code, .. } => code.code(),
            Self::Cancelled { .. } => "cancelled",
            Self::Used { code, .. } => code.code(),
            Self::NotAccepted { outcome, .. } => CoreError::NotAccepted(*outcome).code(),
            Self::RotationConflict { .. } => CoreError::RotationConflict.code(),
            Self::DecisionConflict { .. } => CoreError::DecisionConflict.code(),
            Self::TooLong { .. } => CoreError::TooLong.code(),
            Self::Internal { code, .. } => code.code(),
        }
    }
}

impl From<CoreError> for AuthenticatorError {
    fn from(error: CoreError) -> Self {
        let reason = error.to_string();
        match error {
            CoreError::Offer(code) => Self::Offer { code, reason },
            CoreError::Rejected(_) => Self::Rejected { reason },
            CoreError::Transport(code) => Self::Transport { code, reason },
            CoreError::Server { status, code } => Self::Server { code, reason, status },
            CoreError::KeyStore(error) => Self::KeyStore { code: error.into(), reason },
            CoreError::State(error) => Self::State { code: error.into(), reason },
            CoreError::Clock(_) => Self::Clock { reason },
            CoreError::UnknownEnrolment => Self::UnknownEnrolment { reason },
            CoreError::UnknownRequest => Self::UnknownRequest { reason },
            CoreError::NotActive(state) => Self::NotActive { state, reason },
            CoreError::NotPending => Self::NotPending { reason },
            CoreError::Expired => Self::Expired { reason },
            CoreError::NotApprovable(code) => Self::NotApprovable { code, reason },
            CoreError::NotRendered(error) => match error.reason() {
                Ok(code) => Self::NotRendered { code, reason },
                Err(code) => Self::NotApprovable { code, reason },
            },
            CoreError::Binding(error) => Self::Binding { code: error.reason(), reason },
            CoreError::Session(error) => Self::Session { code: error.reason(), reason },
            CoreError::Broken => Self::Internal { code: InternalReason::Cryptography, reason },
            CoreError::NoDecision(code) => Self::NoDecision { code, reason },
            CoreError::NotAccepted(outcome) => Self::NotAccepted { outcome, reason },
            CoreError::RotationConflict => Self::RotationConflict { reason },
            CoreError::DecisionConflict => Self::DecisionConflict { reason },
            CoreError::TooLong => Self::TooLong { reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::Rejected;
    use countersign_core::message::offer::OfferError;
    use countersign_core::review::{BindingError, NotApprovable, NotRendered, SessionError};

    use super::*;

    /// One error of each kind that has no list of its own.
    fn errors() -> Vec<CoreError> {
        let mut errors = vec![
            CoreError::Rejected(Rejected),
            CoreError::Server { status: 429, code: "too_many".into() },
            CoreError::Clock(ClockError("stopped".into())),
            CoreError::UnknownEnrolment,
            CoreError::UnknownRequest,
            CoreError::NotPending,
            CoreError::Expired,
            CoreError::NotRendered(NotRendered::Unknown("sum".into())),
            CoreError::NotRendered(NotRendered::Obscured),
            CoreError::NotRendered(NotRendered::Shared),
            CoreError::NotRendered(NotRendered::CallActive),
            CoreError::NotRendered(NotRendered::TooShort { shown_ms: 1, min_shown_ms: 2 }),
            CoreError::NotRendered(NotRendered::Missing("amount".parse().unwrap())),
            CoreError::NotRendered(NotRendered::NotApprovable(NotApprovable::UnsafeText)),
            CoreError::Binding(BindingError::Length { expected: 6 }),
            CoreError::Session(SessionError::Geometry("amount".into())),
            CoreError::Broken,
            CoreError::RotationConflict,
            CoreError::DecisionConflict,
            CoreError::TooLong,
        ];
        let keys = [
            KeyStoreError::Missing,
            KeyStoreError::Invalidated,
            KeyStoreError::Cancelled,
            KeyStoreError::NotVerified,
            KeyStoreError::Locked,
            KeyStoreError::NoVerification,
            KeyStoreError::Unavailable("broken".into()),
        ];
        let states = [
            StateError::Store("full".into()),
            StateError::Damaged,
            StateError::Later(9),
            StateError::Foreign,
            StateError::ChangedElsewhere,
            StateError::Uncertain("sync failed".into()),
        ];
        errors.extend(keys.map(CoreError::KeyStore));
        errors.extend(states.map(CoreError::State));
        errors.extend(OfferError::ALL.map(CoreError::Offer));
        errors.push(CoreError::NotApprovable(NotApprovable::UnsafeText));
        errors.extend(EnrolmentState::ALL.map(CoreError::NotActive));
        errors.extend(ReceiptOutcome::ALL.map(CoreError::NotAccepted));
        errors
    }

    #[test]
    fn code_and_text_of_a_core_error_cross_unchanged() {
        for error in errors() {
            let crossed = AuthenticatorError::from(error.clone());
            assert_eq!(error_code(crossed.clone()), error.code(), "{error:?}");
            assert_eq!(crossed.to_string(), error.to_string());
        }
    }

    #[test]
    fn errors_of_the_bindings_have_stable_codes() {
        for (error, code) in [
            (AuthenticatorError::cancelled(), "cancelled"),
            (AuthenticatorError::used(), "used"),
            (AuthenticatorError::Used { code: UsedReason::Closed, reason: String::new() }, "closed"),
            (AuthenticatorError::panicked(), "panic"),
            (AuthenticatorError::argument("wrong"), "argument"),
        ] {
            assert_eq!(error_code(error), code);
        }
    }
}
