//! The state that a screen draws.

use crate::review::{BindingReason, FieldId, NotApprovable};

/// The progress of a session, for the screen to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionState {
    /// The fields that were not read completely, in the order of the display.
    pub missing: Vec<FieldId>,
    /// Milliseconds until the minimum display time is reached.
    pub remaining_ms: u64,
    /// The first obstacle in the order of its variants. `None` if there is none.
    pub obstacle: Option<Obstacle>,
    /// True if the user may approve now: there is no obstacle and no decision in progress.
    pub approval_allowed: bool,
    /// True if the screen must warn of a call. The report then tells the issuer of it.
    pub call_warning: bool,
    /// How long the request was displayed, in milliseconds.
    pub shown_ms: u64,
}

/// A condition that prevents an approval now. Denying is possible with every obstacle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The request cannot be approved. The screen draws no control to approve it.
    NotApprovable {
        /// The reason.
        code: NotApprovable,
    },
    /// The request needs a scanned code and the app cannot scan.
    ScannerMissing,
    /// Another window covers the screen.
    Covered,
    /// The screen is shared.
    Shared,
    /// There is a call, and the policy blocks approvals during calls.
    CallActive,
    /// The screen is not in the foreground.
    Background,
    /// A field was not read completely.
    Unread,
    /// The minimum display time is not reached.
    TooShort,
    /// The binding value is missing or has the wrong shape.
    Value {
        /// The reason.
        code: BindingReason,
    },
}

impl Obstacle {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotApprovable { code } => code.code(),
            Self::ScannerMissing => "scanner_missing",
            Self::Covered => "covered",
            Self::Shared => "shared",
            Self::CallActive => "call_active",
            Self::Background => "background",
            Self::Unread => "unread",
            Self::TooShort => "too_short",
            Self::Value { code } => code.code(),
        }
    }
}
