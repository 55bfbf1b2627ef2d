//! From fields to a ticket: what the screen really showed, and what the policy asks of it.

use serde::Deserialize;
use thiserror::Error;

use super::{
    binding::{BindingError, BindingValue},
    display::{Display, NotApprovable, display},
    field::FieldId,
};
use crate::{
    details::DetailTypes,
    jose::Digest,
    message::{
        claims::{Locale, Txn},
        decision::Payment,
        enrolment::CallPolicy,
        request::{Binding, BindingMode, Request},
    },
};

/// A request laid out for the screen. [`Review::rendered`] consumes it.
#[derive(Debug)]
pub struct Review {
    display: Display,
    txn: Txn,
    request_hash: Digest,
    locale: Locale,
    binding: Binding,
}

/// What the shell says of the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenderReport {
    /// Ids of the fields that were drawn completely, scrolled into view if need be.
    pub drawn: Vec<String>,
    /// For how many milliseconds.
    pub shown_ms: u64,
    /// Something lay over the screen (Android `FLAG_WINDOW_IS_OBSCURED` and its like).
    pub obscured: bool,
    /// The screen was being recorded, mirrored or controlled from elsewhere.
    pub shared: bool,
    /// A telephone call was going on.
    pub call_active: bool,
}

/// What an enrolment asks of each approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisplayPolicy {
    /// The weakest binding that may be approved.
    pub binding_floor: BindingMode,
    /// The shortest time on screen, in milliseconds.
    pub min_shown_ms: u64,
    /// What a telephone call means.
    pub calls: CallPolicy,
}

impl Default for DisplayPolicy {
    /// Any binding, any time.
    fn default() -> Self {
        Self { binding_floor: BindingMode::None, min_shown_ms: 0, calls: CallPolicy::Allow }
    }
}

/// Why there is no ticket. The request can still be denied, or reviewed again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotRendered {
    /// No rendering would do.
    #[error(transparent)]
    NotApprovable(#[from] NotApprovable),
    /// A field was not drawn.
    #[error("the field {0} was not drawn: draw every field of the display")]
    Missing(FieldId),
    /// The report names a field that the display does not have.
    #[error("the display has no field {0:?}: report on this display, not on another")]
    Unknown(String),
    /// Something lay over the screen.
    #[error("something covered the screen: ask the user to close it and show the request again")]
    Obscured,
    /// Someone else may see or steer the screen.
    #[error("the screen was shared: ask the user to stop sharing and show the request again")]
    Shared,
    /// A telephone call was going on, and the policy asks for none.
    #[error("a call was going on: ask the user to end it and show the request again")]
    CallActive,
    /// On screen for too short a time to be read.
    #[error("shown for {shown_ms} ms, at least {min_shown_ms} are needed")]
    TooShort {
        /// As reported.
        shown_ms: u64,
        /// As the policy asks.
        min_shown_ms: u64,
    },
}

impl NotRendered {
    /// A stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotApprovable(reason) => reason.code(),
            Self::Missing(_) => "field_missing",
            Self::Unknown(_) => "field_unknown",
            Self::Obscured => "screen_obscured",
            Self::Shared => "screen_shared",
            Self::CallActive => "call_active",
            Self::TooShort { .. } => "shown_too_short",
        }
    }
}

impl Review {
    /// Lays out a verified request, with the types that the bank declares. `request_hash` is the SHA-256 of the compact JWS that
    /// `request` came from.
    #[must_use]
    pub fn new(request: &Request, request_hash: Digest, locale: Locale, types: &DetailTypes) -> Self {
        let display = display(request, locale, types);
        Self { display, txn: request.txn.clone(), request_hash, locale, binding: request.binding.clone() }
    }

    /// What to draw.
    #[must_use]
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// Which request.
    #[must_use]
    pub fn txn(&self) -> &Txn {
        &self.txn
    }

    /// How the user ties it to the other screen; which control to draw.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Whether an approval is possible at all under this policy: if not, draw no button for it.
    ///
    /// # Errors
    /// [`NotApprovable`]
    pub fn approvable(&self, policy: &DisplayPolicy) -> Result<(), NotApprovable> {
        self.display.approvable?;
        if self.binding.mode() < policy.binding_floor { Err(NotApprovable::BindingBelowFloor) } else { Ok(()) }
    }

    /// Takes the shell's report and gives the ticket for one approval.
    ///
    /// A shared screen is treated like a covered one. A call stops an approval if the policy says so; otherwise the decision
    /// tells the issuer, and [`Ticket::call_active`] lets the app warn.
    ///
    /// # Errors
    /// [`NotRendered`]; the first reason in the order of its variants.
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
        if report.call_active && policy.calls == CallPolicy::Block {
            return Err(NotRendered::CallActive);
        }
        if report.shown_ms < policy.min_shown_ms {
            return Err(NotRendered::TooShort { shown_ms: report.shown_ms, min_shown_ms: policy.min_shown_ms });
        }
        Ok(Ticket { review: self, shown_ms: report.shown_ms, call_active: report.call_active })
    }
}

/// The right to approve one request once, as it was drawn. It cannot be copied; approving consumes it.
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
    /// Checks what the user typed or chose by its shape. The ticket stays good if it is wrong.
    ///
    /// # Errors
    /// [`BindingError`]
    pub fn binding_value(&self, given: Option<String>) -> Result<BindingValue, BindingError> {
        BindingValue::check(&self.review.binding, given)
    }

    /// Which request.
    #[must_use]
    pub fn txn(&self) -> &Txn {
        &self.review.txn
    }

    /// SHA-256 of the request JWS.
    #[must_use]
    pub fn request_hash(&self) -> Digest {
        self.review.request_hash
    }

    /// What was drawn.
    #[must_use]
    pub fn display_hash(&self) -> Digest {
        self.review.display.hash
    }

    /// In which language.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.review.locale
    }

    /// For how many milliseconds.
    #[must_use]
    pub fn shown_ms(&self) -> u64 {
        self.shown_ms
    }

    /// Whether a telephone call was going on.
    #[must_use]
    pub fn call_active(&self) -> bool {
        self.call_active
    }

    /// How the user tied the request to the other screen.
    #[must_use]
    pub fn binding_mode(&self) -> BindingMode {
        self.review.binding.mode()
    }

    /// The payments for the decision to repeat (PSD2 RTS Art. 5); empty for a login.
    #[must_use]
    pub fn payments(&self) -> &[Payment] {
        &self.review.display.payments
    }
}
