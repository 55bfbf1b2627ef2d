//! A request on its way to an answer. Each step is an object that the next one uses up, so no approval can skip one.

use std::sync::{Arc, Mutex, PoisonError};

use countersign_core as core;
use countersign_core::message::claims::{Locale, Txn};

use crate::{
    AuthenticatorError, BindingControl, Cancellation, DenyReason, Field, Language, Outcome, RenderReport, guard,
};

/// A request that waits for the user.
#[derive(uniffi::Object)]
pub struct PendingRequest {
    authenticator: core::Authenticator,
    txn: Txn,
}

/// What is to be shown of a request. `rendered` uses it up.
#[derive(uniffi::Object)]
pub struct Review {
    core: Once<core::Review>,
    fields: Vec<Field>,
    binding: BindingControl,
    min_shown_ms: u64,
}

/// The right to approve once what was seen.
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
    /// Its name on this phone.
    #[must_use]
    pub fn txn(&self) -> String {
        self.txn.to_string()
    }

    /// The enrolment that is asked.
    pub fn enrolment_id(&self) -> Result<String, AuthenticatorError> {
        guard::call(|| {
            Ok::<_, core::AuthenticatorError>(self.authenticator.request(&self.txn)?.enrolment()?.to_string())
        })
    }

    /// Lays out what is to be shown, in this language. As often as needed: also after a prompt that the user closed.
    pub fn review(&self, language: Language) -> Result<Arc<Review>, AuthenticatorError> {
        guard::call(|| {
            let locale = Locale::from(language);
            let review = self.authenticator.request(&self.txn)?.review(locale)?;
            Ok::<_, core::AuthenticatorError>(Arc::new(Review {
                fields: review.fields().iter().map(|field| Field::of(field, locale)).collect(),
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
    /// Denies without looking. One step, no prompt.
    #[uniffi::method(default(cancellation = None))]
    pub async fn deny(
        &self,
        reason: DenyReason,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        let deny = async { self.authenticator.deny(&self.txn, reason.into()).await.map(Outcome::from) };
        guard::run(cancellation, deny).await
    }
}

#[uniffi::export]
impl Review {
    /// Everything to be drawn, in order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        self.fields.clone()
    }

    /// Which control to draw beside the fields.
    #[must_use]
    pub fn binding(&self) -> BindingControl {
        self.binding.clone()
    }

    /// For how long it must be on the screen before it can be approved, in milliseconds.
    #[must_use]
    pub fn min_shown_ms(&self) -> u64 {
        self.min_shown_ms
    }

    /// Nothing if an approval is possible once everything is drawn; else the error `NotApprovable`: draw no button for it.
    pub fn approvable(&self) -> Result<(), AuthenticatorError> {
        guard::call(|| self.core.with(|review| Ok(review.approvable()?)))
    }

    /// Takes the report of what was drawn. Gives a ticket only if all of it was, and uses up this review in any case.
    pub fn rendered(&self, report: RenderReport) -> Result<Arc<Ticket>, AuthenticatorError> {
        guard::call(|| {
            let ticket = self.core.take()?.rendered(&report.into())?;
            Ok::<_, AuthenticatorError>(Arc::new(Ticket { core: Once::new(ticket) }))
        })
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl Review {
    /// Denies, having looked for this long. One step, no prompt.
    #[uniffi::method(default(cancellation = None))]
    pub async fn deny(
        &self,
        reason: DenyReason,
        shown_ms: u64,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        let review = self.core.take()?;
        guard::run(cancellation, async { review.deny(reason.into(), shown_ms).await.map(Outcome::from) }).await
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl Ticket {
    /// Approves, with the value typed or chosen where the binding asks for one. Prompts the user. A value of another shape than
    /// asked for is the error `Binding` and leaves the ticket good; anything else uses it up.
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

    /// Denies after all. One step, no prompt.
    #[uniffi::method(default(cancellation = None))]
    pub async fn deny(
        &self,
        reason: DenyReason,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        let ticket = self.core.take()?;
        guard::run(cancellation, async { ticket.deny(reason.into()).await.map(Outcome::from) }).await
    }
}

/// What counts once: the core takes it by value, a foreign object cannot give it away.
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
