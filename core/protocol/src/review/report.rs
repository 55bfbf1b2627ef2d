//! From the render report to the ticket: the rule that permits an approval.

use serde::Deserialize;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    binding::{BindingError, BindingValue},
    display::{Display, NotApprovable, display},
    field::FieldId,
    model::{DisplayModel, Model},
};
use crate::{
    details::DetailTypes,
    jose::Digest,
    message::{
        binding_modes::BindingModes,
        claims::{Locale, Txn},
        decision::Payment,
        enrolment::CallPolicy,
        request::{Binding, BindingMode, Request},
    },
};

/// A verified request with its display model. [`Review::rendered`] consumes it.
#[derive(Debug)]
pub struct Review {
    display: Display,
    txn: Txn,
    request_hash: Digest,
    locale: Locale,
    model: Model,
    types: Option<Digest>,
    binding: Binding,
}

/// The shell's statement of what was visible, and for how long.
///
/// There are no default values: a shell that does not know one of the facts must not report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenderReport {
    /// The ids of the fields that were completely visible, at once or part by part.
    pub drawn: Vec<String>,
    /// How long the request was displayed, in milliseconds.
    pub shown_ms: u64,
    /// Another window covered the screen (Android `FLAG_WINDOW_IS_OBSCURED` and similar).
    pub obscured: bool,
    /// The screen was recorded, mirrored or controlled remotely.
    pub shared: bool,
    /// There was a telephone call while the request was displayed.
    pub call_active: bool,
}

/// The display rules of an enrolment: its policy, and the rules of the issuer's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisplayPolicy {
    /// The weakest binding mode that may be approved.
    pub binding_floor: BindingMode,
    /// The binding modes that the issuer uses.
    pub binding_modes: BindingModes,
    /// True if the issuer requires a later version of the app. Nothing can be approved then.
    pub app_outdated: bool,
    /// The minimum display time in milliseconds.
    pub min_shown_ms: u64,
    /// The effect of a telephone call.
    pub calls: CallPolicy,
}

impl Default for DisplayPolicy {
    /// Returns a policy that accepts every binding mode, app version and display time, and allows
    /// calls.
    fn default() -> Self {
        Self {
            binding_floor: BindingMode::None,
            binding_modes: BindingModes::all(),
            app_outdated: false,
            min_shown_ms: 0,
            calls: CallPolicy::Allow,
        }
    }
}

/// The reason why a render report was rejected. The request can be denied or reviewed again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotRendered {
    /// The request cannot be approved, however it is displayed.
    #[error(transparent)]
    NotApprovable(#[from] NotApprovable),
    /// A field was not completely visible.
    #[error("the field {0} was not completely visible: show every field of the display")]
    Missing(FieldId),
    /// The report names a field that the display does not have.
    #[error("the display has no field {0:?}: report the fields of this display only")]
    Unknown(String),
    /// Another window covered the screen.
    #[error("something covered the screen: ask the user to close it and show the request again")]
    Obscured,
    /// The screen was recorded, mirrored or controlled remotely.
    #[error("the screen was shared: ask the user to stop sharing and show the request again")]
    Shared,
    /// There was a telephone call, and the policy blocks approvals during calls.
    #[error("there was a call: ask the user to end it and show the request again")]
    CallActive,
    /// The display time was shorter than the policy requires.
    #[error("displayed for {shown_ms} ms of at least {min_shown_ms} ms: show the request for longer")]
    TooShort {
        /// The reported display time in milliseconds.
        shown_ms: u64,
        /// The minimum display time in milliseconds.
        min_shown_ms: u64,
    },
}

/// The kinds of [`NotRendered`] that a screen can cause, for apps that choose a text by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRenderedReason {
    /// [`NotRendered::Missing`]
    FieldMissing,
    /// [`NotRendered::Unknown`]
    FieldUnknown,
    /// [`NotRendered::Obscured`]
    Obscured,
    /// [`NotRendered::Shared`]
    Shared,
    /// [`NotRendered::CallActive`]
    CallActive,
    /// [`NotRendered::TooShort`]
    TooShort,
}

