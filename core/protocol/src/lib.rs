//! ADP/1, the protocol between an OpenID Provider and an authentication device.
//!
//! Both sides use this crate: the device to read requests and sign decisions, the server to sign
//! requests and judge decisions. It does no I/O and holds no state. `docs/protocol.md` is the
//! normative text.
//!
//! | module | subject | may import |
//! |---|---|---|
//! | [`jose`] | JWS, JWE, JWK and strict JSON in the single suite of ADP/1 | |
//! | [`text`] | the characters that may be displayed | |
//! | [`message`] | one file for each message of the protocol | `jose` |
//! | [`details`] | typed `authorization_details`: payments, account access, declared types | `message`, `text`, `jose` |
//! | [`review`] | the display model: request, fields, render report, ticket | all above |
//! | [`evidence`] | a request, its decision and its receipt as a verifiable file | all above |

pub mod date;
pub mod details;
pub mod evidence;
pub mod jose;
pub mod message;
mod names;
pub mod review;
pub mod text;
