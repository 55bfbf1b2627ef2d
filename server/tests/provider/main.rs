//! Tests of the OpenID Provider over real HTTP: every error by its code and status, and concurrent
//! clients and polls. Phones have software keys.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics is a test that failed"
)]

mod backchannel;
mod client_auth;
mod discovery;
mod grants;
mod identity;
mod introspection;
mod offline;
#[cfg(unix)]
mod operator;
mod pages;
mod security_log;
mod sign_in;
mod start;
mod support;
mod token;
