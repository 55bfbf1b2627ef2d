//! A request on its way to an answer: `PendingRequest` → `Review` → `Ticket` → approved. Each step is a type that the next one
//! consumes, so no approval can skip one. Denying is open from every step.

use std::sync::Arc;

use super::decision::{Denial, Outcome};
use super::{Authenticator, Inner};
use crate::error::AuthenticatorError;
use countersign_protocol::message::claims::{EnrolmentId, Locale, Txn};
use countersign_protocol::message::decision::DenyReason;
use countersign_protocol::message::request::Binding;
use countersign_protocol::review::{self, Display, DisplayPolicy, Field, RenderReport};

/// A request that waits for the user.
pub struct PendingRequest {
    inner: Arc<Inner>,
    txn: Txn,
}

impl PendingRequest {
    pub(super) const fn new(inner: Arc<Inner>, txn: Txn) -> Self {
        Self { inner, txn }
    }

    /// Its name on this device.
    #[must_use]
    pub const fn txn(&self) -> &Txn {
        &self.txn
    }

    /// The enrolment that is asked.
    pub fn enrolment(&self) -> Result<EnrolmentId, AuthenticatorError> {
        Ok(self.inner.state().entry(&self.txn)?.0.id.clone())
    }

    /// Builds what is to be shown, from the verified bytes.
    pub fn review(&self, locale: Locale) -> Result<Review, AuthenticatorError> {
        let reading = self.inner.reading()?;
        let state = self.inner.state();
        let (enrolment, entry) = state.open_entry(&self.txn, &reading)?;
        let policy = DisplayPolicy {
            binding_floor: enrolment.policy.binding_floor,
            min_shown_ms: u64::from(enrolment.policy.min_shown_ms),
            calls: enrolment.policy.calls,
        };
        let core = review::Review::new(&entry.request, entry.request_hash, locale, &self.inner.config.types);
        drop(state);
        Ok(Review { inner: self.inner.clone(), core, policy, locale })
    }

    /// Denies without looking.
    pub async fn deny(self, reason: DenyReason) -> Result<Outcome, AuthenticatorError> {
        let denial = Denial { reason, seen: None, locale: Locale::En, shown_ms: 0 };
        self.inner.deny(&self.txn, denial).await
    }
}

/// What is to be shown of a request.
pub struct Review {
    inner: Arc<Inner>,
    core: review::Review,
    policy: DisplayPolicy,
    locale: Locale,
}

impl Review {
    /// Everything to be drawn, in order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.core.display().fields
    }

    /// The whole display model.
    #[must_use]
    pub fn display(&self) -> &Display {
        self.core.display()
    }

    /// How the user ties this request to the other screen: which control to draw.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        self.core.binding()
    }

    /// For how long it has to be on the screen before it can be approved, in milliseconds.
    #[must_use]
    pub const fn min_shown_ms(&self) -> u64 {
        self.policy.min_shown_ms
    }

    /// Whether approving is possible once everything is drawn; if not, why.
    pub fn approvable(&self) -> Result<(), AuthenticatorError> {
        self.core.approvable(&self.policy).map_err(AuthenticatorError::NotApprovable)
    }

    /// Takes the shell's word of what was drawn. Gives a ticket only if all of it was.
    pub fn rendered(self, report: &RenderReport) -> Result<Ticket, AuthenticatorError> {
        let Self { inner, core, policy, .. } = self;
        let core = core.rendered(report, &policy).map_err(AuthenticatorError::NotRendered)?;
        Ok(Ticket { inner, core })
    }

    /// Denies, having looked for this long.
    pub async fn deny(self, reason: DenyReason, shown_ms: u64) -> Result<Outcome, AuthenticatorError> {
        let display = self.core.display();
        let denial = Denial { reason, seen: Some(display.hash), locale: self.locale, shown_ms };
        self.inner.deny(self.core.txn(), denial).await
    }
}

/// The right to approve once what was seen.
pub struct Ticket {
    inner: Arc<Inner>,
    core: review::Ticket,
}

impl Ticket {
    /// Whether this value has the shape that the binding asks for. Checking leaves the ticket good.
    pub fn check(&self, binding: Option<String>) -> Result<(), AuthenticatorError> {
        self.core.binding_value(binding)?;
        Ok(())
    }

    /// Approves, with the value typed or chosen where the binding asks for one. Prompts the user. While another user-verification
    /// key is on its way to the issuer it ends in [`Unsettled`](AuthenticatorError::Unsettled), and the request still waits. So it
    /// does where the issuer's metadata has ended and cannot be renewed, and where the key that signed the request is not in it.
    pub async fn approve(self, binding: Option<String>) -> Result<Outcome, AuthenticatorError> {
        self.inner.approve(self.core, binding).await
    }

    /// Denies after all.
    pub async fn deny(self, reason: DenyReason) -> Result<Outcome, AuthenticatorError> {
        let denial = Denial {
            reason,
            seen: Some(self.core.display_hash()),
            locale: self.core.locale(),
            shown_ms: self.core.shown_ms(),
        };
        self.inner.deny(self.core.txn(), denial).await
    }
}

impl Authenticator {
    /// Denies a request by its name: from a notification's button, without a screen.
    pub async fn deny(&self, txn: &Txn, reason: DenyReason) -> Result<Outcome, AuthenticatorError> {
        self.request(txn)?.deny(reason).await
    }
}
