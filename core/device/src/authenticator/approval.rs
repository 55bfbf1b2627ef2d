//! The approval session of a pending request: the rules of [`review::Session`] with the signing and
//! sending of the decision.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::Inner;
use super::decision::{Denial, Outcome, Seen};
use super::request::{PendingRequest, Review};
use crate::error::AuthenticatorError;
use countersign_protocol::message::claims::{Locale, Txn};
use countersign_protocol::message::decision::DenyReason;
use countersign_protocol::message::request::Binding;
use countersign_protocol::review::{self, Field, SessionEvent, SessionState, TicketError};

/// The approval session of one pending request in one language.
///
/// The shell reports the events of its screen and draws the [`SessionState`]. After a decision that
/// was not made, the session can be used again. A policy of the enrolment that changes meanwhile
/// counts at once.
pub struct ApprovalSession {
    inner: Arc<Inner>,
    txn: Txn,
    fields: Vec<Field>,
    binding: Binding,
    session: Mutex<review::Session>,
}

impl PendingRequest {
    /// Starts an approval session in this language. `can_scan` says whether the app can scan a
    /// code.
    ///
    /// # Errors
    /// [`AuthenticatorError`]: the request has expired, has a decision, or is unknown.
    pub fn approval_session(&self, locale: Locale, can_scan: bool) -> Result<ApprovalSession, AuthenticatorError> {
        Ok(self.review(locale)?.session(can_scan))
    }
}

impl ApprovalSession {
    pub(super) fn new(inner: Arc<Inner>, session: review::Session) -> Self {
        let (fields, binding) = (session.display().fields.clone(), session.binding().clone());
        Self { inner, txn: session.txn().clone(), fields, binding, session: Mutex::new(session) }
    }

    /// Returns the fields to draw, in order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Returns the binding, which says which control to draw.
    #[must_use]
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Returns the minimum display time in milliseconds.
    #[must_use]
    pub fn min_shown_ms(&self) -> u64 {
        self.current().min_shown_ms()
    }

    /// Returns the state after the last call.
    #[must_use]
    pub fn state(&self) -> SessionState {
        self.current().state()
    }

    /// Applies the events of one moment and returns the state after them.
    ///
    /// `at_ms` is a monotonic clock in milliseconds. Without events the call is a clock tick.
    ///
    /// # Errors
    /// [`AuthenticatorError::Session`]: an event is invalid, or the session has ended. No event was
    /// applied.
    pub fn handle(&self, at_ms: u64, events: &[SessionEvent]) -> Result<SessionState, AuthenticatorError> {
        Ok(self.current().handle(at_ms, events)?)
    }

    /// Sets or clears the binding value as the user typed, chose or scanned it.
    ///
    /// # Errors
    /// [`AuthenticatorError::Session`]: the session has ended.
    pub fn set_binding_value(&self, value: Option<Zeroizing<String>>) -> Result<SessionState, AuthenticatorError> {
        Ok(self.current().set_binding_value(value)?)
    }

    /// Approves the request. Prompts the user.
    ///
    /// An [`Outcome`] ends the session. After an error the session can be used again.
    ///
    /// # Errors
    /// [`AuthenticatorError`]. Only after [`AuthenticatorError::NotRendered`] the user has to read
    /// the request again. [`AuthenticatorError::DecisionConflict`]: another request was decided
    /// meanwhile. If it is repeated, the server no longer announces the display model: begin a new
    /// session. [`AuthenticatorError::RotationConflict`]: a replacement of the user-verification
    /// key is in progress. [`AuthenticatorError::Rejected`]: the issuer's metadata is expired or no
    /// longer has the key that signed the request.
    pub async fn approve(&self) -> Result<Outcome, AuthenticatorError> {
        let (ticket, value) = self.current().ticket()?;
        let _deciding = Deciding(self);
        let outcome = self.inner.approve(ticket, value.to_wire()).await?;
        self.session().end();
        Ok(outcome)
    }

    /// Denies the request. The decision states how long it was displayed. No prompt.
    ///
    /// An [`Outcome`] ends the session. After an error the session can be used again.
    ///
    /// # Errors
    /// [`AuthenticatorError`]
    pub async fn deny(&self, reason: DenyReason) -> Result<Outcome, AuthenticatorError> {
        let denial = {
            let mut session = self.session();
            session.begin_denial()?;
            Denial {
                reason,
                seen: Some(Seen { hash: session.display().hash, model: session.display_model() }),
                locale: session.locale(),
                shown_ms: session.shown_ms(),
            }
        };
        let _deciding = Deciding(self);
        let outcome = self.inner.deny(&self.txn, denial).await?;
        self.session().end();
        Ok(outcome)
    }

    /// Locks the session under the policy that the enrolment has now.
    fn current(&self) -> MutexGuard<'_, review::Session> {
        let app = self.inner.shared.config.app_version;
        let policy = self.inner.state().entry(&self.txn).ok().map(|(enrolment, _)| enrolment.display_policy(app));
        let mut session = self.session();
        if let Some(policy) = policy {
            session.set_policy(policy);
        }
        session
    }

    fn session(&self) -> MutexGuard<'_, review::Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Review {
    /// Starts the approval session of this review. `can_scan` says whether the app can scan a code.
    #[must_use]
    pub fn session(self, can_scan: bool) -> ApprovalSession {
        let (inner, core, policy) = self.into_parts();
        ApprovalSession::new(inner, review::Session::new(core, policy, can_scan))
    }
}

/// Makes the session usable again when a decision fails or its future is dropped.
struct Deciding<'a>(&'a ApprovalSession);

impl Drop for Deciding<'_> {
    fn drop(&mut self) {
        self.0.session().decision_failed();
    }
}

impl From<TicketError> for AuthenticatorError {
    fn from(error: TicketError) -> Self {
        match error {
            TicketError::NotApprovable(reason) => Self::NotApprovable(reason),
            TicketError::NotRendered(reason) => Self::NotRendered(reason),
            TicketError::Binding(error) => Self::Binding(error),
            TicketError::Session(error) => Self::Session(error),
        }
    }
}
