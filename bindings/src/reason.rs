//! The reasons of errors and obstacles as enums.
//!
//! `uniffi::remote` exports enums of the core. A variant that is missing here is a compile error.

use countersign_core::error::{NoDecision, StateError};
use countersign_core::message::offer::OfferError;
use countersign_core::platform::{KeyStoreError, TransportError};
use countersign_core::review::NotApprovable;

pub use countersign_core::review::{BindingReason, NotRenderedReason, SessionReason};

/// The core's [`NotApprovable`].
pub type NotApprovableReason = NotApprovable;

/// The core's [`OfferError`].
pub type OfferReason = OfferError;

/// The core's [`TransportError`].
pub type TransportReason = TransportError;

/// The core's [`NoDecision`].
pub type NoDecisionReason = NoDecision;

/// The reason why a request cannot be approved, however it is displayed.
#[uniffi::remote(Enum)]
pub enum NotApprovableReason {
    /// The request names a critical extension that this version does not know.
    UnknownExtension,
    /// The request does not ask for user verification.
    NoVerification,
    /// An authorization detail has a type that this version cannot display.
    UnknownDetail,
    /// An authorization detail has an unknown, missing, duplicate or wrong member.
    MalformedDetail,
    /// A text of the request could deceive the user.
    UnsafeText,
    /// The binding of the request cannot be displayed.
    MalformedBinding,
    /// The request has more parts than one screen can display, or more payments than a decision can
    /// repeat.
    TooMany,
    /// The request has a weaker binding than the enrolment's policy requires.
    BindingBelowFloor,
    /// The issuer does not allow the binding mode of the request. It may have changed this:
    /// refresh.
    BindingNotAllowed,
    /// The issuer requires a later version of the app. Ask the user to update the app.
    AppOutdated,
}

/// The reason why a binding value was rejected by its shape.
#[uniffi::remote(Enum)]
pub enum BindingReason {
    /// The request asks for a value and there is none.
    Missing,
    /// The request asks for no value.
    Unexpected,
    /// The value has the wrong length.
    Length,
    /// The value has a character that is not allowed.
    Charset,
    /// The value is not one of the choices.
    NotAnOption,
    /// The scanned code belongs to something else.
    NotTheCode,
    /// The request needs a scanned code and the app cannot scan.
    NoScanner,
}

/// The reason why a render report was rejected.
#[uniffi::remote(Enum)]
pub enum NotRenderedReason {
    /// A field was not completely visible.
    FieldMissing,
    /// The report names a field that the display does not have.
    FieldUnknown,
    /// Another window covered the screen.
    Obscured,
    /// The screen was recorded, mirrored or controlled remotely.
    Shared,
    /// There was a telephone call, and the policy blocks approvals during calls.
    CallActive,
    /// The display time was shorter than the policy requires.
    TooShort,
}

/// The reason why an approval session did not accept a call.
#[uniffi::remote(Enum)]
pub enum SessionReason {
    /// An event names a field that the display does not have.
    FieldUnknown,
    /// A height or an edge is not a finite number, or a height is negative.
    Geometry,
    /// A decision is in progress.
    Busy,
    /// The session has ended with a decision.
    Ended,
}

/// The reason why a link is not an offer.
#[uniffi::remote(Enum)]
pub enum OfferReason {
    /// The link is longer than an offer can be.
    TooLong,
    /// The text is not an `https` link (or `http` on a loopback address).
    NotALink,
    /// A member is missing, for example because the link was cut when it was copied.
    Incomplete,
    /// A member is unknown or occurs twice.
    Unknown,
    /// The offer has a later version.
    Version,
    /// A member is malformed.
    Malformed,
    /// The issuer is not one that the app enrols with.
    Issuer,
    /// The issuer is on a loopback address, and the configuration does not allow that.
    Loopback,
}

/// Why a request got no response from the server.
#[uniffi::remote(Enum)]
pub enum TransportReason {
    /// There is no connection to the server.
    Unreachable,
    /// The server did not respond in time.
    Timeout,
    /// The TLS handshake failed: an untrusted certificate, a wrong clock or an interception.
    Tls,
    /// The response is longer than the request allows.
    TooLong,
}

