//! The authentication device: its state and its calls, over traits for the platform.
//!
//! | module | subject | may import |
//! |---|---|---|
//! | [`platform`] | the traits that a platform implements: keys, transport, storage, clock, diagnostics | |
//! | [`error`] | the reasons of rejections, and the errors that an app receives | `platform` |
//! | [`device`] | enrolments, outbox, trusted time and sealed state as pure transitions | all above |
//! | [`authenticator`] | the calls of an app, with the effects that `device` requires | all above |
//!
//! The wire format is in `countersign-protocol`. Apps depend on `countersign-core`, which
//! re-exports both crates.

pub mod authenticator;
pub mod device;
pub mod error;
pub mod platform;
