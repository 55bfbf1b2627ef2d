//! The server's data types and the transitions between their states. No I/O and no SQL type.
//!
//! Each aggregate has one file. A state is an enum that holds the data that only this state has. A
//! method that changes the state returns `InvalidTransition` if the current state does not allow
//! it.
//!
//! ```text
//! offer             open -> tied to one app -> used
//! enrolment         pending -> active <-> suspended; each -> revoked
//! approval request  pending -> approved | denied | binding mismatch | cancelled
//! request           pending -> accepted | binding mismatch | decided elsewhere | expired
//!                              | cancelled | policy
//! CIBA request      open -> redeemed
//! ```

mod account;
pub(crate) mod approval_request;
pub(crate) mod ciba;
mod client;
mod confirmation;
mod decision;
pub(crate) mod enrolment;
mod guard;
pub(crate) mod offer;
mod password_cost;
mod push;
mod request;
mod secret;
mod session;
mod token;
mod transition;
pub(crate) mod validity;

pub use account::Account;
pub use approval_request::{ApprovalRequestId, Assurance, DenialReason, Outcome};
pub use client::{Client, ClientAuth, ResourceServer};
pub use enrolment::{Suspension, SuspensionReason};
pub use password_cost::PasswordCost;
pub use secret::Secret;

pub(crate) use approval_request::{ApprovalRequest, ApprovalState};
pub(crate) use ciba::CibaRequest;
pub(crate) use client::signature_algorithm;
pub(crate) use confirmation::{Confirmation, PendingConfirmation};
pub(crate) use decision::{DecisionRecord, UpdateRecord};
pub(crate) use enrolment::{Enrolment, Standing};
pub(crate) use guard::{Guard, Load};
pub(crate) use push::{NewPush, OutboxPush, PushContent};
pub(crate) use request::{Request, RequestState};
pub(crate) use session::{Session, SignInCount};
pub(crate) use token::{Approved, Grant, Token, TokenKind};
pub(crate) use transition::InvalidTransition;
