//! A pending request and its steps to a decision. Each step consumes the object of the step before.

use std::sync::{Arc, Mutex, PoisonError};

use countersign_core as core;
use countersign_core::message::claims::Txn;

use crate::{
    AuthenticatorError, BindingControl, Cancellation, DenyReason, Field, Language, Outcome, RenderReport, guard,
};

/// A request that waits for the user's decision.
#[derive(uniffi::Object)]
pub struct PendingRequest {
    authenticator: core::Authenticator,
    txn: Txn,
}

/// The display model of a request, for an app that builds its own render report.
///
/// `rendered` and `deny` consume it.
#[derive(uniffi::Object)]
pub struct Review {
    core: Once<core::Review>,
    fields: Vec<Field>,
    binding: BindingControl,
    min_shown_ms: u64,
}

/// Permits a single approval of the reviewed request.
#[derive(uniffi::Object)]
pub struct Ticket {
    core: Once<core::Ticket>,
}

impl PendingRequest {
    pub(crate) fn new(authenticator: &core::Authenticator, txn: Txn) -> Arc<Self> {
        Arc::new(Self { authenticator: authenticator.clone(), txn })
    }

    /// Returns the core's request, if the user may still decide it.
    pub(crate) fn core(&self) -> Result<core::PendingRequest, core::AuthenticatorError> {
        self.authenticator.request(&self.txn)
    }
}

#[uniffi::export]
impl PendingRequest {
    /// Returns the identifier of the request.
    #[must_use]
    pub fn txn(&self) -> String {
        self.txn.to_string()
    }

    /// Returns the id of the request's enrolment.
    pub fn enrolment_id(&self) -> Result<String, AuthenticatorError> {
        guard::call(|| Ok::<_, core::AuthenticatorError>(self.core()?.enrolment()?.to_string()))
    }

    /// Builds the display model in this language. It can be called again, for example after the user
    /// cancelled a prompt.
    pub fn review(&self, language: Language) -> Result<Arc<Review>, AuthenticatorError> {
        guard::call(|| {
            let review = self.core()?.review(language)?;
            Ok::<_, core::AuthenticatorError>(Arc::new(Review {
                fields: review.fields().iter().map(|field| Field::of(field, language)).collect(),
                binding: review.binding().into(),
                min_shown_ms: review.min_shown_ms(),
                core: Once::new(review),
            }))
        })
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl PendingRequest {
    /// Denies the request without a review. No prompt.
    #[uniffi::method(default(cancellation = None))]
    pub async fn deny(
        &self,
        reason: DenyReason,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        let deny = async { self.authenticator.deny(&self.txn, reason).await.map(Outcome::from) };
        guard::run(cancellation, deny).await
    }
}

#[uniffi::export]
impl Review {
    /// Returns the fields to draw, in order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        self.fields.clone()
    }

    /// Returns the control to draw beside the fields.
    #[must_use]
    pub fn binding(&self) -> BindingControl {
        self.binding.clone()
    }

    /// Returns the minimum display time in milliseconds.
    #[must_use]
    pub fn min_shown_ms(&self) -> u64 {
        self.min_shown_ms
    }

    /// Fails with `NotApprovable` if the request cannot be approved. Draw no approve button then.
    pub fn approvable(&self) -> Result<(), AuthenticatorError> {
        guard::call(|| self.core.with(|review| Ok(review.approvable()?)))
    }

    /// Checks the render report. Returns a ticket only if every field was completely visible.
    ///
    /// It consumes the review in any case.
    pub fn rendered(&self, report: RenderReport) -> Result<Arc<Ticket>, AuthenticatorError> {
        guard::call(|| {
            let ticket = self.core.take()?.rendered(&report)?;
            Ok::<_, AuthenticatorError>(Arc::new(Ticket { core: Once::new(ticket) }))
        })
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl Review {
    /// Denies the request after displaying it for this many milliseconds. No prompt.
    #[uniffi::method(default(cancellation = None))]
    pub async fn deny(
        &self,
        reason: DenyReason,
        shown_ms: u64,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        let review = self.core.take()?;
        guard::run(cancellation, async { review.deny(reason, shown_ms).await.map(Outcome::from) }).await
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl Ticket {
    /// Approves the request with the binding value, if the binding asks for one. Prompts the user.
    ///
    /// After the error `Binding` the ticket can be used again. Every other result consumes it.
    #[uniffi::method(default(cancellation = None))]
    pub async fn approve(
        &self,
        binding: Option<String>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        self.core.with(|ticket| Ok(ticket.check(binding.clone())?))?;
        let ticket = self.core.take()?;
        guard::run(cancellation, async { ticket.approve(binding).await.map(Outcome::from) }).await
    }

    /// Denies the request after the review. No prompt.
    #[uniffi::method(default(cancellation = None))]
    pub async fn deny(
        &self,
        reason: DenyReason,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        let ticket = self.core.take()?;
        guard::run(cancellation, async { ticket.deny(reason).await.map(Outcome::from) }).await
    }
}

/// A value for a single use. The core consumes it, which a foreign object cannot express.
struct Once<T>(Mutex<Option<T>>);

impl<T> Once<T> {
    fn new(value: T) -> Self {
        Self(Mutex::new(Some(value)))
    }

    fn take(&self) -> Result<T, AuthenticatorError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(AuthenticatorError::used)
    }

    fn with<R>(&self, look: impl FnOnce(&T) -> Result<R, AuthenticatorError>) -> Result<R, AuthenticatorError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look(kept.as_ref().ok_or_else(AuthenticatorError::used)?)
    }
}