impl NotRendered {
    /// Returns the kind of the error.
    ///
    /// # Errors
    /// [`NotApprovable`]: the screen did not cause the error.
    pub const fn reason(&self) -> Result<NotRenderedReason, NotApprovable> {
        match self {
            Self::NotApprovable(reason) => Err(*reason),
            Self::Missing(_) => Ok(NotRenderedReason::FieldMissing),
            Self::Unknown(_) => Ok(NotRenderedReason::FieldUnknown),
            Self::Obscured => Ok(NotRenderedReason::Obscured),
            Self::Shared => Ok(NotRenderedReason::Shared),
            Self::CallActive => Ok(NotRenderedReason::CallActive),
            Self::TooShort { .. } => Ok(NotRenderedReason::TooShort),
        }
    }

    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.reason() {
            Ok(reason) => reason.code(),
            Err(reason) => reason.code(),
        }
    }
}

impl NotRenderedReason {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FieldMissing => "field_missing",
            Self::FieldUnknown => "field_unknown",
            Self::Obscured => "screen_obscured",
            Self::Shared => "screen_shared",
            Self::CallActive => "call_active",
            Self::TooShort => "shown_too_short",
        }
    }
}

impl Review {
    /// Builds the display model of a verified request, with the detail types that the bank
    /// declares.
    ///
    /// `request_hash` is the SHA-256 of the compact JWS of `request`.
    #[must_use]
    pub fn new(request: &Request, request_hash: Digest, locale: Locale, types: &DetailTypes, model: Model) -> Self {
        Self {
            display: display(request, locale, types, model),
            txn: request.txn.clone(),
            request_hash,
            locale,
            model,
            types: types.digest(),
            binding: request.binding.clone(),
        }
    }

    /// Returns the display model.
    #[must_use]
    pub fn model(&self) -> Model {
        self.model
    }

    /// Returns what a decision signs about the rules that built the display. The model of decisions
    /// that name none is not named, so that earlier servers read the decision.
    #[must_use]
    pub fn display_model(&self) -> Option<DisplayModel> {
        (self.model != Model::UNNAMED).then(|| DisplayModel { version: self.model.into(), types: self.types })
    }

    /// Returns the display model to draw.
    #[must_use]
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// Returns the request's identifier.
    #[must_use]
    pub fn txn(&self) -> &Txn {
        &self.txn
    }

    /// Returns the binding, which says which control to draw.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Returns the language of the display.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// Checks that the request can be approved under this policy. If not, draw no approve button.
    ///
    /// # Errors
    /// [`NotApprovable`]
    pub fn approvable(&self, policy: &DisplayPolicy) -> Result<(), NotApprovable> {
        if policy.app_outdated {
            return Err(NotApprovable::AppOutdated);
        }
        self.display.approvable?;
        let mode = self.binding.mode();
        if mode < policy.binding_floor {
            return Err(NotApprovable::BindingBelowFloor);
        }
        if policy.binding_modes.has(mode) { Ok(()) } else { Err(NotApprovable::BindingNotAllowed) }
    }

    /// Checks the render report. Returns a ticket only if every field was completely visible.
    ///
    /// A shared screen is treated like a covered one. Under [`CallPolicy::Block`] a call prevents
    /// the approval. Under [`CallPolicy::Allow`] the decision reports the call to the issuer.
    ///
    /// # Errors
    /// [`NotRendered`]: the first reason in the order of its variants.
    pub fn rendered(self, report: &RenderReport, policy: &DisplayPolicy) -> Result<Ticket, NotRendered> {
        self.approvable(policy)?;
        let ids: Vec<String> = self.display.fields.iter().map(|field| field.id.to_string()).collect();
        if let Some((field, _)) = self.display.fields.iter().zip(&ids).find(|(_, id)| !report.drawn.contains(id)) {
            return Err(NotRendered::Missing(field.id));
        }
        if let Some(unknown) = report.drawn.iter().find(|drawn| !ids.contains(drawn)) {
            return Err(NotRendered::Unknown(unknown.clone()));
        }
        if report.obscured {
            return Err(NotRendered::Obscured);
        }
        if report.shared {
            return Err(NotRendered::Shared);
        }
        let ticket = Ticket { review: self, shown_ms: report.shown_ms, call_active: report.call_active };
        ticket.check_policy(policy)?;
        Ok(ticket)
    }

