//! A pending request and its steps to a decision: `PendingRequest` → `Review` → `Ticket` →
//! approval.
//!
//! Each step consumes the type of the step before, so that no approval can skip one. The user can
//! deny in every step. [`ApprovalSession`](super::ApprovalSession) does the steps for a screen.

use std::sync::Arc;

use super::decision::{Denial, Outcome, Seen};
use super::{Authenticator, Inner};
use crate::error::AuthenticatorError;
use countersign_protocol::message::claims::{EnrolmentId, Locale, Txn};
use countersign_protocol::message::decision::DenyReason;
use countersign_protocol::message::request::Binding;
use countersign_protocol::review::{self, Display, DisplayPolicy, Field, RenderReport};

/// A request that waits for the user's decision.
pub struct PendingRequest {
    inner: Arc<Inner>,
    txn: Txn,
}

impl PendingRequest {
    pub(super) const fn new(inner: Arc<Inner>, txn: Txn) -> Self {
        Self { inner, txn }
    }

    /// Returns the identifier of the request.
    #[must_use]
    pub const fn txn(&self) -> &Txn {
        &self.txn
    }

    /// Returns the identifier of the request's enrolment.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownRequest`]
    pub fn enrolment(&self) -> Result<EnrolmentId, AuthenticatorError> {
        Ok(self.inner.state().entry(&self.txn)?.0.id.clone())
    }

    /// Builds the display model from the verified request.
    ///
    /// # Errors
    /// [`AuthenticatorError`]: the request has expired, has a decision, or is unknown.
    pub fn review(&self, locale: Locale) -> Result<Review, AuthenticatorError> {
        let reading = self.inner.reading()?;
        let state = self.inner.state();
        let (enrolment, entry) = state.open_entry(&self.txn, &reading)?;
        let policy = enrolment.display_policy(self.inner.shared.config.app_version);
        let types = self.inner.shared.config.issuers.types_of(&enrolment.issuer);
        let core = review::Review::new(&entry.request, entry.request_hash, locale, types, enrolment.display_model());
        drop(state);
        Ok(Review { inner: self.inner.clone(), core, policy, locale })
    }

    /// Denies the request without a review. No prompt.
    ///
    /// # Errors
    /// [`AuthenticatorError`]
    pub async fn deny(self, reason: DenyReason) -> Result<Outcome, AuthenticatorError> {
        let denial = Denial { reason, seen: None, locale: Locale::En, shown_ms: 0 };
        self.inner.deny(&self.txn, denial).await
    }
}

/// The display model of a request, for an app that builds its own render report.
pub struct Review {
    inner: Arc<Inner>,
    core: review::Review,
    policy: DisplayPolicy,
    locale: Locale,
}

impl Review {
    /// Splits the review for an approval session.
    pub(super) fn into_parts(self) -> (Arc<Inner>, review::Review, DisplayPolicy) {
        (self.inner, self.core, self.policy)
    }

    /// Returns the fields to draw, in order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.core.display().fields
    }

    /// Returns the whole display model.
    #[must_use]
    pub fn display(&self) -> &Display {
        self.core.display()
    }

    /// Returns the binding, which says which control to draw.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        self.core.binding()
    }

    /// Returns the minimum display time in milliseconds.
    #[must_use]
    pub const fn min_shown_ms(&self) -> u64 {
        self.policy.min_shown_ms
    }

    /// Checks that the request can be approved after it was displayed.
    ///
    /// # Errors
    /// [`AuthenticatorError::NotApprovable`]
    pub fn approvable(&self) -> Result<(), AuthenticatorError> {
        self.core.approvable(&self.policy).map_err(AuthenticatorError::NotApprovable)
    }

    /// Checks the render report. Returns a ticket only if every field was completely visible.
    ///
    /// # Errors
    /// [`AuthenticatorError::NotRendered`]
    pub fn rendered(self, report: &RenderReport) -> Result<Ticket, AuthenticatorError> {
        let Self { inner, core, policy, .. } = self;
        let core = core.rendered(report, &policy).map_err(AuthenticatorError::NotRendered)?;
        Ok(Ticket { inner, core })
    }

    /// Denies the request after displaying it for this many milliseconds. No prompt.
    ///
    /// # Errors
    /// [`AuthenticatorError`]
    pub async fn deny(self, reason: DenyReason, shown_ms: u64) -> Result<Outcome, AuthenticatorError> {
        let seen = Seen { hash: self.core.display().hash, model: self.core.display_model() };
        let denial = Denial { reason, seen: Some(seen), locale: self.locale, shown_ms };
        self.inner.deny(self.core.txn(), denial).await
    }
}

/// Permits a single approval of the reviewed request.
pub struct Ticket {
    inner: Arc<Inner>,
    core: review::Ticket,
}

impl Ticket {
    /// Checks the shape of the binding value. The ticket can still be used afterwards.
    ///
    /// # Errors
    /// [`AuthenticatorError::Binding`]
    pub fn check(&self, binding: Option<String>) -> Result<(), AuthenticatorError> {
        self.core.binding_value(binding)?;
        Ok(())
    }

    /// Approves the request with the binding value, if the binding asks for one. Prompts the user.
    ///
    /// # Errors
    /// [`AuthenticatorError::NotApprovable`], [`AuthenticatorError::NotRendered`]: the policy has
    /// changed since the review, and the review does not fulfil it. Review again.
    /// [`AuthenticatorError::DecisionConflict`]: another request was decided meanwhile, or the
    /// server no longer announces the display model of the review. Review again.
    /// [`AuthenticatorError::RotationConflict`]: a replacement of the user-verification key is in
    /// progress. [`AuthenticatorError::Rejected`]: the issuer's metadata no longer has the key that
    /// signed the request. In these cases the request stays pending. Others: see
    /// [`AuthenticatorError`].
    pub async fn approve(self, binding: Option<String>) -> Result<Outcome, AuthenticatorError> {
        self.inner.approve(self.core, binding).await
    }

    /// Denies the request after the review. No prompt.
    ///
    /// # Errors
    /// [`AuthenticatorError`]
    pub async fn deny(self, reason: DenyReason) -> Result<Outcome, AuthenticatorError> {
        let denial = Denial {
            reason,
            seen: Some(Seen { hash: self.core.display_hash(), model: self.core.display_model() }),
            locale: self.core.locale(),
            shown_ms: self.core.shown_ms(),
        };
        self.inner.deny(self.core.txn(), denial).await
    }
}

impl Authenticator {
    /// Denies a request by its identifier, for example from a button of a notification.
    ///
    /// # Errors
    /// [`AuthenticatorError`]
    pub async fn deny(&self, txn: &Txn, reason: DenyReason) -> Result<Outcome, AuthenticatorError> {
        self.request(txn)?.deny(reason).await
    }
}
