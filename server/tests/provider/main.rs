//! The OpenID Provider over real HTTP: every refusal by its code and status, and what happens between two clients, two polls
//! or two seconds. Phones are rows in the database here; their side is tested where they are real.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics is a test that failed"
)]

mod backchannel;
mod client_auth;
mod discovery;
mod offline;
mod pages;
mod sign_in;
mod start;
mod support;
mod token;