    /// Copies the review for another report of the same approval session.
    pub(super) fn again(&self) -> Self {
        Self {
            display: self.display.clone(),
            txn: self.txn.clone(),
            request_hash: self.request_hash,
            locale: self.locale,
            model: self.model,
            types: self.types,
            binding: self.binding.clone(),
        }
    }
}

/// Permits a single approval of the reviewed request. It cannot be copied. Approving consumes it.
///
/// ```compile_fail,E0599
/// fn twice(ticket: countersign_protocol::review::Ticket) -> countersign_protocol::review::Ticket {
///     ticket.clone()
/// }
/// ```
#[derive(Debug)]
pub struct Ticket {
    review: Review,
    shown_ms: u64,
    call_active: bool,
}

impl Ticket {
    /// Checks the ticket against a policy, which may have changed since the review: the binding
    /// mode, telephone calls and the display time.
    ///
    /// # Errors
    /// [`NotRendered`]: the first reason in the order of its variants.
    pub fn check_policy(&self, policy: &DisplayPolicy) -> Result<(), NotRendered> {
        self.review.approvable(policy)?;
        if self.call_active && policy.calls == CallPolicy::Block {
            return Err(NotRendered::CallActive);
        }
        if self.shown_ms < policy.min_shown_ms {
            return Err(NotRendered::TooShort { shown_ms: self.shown_ms, min_shown_ms: policy.min_shown_ms });
        }
        Ok(())
    }

    /// Checks the shape of the binding value. The ticket can still be used if the check fails.
    ///
    /// # Errors
    /// [`BindingError`]
    pub fn binding_value(&self, given: Option<String>) -> Result<BindingValue, BindingError> {
        let given = given.map(Zeroizing::new);
        BindingValue::check(&self.review.binding, given.as_ref().map(|given| given.as_str()))
    }

    /// Returns the request's identifier.
    #[must_use]
    pub fn txn(&self) -> &Txn {
        &self.review.txn
    }

    /// Returns the SHA-256 of the request's compact JWS.
    #[must_use]
    pub fn request_hash(&self) -> Digest {
        self.review.request_hash
    }

    /// Returns the hash of the display model.
    #[must_use]
    pub fn display_hash(&self) -> Digest {
        self.review.display.hash
    }

    /// Returns the language of the display.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.review.locale
    }

    /// Returns the display model.
    #[must_use]
    pub fn model(&self) -> Model {
        self.review.model
    }

    /// Returns what the decision signs about the rules that built the display.
    #[must_use]
    pub fn display_model(&self) -> Option<DisplayModel> {
        self.review.display_model()
    }

    /// Returns how long the request was displayed, in milliseconds.
    #[must_use]
    pub fn shown_ms(&self) -> u64 {
        self.shown_ms
    }

    /// Returns true if the decision reports a telephone call.
    #[must_use]
    pub fn call_active(&self) -> bool {
        self.call_active
    }

    /// Returns the binding mode of the request.
    #[must_use]
    pub fn binding_mode(&self) -> BindingMode {
        self.review.binding.mode()
    }

    /// Returns the payments that the decision repeats (PSD2 RTS Art. 5). Empty for a login.
    #[must_use]
    pub fn payments(&self) -> &[Payment] {
        &self.review.display.payments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn render_errors_have_stable_codes() {
        let errors = [
            (NotRendered::NotApprovable(NotApprovable::TooMany), "too_many"),
            (NotRendered::Missing("amount".parse().unwrap()), "field_missing"),
            (NotRendered::Unknown("sum".into()), "field_unknown"),
            (NotRendered::Obscured, "screen_obscured"),
            (NotRendered::Shared, "screen_shared"),
            (NotRendered::CallActive, "call_active"),
            (NotRendered::TooShort { shown_ms: 1, min_shown_ms: 2 }, "shown_too_short"),
        ];
        for (error, code) in errors {
            assert_eq!(error.code(), code);
        }
    }
}
