//! The uniffi surface of Countersign: `countersign-core` for Kotlin and Swift. It has no business
//! rules.
//!
//! | file | subject |
//! |---|---|
//! | `authenticator` | the authentication device: offers, pushes, the inbox |
//! | `enrolment` | an enrolment, its changes and its history |
//! | `request` | `PendingRequest` → `Review` → `Ticket` |
//! | `approval` | the approval session: events of the screen, what prevents an approval |
//! | `reason` | the reasons of errors and obstacles |
//! | `display` | the content of a screen, and the render report |
//! | `decision` | the user's decision and its result |
//! | `platform` | the traits that a shell implements: keys, HTTP, storage, clock, diagnostics |
//! | `error` | the error type of all calls |
//! | `guard`, `cancellation` | panics become errors; calls can be cancelled |
//! | `bytes` | bytes that cross the boundary in one copy |
//! | `convert` | signatures and public keys in the formats of the platforms |
//!
//! Rules for everything that is exported:
//! - A function that can fail returns a `Result`, so that a callback or an argument never ends the
//!   process.
//! - Objects hold state and secrets. A record with confidential members omits them from its debug
//!   output.
//! - Every future can be dropped at any point.
//! - `uniffi::remote` exports the enums of the core. Where that does not work, a comment says why.
#![forbid(unsafe_op_in_unsafe_fn)]

#[cfg(not(any(feature = "full", feature = "slim")))]
compile_error!("choose a flavour: feature `full` (HTTP inside) or `slim` (the shell's HTTP)");

mod approval;
mod authenticator;
mod bytes;
mod cancellation;
mod convert;
mod decision;
mod display;
mod enrolment;
mod error;
mod evidence;
mod guard;
mod platform;
mod reason;
mod request;

pub use approval::{ApprovalObstacle, ApprovalSession, ApprovalState, FieldHeight, SessionEvent, obstacle_code};
pub use authenticator::{Authenticator, Config, Issuers, Offer, Received, RefreshFailure, Refreshed, TrustedIssuer};
pub use bytes::Bytes;
pub use cancellation::Cancellation;
pub use convert::{public_key_from_spki, raw_signature, version};
pub use decision::{DecisionKind, DenyReason, Outcome, ReceiptOutcome};
pub use display::{
    BindingControl, Charset, Direction, Emphasis, Field, LabelKey, Language, RenderReport, Role, default_label,
};
pub use enrolment::{Enrolment, EnrolmentInfo, EnrolmentState, HistoryEntry, Protections, PushAddress, PushKind};
pub use error::{AuthenticatorError, error_code};
pub use platform::clock::{ClockError, ClockReading, DeviceClock};
pub use platform::diagnostics::{Diagnostics, DiagnosticsError};
pub use platform::keys::{
    CreatedKey, KeyRole, KeySpec, KeyStore, KeyStoreError, Prompt, PromptPurpose, Protection, Verification,
};
pub use platform::state::{StateStore, StateStoreError};
pub use platform::transport::{Header, HttpRequest, HttpResponse, Transport, TransportError};
pub use reason::{
    BindingReason, InternalReason, KeyStoreReason, NoDecisionReason, NotApprovableReason, NotRenderedReason,
    OfferReason, SessionReason, StateReason, TransportReason, UsedReason,
};
pub use request::{PendingRequest, Review, Ticket};

uniffi::setup_scaffolding!();