/// The reason why there is no decision to show to the other screen.
#[uniffi::remote(Enum)]
pub enum NoDecisionReason {
    /// The user has not decided.
    Undecided,
    /// The decision has a receipt, or the request ended without a decision.
    Settled,
    /// A scanned code cannot hold the decision. It is sent over the network.
    TooLong,
}

/// The reason why the key store or its prompt failed.
// Not `uniffi::remote`: the core's enum has a variant with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum KeyStoreReason {
    /// The key does not exist.
    Missing,
    /// The platform invalidated the key, for example because a fingerprint was added.
    Invalidated,
    /// The user cancelled the prompt.
    Cancelled,
    /// The prompt could not verify the user.
    NotVerified,
    /// The phone has not been unlocked since it started.
    Locked,
    /// The user-verification key verifies nobody.
    NoVerification,
    /// The key store failed for another reason.
    Unavailable,
}

/// The reason why the state cannot be read or written.
// Not `uniffi::remote`: the core's enum has variants with values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum StateReason {
    /// The state store failed.
    Store,
    /// The bytes are not a state of Countersign, are incomplete, or were changed.
    Damaged,
    /// A later version wrote the state.
    Later,
    /// The state was changed, or sealed with another key.
    Foreign,
    /// Another authenticator wrote the state. This one changes and sends nothing any more. Close
    /// it, and create one per process.
    ChangedElsewhere,
    /// A write failed and its effect is not known. Close the authenticator and open it again.
    Uncertain,
}

/// The reason why an object cannot be used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum UsedReason {
    /// It permits a single use and was used.
    Used,
    /// It was closed.
    Closed,
}

/// The reason for a failure of the system or the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum InternalReason {
    /// The random number generator or the encoder of this system failed.
    Cryptography,
    /// The library has a bug. Refresh to read what the call had done before.
    Panic,
    /// An argument is malformed.
    Argument,
    /// The build without an HTTP client got no transport.
    TransportMissing,
}

impl UsedReason {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Closed => "closed",
        }
    }
}

impl InternalReason {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Cryptography => countersign_core::AuthenticatorError::Broken.code(),
            Self::Panic => "panic",
            Self::Argument => "argument",
            Self::TransportMissing => "transport_missing",
        }
    }
}

impl From<KeyStoreError> for KeyStoreReason {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Missing => Self::Missing,
            KeyStoreError::Invalidated => Self::Invalidated,
            KeyStoreError::Cancelled => Self::Cancelled,
            KeyStoreError::NotVerified => Self::NotVerified,
            KeyStoreError::Locked => Self::Locked,
            KeyStoreError::NoVerification => Self::NoVerification,
            KeyStoreError::Unavailable(_) => Self::Unavailable,
        }
    }
}

impl From<KeyStoreReason> for KeyStoreError {
    fn from(reason: KeyStoreReason) -> Self {
        match reason {
            KeyStoreReason::Missing => Self::Missing,
            KeyStoreReason::Invalidated => Self::Invalidated,
            KeyStoreReason::Cancelled => Self::Cancelled,
            KeyStoreReason::NotVerified => Self::NotVerified,
            KeyStoreReason::Locked => Self::Locked,
            KeyStoreReason::NoVerification => Self::NoVerification,
            KeyStoreReason::Unavailable => Self::Unavailable(String::new()),
        }
    }
}

impl From<StateError> for StateReason {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Store(_) => Self::Store,
            StateError::Damaged => Self::Damaged,
            StateError::Later(_) => Self::Later,
            StateError::Foreign => Self::Foreign,
            StateError::ChangedElsewhere => Self::ChangedElsewhere,
            StateError::Uncertain(_) => Self::Uncertain,
        }
    }
}

impl From<StateReason> for StateError {
    fn from(reason: StateReason) -> Self {
        match reason {
            StateReason::Store => Self::Store(String::new()),
            StateReason::Damaged => Self::Damaged,
            StateReason::Later => Self::Later(0),
            StateReason::Foreign => Self::Foreign,
            StateReason::ChangedElsewhere => Self::ChangedElsewhere,
            StateReason::Uncertain => Self::Uncertain(String::new()),
        }
    }
}
