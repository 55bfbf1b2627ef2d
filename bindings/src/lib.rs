//! The uniffi surface of Countersign: what Kotlin and Swift see of `countersign-core`. No business rules live here.
//!
//! | file | subject |
//! |---|---|
//! | `authenticator` | the device: offers, pushes, the inbox |
//! | `enrolment` | one enrolment, its changes and its history |
//! | `request` | `PendingRequest` → `Review` → `Ticket` |
//! | `approval` | the approval session: events of the screen, what prevents an approval |
//! | `reason` | the reasons of errors and obstacles |
//! | `display` | what a screen draws and reports |
//! | `answer` | what a user answers, and what became of it |
//! | `platform` | what a shell gives: keys, HTTP, storage, clock, diagnostics |
//! | `error` | the one error, with its codes |
//! | `guard`, `cancellation` | panics become errors; calls can be given up |
//! | `bytes` | bytes that cross in one piece |
//! | `convert` | signatures and public keys as platforms give them |
//!
//! Rules that hold everywhere: everything exported returns a `Result`, since a foreign callback or a broken argument must never
//! end the process; objects hold state and secrets, and a record that holds something for few eyes prints none of it; every
//! future may be dropped at any point.
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
pub use authenticator::{Authenticator, Config, Offer, Received, RefreshFailure, Refreshed};
pub use bytes::Bytes;
pub use cancellation::Cancellation;
pub use convert::{public_key_from_spki, raw_signature, version};
pub use decision::{DecisionKind, DenyReason, Outcome, ReceiptOutcome};
pub use display::{BindingControl, Charset, Direction, Emphasis, Field, Language, RenderReport, default_label};
pub use enrolment::{Enrolment, EnrolmentInfo, EnrolmentState, HistoryEntry, Protections, PushAddress, PushKind};
pub use error::AuthenticatorError;
pub use platform::clock::{ClockError, ClockReading, DeviceClock};
pub use platform::diagnostics::{Diagnostics, DiagnosticsError};
pub use platform::keys::{
    CreatedKey, KeyRole, KeySpec, KeyStore, KeyStoreError, Prompt, PromptPurpose, Protection, Verification,
};
pub use platform::state::{StateStore, StateStoreError};
pub use platform::transport::{Header, HttpRequest, HttpResponse, Transport, TransportError};
pub use reason::{BindingReason, NotApprovableReason, NotRenderedReason, SessionReason};
pub use request::{PendingRequest, Review, Ticket};

uniffi::setup_scaffolding!();
