//! The authentication device of OpenID CIBA.
//!
//! A bank's server sends a request. The customer's phone shows exactly what is requested, and the
//! customer approves or denies. The server receives a signed decision that states what was shown.
//! This crate is the phone's part without a screen: enrolment, verification of pushes, the display
//! model, signed decisions, and the stored state.
//!
//! # Example
//! The example `enrol_and_approve` runs the whole flow against a bank in memory:
//!
//! ```text
#![doc = include_str!("../examples/enrol_and_approve.rs")]
//! ```
//!
//! # Modules
//! The crate re-exports `countersign-protocol`, which the server also uses, and
//! `countersign-device`.
//!
//! | crate | module | subject |
//! |---|---|---|
//! | `countersign-protocol` | [`jose`] | the JOSE suite of ADP/1 |
//! | | [`message`] | one type for each message of the protocol |
//! | | [`text`], [`details`] | displayable text; typed `authorization_details` |
//! | | [`review`] | display model, approval session, render report, ticket |
//! | | [`evidence`] | request, decision and receipt as a verifiable file |
//! | `countersign-device` | [`platform`], [`error`] | the traits of the platform; errors |
//! | | [`device`] | enrolments, inbox and outbox as pure transitions |
//! | | [`authenticator`] | the object that an app holds |
//! | this crate | [`adapters`] | HTTP by reqwest; software keys, secrets and state file |
//!
//! `docs/protocol.md` is the normative protocol, and `docs/architecture.md` is the map of the code.

pub mod adapters;

pub use countersign_device::authenticator::{
    ApprovalSession, Authenticator, Config, EnrolmentInfo, HistoryEntry, Issuers, Outcome, PendingRequest, Received,
    Review, Ticket, TrustedIssuer,
};
pub use countersign_device::error::{AuthenticatorError, Rejected};
pub use countersign_device::platform::Platform;
pub use countersign_device::{authenticator, device, error, platform};
pub use countersign_protocol::{details, evidence, jose, message, review, text};
