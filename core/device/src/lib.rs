//! The authentication device's state and its façade, over traits for the platform.
//!
//! | module | subject | may import |
//! |---|---|---|
//! | [`platform`] | the traits that a platform implements: keys, transport, storage, clock, diagnostics | |
//! | [`error`] | internal verification errors and the errors that an app receives | `platform` |
//! | [`device`] | enrolments, inbox, outbox, trusted time and sealed state as pure transitions | all above |
//! | [`authenticator`] | the façade that an app holds; performs the effects that `device` asks for | all above |
//!
//! The wire format is in `countersign-protocol`; apps depend on `countersign-core`, which
//! re-exports both crates.

pub mod authenticator;
pub mod device;
pub mod error;
pub mod platform;
