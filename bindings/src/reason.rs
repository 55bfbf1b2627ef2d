//! The reasons of errors and obstacles as enums.
//!
//! The enums are those of the core. A missing or additional variant here is a compile error.

pub use countersign_core::review::{BindingReason, NotRenderedReason, SessionReason};

/// The core's [`countersign_core::review::NotApprovable`].
pub type NotApprovableReason = countersign_core::review::NotApprovable;

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
    /// The request has more parts than one screen can display.
    TooMany,
    /// The request has a weaker binding than the enrolment's policy requires.
    BindingBelowFloor,
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
