//! The approval session: from the events of a screen to the ticket of one approval.
//!
//! The shell reports events and draws the [`SessionState`]. The session decides what was read, for
//! how long, and what still prevents an approval. It does no I/O and reads no clock.
//!
//! # What counts
//! The visible parts of the fields and the time on screen count only while the screen is in the
//! foreground, is not covered, is not shared and, under [`CallPolicy::Block`], while there is no
//! call.
//!
//! | event | effect |
//! |---|---|
//! | the screen leaves the foreground | the time stops; read parts and time are kept |
//! | covering or sharing starts or ends | the reading restarts |
//! | a call under [`CallPolicy::Allow`] | reported until the session ends, and the screen warns |
//! | a call under [`CallPolicy::Block`] | prevents the approval; its end restarts the reading |
//! | the height of a field changes | this field is unread again |
//!
//! A restart forgets all read parts and the time. The parts that are visible at that moment count
//! again as soon as visibility counts, because a shell does not report an unchanged layout twice.

mod event;
mod reading;
mod shown;
mod state;

pub use event::{FieldHeight, SessionError, SessionEvent, SessionReason};
pub use state::{Obstacle, SessionState};

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use self::{reading::FieldReading, shown::ShownTime};
use super::{
    binding::{BindingError, BindingValue},
    display::{Display, NotApprovable},
    model::DisplayModel,
    report::{DisplayPolicy, NotRendered, RenderReport, Review, Ticket},
};
use crate::{
    message::{
        claims::{Locale, Txn},
        enrolment::CallPolicy,
        request::Binding,
    },
    review::FieldId,
};

/// The approval session of one request in one language.
///
/// ```text
/// Review ──Session::new──▶ Session ──handle(at_ms, events)──▶ SessionState
///                             └─────ticket()──▶ (Ticket, BindingValue) ──▶ approve
/// ```
pub struct Session {
    review: Review,
    policy: DisplayPolicy,
    can_scan: bool,
    fields: Vec<FieldReading>,
    shown: ShownTime,
    foreground: bool,
    covered: bool,
    shared: bool,
    call: bool,
    /// The report tells the issuer of a call.
    report_call: bool,
    value: Option<Zeroizing<String>>,
    phase: Phase,
}

/// The progress of a session towards its decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The user reads. A decision may begin.
    Reading,
    /// A decision is being signed or sent.
    Deciding,
    /// A decision was made.
    Ended,
}

