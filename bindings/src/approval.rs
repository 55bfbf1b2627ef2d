//! The approval session: a shell reports events and draws the state. All rules are in the core.

use std::sync::Arc;

use countersign_core as core;
use countersign_core::review;
pub use countersign_core::review::{FieldHeight, SessionEvent};
use zeroize::Zeroizing;

use crate::{
    AuthenticatorError, BindingControl, BindingReason, Cancellation, DenyReason, Field, Language, NotApprovableReason,
    Outcome, PendingRequest, guard,
};

/// The approval session of one request in one language.
///
/// Report every change of the screen with `handle`, draw the returned `ApprovalState`, and call
/// `approve` or `deny`. An `Outcome` ends the session. After an error it can be used again.
#[derive(uniffi::Object)]
pub struct ApprovalSession {
    core: core::ApprovalSession,
    fields: Vec<Field>,
}

/// A change of the screen. The events of one call of `handle` describe one moment.
///
/// Heights and edges are in any unit, always the same one (points, pixels).
#[uniffi::remote(Enum)]
pub enum SessionEvent {
    /// The fields were laid out. Fields that are not named stay as they are.
    Layout {
        /// The heights. A field whose height changed is unread again.
        fields: Vec<FieldHeight>,
    },
    /// The visible part of a field changed.
    ///
    /// Report a part only if the field is visible in its full width and its text is complete.
    /// Otherwise, and when the field leaves the screen, report an empty part (`top` equals
    /// `bottom`).
    Visible {
        /// The id of the field.
        field: String,
        /// The height of the field.
        height: f64,
        /// The upper edge of the part, from the upper edge of the field.
        top: f64,
        /// The lower edge of the part, from the upper edge of the field.
        bottom: f64,
    },
    /// The screen came to the foreground or left it. It starts in the background.
    Foreground {
        /// True in the foreground.
        on: bool,
    },
    /// Another window started or stopped covering the screen. A change restarts the reading.
    Covered {
        /// True while the screen is covered.
        on: bool,
    },
    /// Recording, mirroring or remote control started or ended. A change restarts the reading.
    Shared {
        /// True while the screen is shared.
        on: bool,
    },
    /// A telephone call started or ended.
    Call {
        /// True during a call.
        on: bool,
    },
}

/// The height of a field after layout.
#[uniffi::remote(Record)]
pub struct FieldHeight {
    /// The id of the field.
    pub field: String,
    /// The height of the field.
    pub height: f64,
}

/// The progress of an approval session, for the screen to draw.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ApprovalState {
    /// The ids of the fields that were not read completely, in the order of the display.
    pub missing: Vec<String>,
    /// Milliseconds until the minimum display time is reached.
    pub remaining_ms: u64,
    /// The first obstacle in the order of the variants, or none.
    pub obstacle: Option<ApprovalObstacle>,
    /// True if the user may approve now: enable the approve button.
    pub approval_allowed: bool,
    /// True if the screen must warn of a call. The decision then reports it to the issuer.
    pub call_warning: bool,
    /// How long the request was displayed, in milliseconds.
    pub shown_ms: u64,
}

/// The core's [`review::Obstacle`].
pub type ApprovalObstacle = review::Obstacle;

/// A condition that prevents an approval now. Denying is possible with every obstacle.
#[uniffi::remote(Enum)]
pub enum ApprovalObstacle {
    /// The request cannot be approved. Draw no approve button.
    NotApprovable {
        /// The reason.
        code: NotApprovableReason,
    },
    /// The request needs a scanned code and the app cannot scan. Draw no approve button.
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

/// Returns the stable code of an obstacle, in snake case.
#[uniffi::export]
#[must_use]
pub fn obstacle_code(obstacle: ApprovalObstacle) -> String {
    obstacle.code().to_owned()
}

#[uniffi::export]
impl PendingRequest {
    /// Starts an approval session in this language.
    ///
    /// `can_scan` says whether the app can scan a code. An app that cannot can only deny a request
    /// that needs a scanned code.
    pub fn approval_session(
        &self,
        language: Language,
        can_scan: bool,
    ) -> Result<Arc<ApprovalSession>, AuthenticatorError> {
        guard::call(|| {
            let core = self.core()?.approval_session(language, can_scan)?;
            let fields = core.fields().iter().map(|field| Field::of(field, language)).collect();
            Ok::<_, core::AuthenticatorError>(Arc::new(ApprovalSession { core, fields }))
        })
    }
}

#[uniffi::export]
impl ApprovalSession {
    /// Returns the fields to draw, in order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        self.fields.clone()
    }

    /// Returns the control to draw beside the fields.
    #[must_use]
    pub fn binding(&self) -> BindingControl {
        self.core.binding().into()
    }

    /// Returns the minimum display time in milliseconds.
    #[must_use]
    pub fn min_shown_ms(&self) -> u64 {
        self.core.min_shown_ms()
    }

    /// Returns the state after the last call.
    pub fn state(&self) -> Result<ApprovalState, AuthenticatorError> {
        guard::call(|| Ok::<_, AuthenticatorError>(self.core.state().into()))
    }

    /// Applies the events of one moment and returns the state after them.
    ///
    /// `at_ms` is a monotonic clock in milliseconds: Android's `elapsedRealtime`, Apple's
    /// `mach_continuous_time`. Without events the call is a clock tick. If an event is invalid, no
    /// event is applied.
    pub fn handle(&self, at_ms: u64, events: Vec<SessionEvent>) -> Result<ApprovalState, AuthenticatorError> {
        guard::call(|| Ok::<_, core::AuthenticatorError>(self.core.handle(at_ms, &events)?.into()))
    }

    /// Sets the binding value as the user typed, chose or scanned it, or clears it.
    pub fn set_binding_value(&self, value: Option<String>) -> Result<ApprovalState, AuthenticatorError> {
        let value = value.map(Zeroizing::new);
        guard::call(|| Ok::<_, core::AuthenticatorError>(self.core.set_binding_value(value)?.into()))
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl ApprovalSession {
    /// Approves the request. Prompts the user.
    ///
    /// Call `handle` with the current time before. After the error `NotRendered` the user has to
    /// read the request again. After any other error the session keeps what was read.
    #[uniffi::method(default(cancellation = None))]
    pub async fn approve(&self, cancellation: Option<Arc<Cancellation>>) -> Result<Outcome, AuthenticatorError> {
        guard::run(cancellation, async { self.core.approve().await.map(Outcome::from) }).await
    }

    /// Denies the request. The decision states how long it was displayed. No prompt.
    #[uniffi::method(default(cancellation = None))]
    pub async fn deny(
        &self,
        reason: DenyReason,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        guard::run(cancellation, async { self.core.deny(reason).await.map(Outcome::from) }).await
    }
}

impl From<review::SessionState> for ApprovalState {
    fn from(state: review::SessionState) -> Self {
        let review::SessionState { missing, remaining_ms, obstacle, approval_allowed, call_warning, shown_ms } = state;
        Self {
            missing: missing.iter().map(ToString::to_string).collect(),
            remaining_ms,
            obstacle,
            approval_allowed,
            call_warning,
            shown_ms,
        }
    }
}
