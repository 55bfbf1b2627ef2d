//! ADP/1, the protocol between an OpenID Provider and an authentication device.
//!
//! Both sides use this crate. The device reads requests and signs decisions. The server signs
//! requests and verifies decisions. The crate does no I/O and holds no state. `docs/protocol.md` is
//! the normative text.
//!
//! | module | subject | imports |
//! |---|---|---|
//! | [`jose`] | JWS, JWE, JWK and strict JSON in the only suite of ADP/1 | |
//! | [`message`] | one file for each message of the protocol | `jose` |
//! | [`date`] | days and times as text | `message` |
//! | [`text`] | characters that may be displayed | |
//! | [`details`] | typed `authorization_details` | all above |
//! | [`review`] | fields on the screen, approval session, render report, ticket | all above |
//! | [`evidence`] | request, decision and receipt as a verifiable file | all above |
//!
//! Every enum with names on the wire or stable codes has them in one table beside the enum:
//! `as_str` or `code`, and `ALL`.

pub mod date;
pub mod details;
pub mod evidence;
pub mod jose;
pub mod message;
mod names;
pub mod review;
pub mod text;