/// The reason why a session issued no ticket. The session can still be used, unless it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TicketError {
    /// The request cannot be approved, however it is displayed. It can be denied.
    #[error(transparent)]
    NotApprovable(NotApprovable),
    /// The request was not read completely. The reading restarts.
    #[error(transparent)]
    NotRendered(NotRendered),
    /// The binding value is missing or has the wrong shape. What was read is kept.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// The session is busy or has ended.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl Session {
    /// Starts a session for a review under the policy of its enrolment.
    ///
    /// At the start the screen is in the background, uncovered and not shared, and there is no
    /// call: the shell reports everything that differs. `can_scan` says whether the app can scan a
    /// code.
    #[must_use]
    pub fn new(review: Review, policy: DisplayPolicy, can_scan: bool) -> Self {
        let fields = review.display().fields.iter().map(|field| FieldReading::new(field.id)).collect();
        Self {
            review,
            policy,
            can_scan,
            fields,
            shown: ShownTime::default(),
            foreground: false,
            covered: false,
            shared: false,
            call: false,
            report_call: false,
            value: None,
            phase: Phase::Reading,
        }
    }

    /// Sets the policy of the enrolment, which may have changed since the start of the session.
    ///
    /// If calls block approvals now and there was a call, the reading restarts.
    pub fn set_policy(&mut self, policy: DisplayPolicy) {
        if policy.calls == CallPolicy::Block && self.policy.calls == CallPolicy::Allow && self.report_call {
            self.restart();
            self.report_call = self.call;
        }
        self.policy = policy;
    }

    /// Applies the events of one moment and returns the state after them.
    ///
    /// `at_ms` is the monotonic clock of the shell in milliseconds. A reading that is lower than an
    /// earlier one adds no time. Without events the call is a clock tick.
    ///
    /// # Errors
    /// [`SessionError`]: an event is invalid, or the session has ended. No event was applied.
    pub fn handle(&mut self, at_ms: u64, events: &[SessionEvent]) -> Result<SessionState, SessionError> {
        self.ensure_open()?;
        for event in events {
            event.check(&self.fields)?;
        }
        self.shown.advance(at_ms, self.counts());
        for event in events {
            self.apply(event);
        }
        self.read_visible_parts();
        Ok(self.state())
    }

    /// Sets or clears the binding value as the user typed, chose or scanned it.
    ///
    /// # Errors
    /// [`SessionError::Ended`]
    pub fn set_binding_value(&mut self, value: Option<Zeroizing<String>>) -> Result<SessionState, SessionError> {
        self.ensure_open()?;
        self.value = value;
        Ok(self.state())
    }

    /// Returns the state after the last call.
    #[must_use]
    pub fn state(&self) -> SessionState {
        let obstacle = self.obstacle();
        SessionState {
            missing: self.missing().collect(),
            remaining_ms: self.remaining_ms(),
            approval_allowed: obstacle.is_none() && self.phase == Phase::Reading,
            obstacle,
            call_warning: self.report_call,
            shown_ms: self.shown.total_ms(),
        }
    }

    /// Issues the ticket for one approval, with the checked binding value.
    ///
    /// The ticket comes from [`Review::rendered`]. The session is busy until
    /// [`decision_failed`](Self::decision_failed) or [`end`](Self::end) is called.
    ///
    /// # Errors
    /// [`TicketError`]. After [`TicketError::NotRendered`] the reading restarts.
    pub fn ticket(&mut self) -> Result<(Ticket, BindingValue), TicketError> {
        self.ensure_idle()?;
        if self.scanner_missing() {
            return Err(BindingError::NoScanner.into());
        }
        let ticket = match self.review.again().rendered(&self.report(), &self.policy) {
            Ok(ticket) => ticket,
            Err(NotRendered::NotApprovable(reason)) => return Err(TicketError::NotApprovable(reason)),
            Err(error) => {
                self.restart();
                self.read_visible_parts();
                return Err(TicketError::NotRendered(error));
            }
        };
        let value = self.binding_value()?;
        self.phase = Phase::Deciding;
        Ok((ticket, value))
    }

    /// Marks the session as busy with a denial. A denial needs no reading.
    ///
    /// # Errors
    /// [`SessionError`]: the session is busy or has ended.
    pub fn begin_denial(&mut self) -> Result<(), SessionError> {
        self.ensure_idle()?;
        self.phase = Phase::Deciding;
        Ok(())
    }

    /// Makes the session usable again after a decision that was not made. What was read is kept.
    pub fn decision_failed(&mut self) {
        if self.phase == Phase::Deciding {
            self.phase = Phase::Reading;
        }
    }

    /// Ends the session after a decision and wipes the binding value.
    pub fn end(&mut self) {
        self.phase = Phase::Ended;
        self.value = None;
    }

    /// Returns the display model to draw.
    #[must_use]
    pub fn display(&self) -> &Display {
        self.review.display()
    }

    /// Returns what a decision signs about the rules that built the display.
    #[must_use]
    pub fn display_model(&self) -> Option<DisplayModel> {
        self.review.display_model()
    }

    /// Returns the request's identifier.
    #[must_use]
    pub fn txn(&self) -> &Txn {
        self.review.txn()
    }

    /// Returns the language of the display.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.review.locale()
    }

    /// Returns the binding, which says which control to draw.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        self.review.binding()
    }

    /// Returns the minimum display time in milliseconds.
    #[must_use]
    pub const fn min_shown_ms(&self) -> u64 {
        self.policy.min_shown_ms
    }

    /// Returns how long the request was displayed, in milliseconds.
    #[must_use]
    pub const fn shown_ms(&self) -> u64 {
        self.shown.total_ms()
    }

    fn apply(&mut self, event: &SessionEvent) {
        match event {
            SessionEvent::Layout { fields } => {
                for FieldHeight { field, height } in fields {
                    self.with_field(field, |reading| reading.set_height(*height));
                }
            }
            SessionEvent::Visible { field, height, top, bottom } => {
                self.with_field(field, |reading| reading.show(*height, *top, *bottom));
            }
            SessionEvent::Foreground { on } => self.foreground = *on,
            SessionEvent::Covered { on } => {
                if self.covered != *on {
                    self.restart();
                }
                self.covered = *on;
            }
            SessionEvent::Shared { on } => {
                if self.shared != *on {
                    self.restart();
                }
                self.shared = *on;
            }
            SessionEvent::Call { on } => self.set_call(*on),
        }
    }

    /// Under `Allow` a call stays in the report. Under `Block` only a call that goes on is in it.
    fn set_call(&mut self, on: bool) {
        match self.policy.calls {
            CallPolicy::Allow => self.report_call |= on,
            CallPolicy::Block => {
                if self.call && !on {
                    self.restart();
                }
                self.report_call = on;
            }
        }
        self.call = on;
    }

    fn with_field(&mut self, id: &str, change: impl FnOnce(&mut FieldReading)) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.has_id(id)) {
            change(field);
        }
    }

    /// Forgets what was read and for how long.
    fn restart(&mut self) {
        self.shown.clear();
        self.fields.iter_mut().for_each(FieldReading::forget);
    }

    fn read_visible_parts(&mut self) {
        if self.counts() {
            self.fields.iter_mut().for_each(FieldReading::read_visible_part);
        }
    }

    /// Returns true while visibility and time count.
    fn counts(&self) -> bool {
        self.foreground && !self.covered && !self.shared && !self.blocked_by_call()
    }

    fn blocked_by_call(&self) -> bool {
        self.call && self.policy.calls == CallPolicy::Block
    }

    fn scanner_missing(&self) -> bool {
        !self.can_scan && *self.review.binding() == Binding::Scan
    }

    fn missing(&self) -> impl Iterator<Item = FieldId> {
        self.fields.iter().filter(|field| !field.is_complete()).map(FieldReading::id)
    }

    fn remaining_ms(&self) -> u64 {
        self.policy.min_shown_ms.saturating_sub(self.shown.total_ms())
    }

    fn binding_value(&self) -> Result<BindingValue, BindingError> {
        BindingValue::check(self.review.binding(), self.value.as_ref().map(|value| value.as_str()))
    }

    /// Returns the first obstacle in the order of the variants of [`Obstacle`].
    fn obstacle(&self) -> Option<Obstacle> {
        if let Err(code) = self.review.approvable(&self.policy) {
            Some(Obstacle::NotApprovable { code })
        } else if self.scanner_missing() {
            Some(Obstacle::ScannerMissing)
        } else if self.covered {
            Some(Obstacle::Covered)
        } else if self.shared {
            Some(Obstacle::Shared)
        } else if self.blocked_by_call() {
            Some(Obstacle::CallActive)
        } else if !self.foreground {
            Some(Obstacle::Background)
        } else if self.missing().next().is_some() {
            Some(Obstacle::Unread)
        } else if self.remaining_ms() > 0 {
            Some(Obstacle::TooShort)
        } else {
            self.binding_value().err().map(|error| Obstacle::Value { code: error.reason() })
        }
    }

    /// A screen in the background is reported as covered: another app may be in front of it.
    fn report(&self) -> RenderReport {
        let drawn = self.fields.iter().filter(|field| field.is_complete()).map(|field| field.id().to_string());
        RenderReport {
            drawn: drawn.collect(),
            shown_ms: self.shown.total_ms(),
            obscured: self.covered || !self.foreground,
            shared: self.shared,
            call_active: self.report_call,
        }
    }

    fn ensure_open(&self) -> Result<(), SessionError> {
        if self.phase == Phase::Ended { Err(SessionError::Ended) } else { Ok(()) }
    }

    fn ensure_idle(&self) -> Result<(), SessionError> {
        match self.phase {
            Phase::Reading => Ok(()),
            Phase::Deciding => Err(SessionError::Busy),
            Phase::Ended => Err(SessionError::Ended),
        }
    }
}

impl fmt::Debug for Session {
    /// Prints the request and the state. The binding value is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("txn", self.txn())
            .field("state", &self.state())
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
