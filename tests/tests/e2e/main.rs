//! End-to-end tests: a real server and real phones in one process over real HTTP, with failures
//! between them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that failed"
)]

mod bank;
mod bindings;
mod clocks;
mod damage;
mod log;
mod offline;
mod phone;
mod restarts;
mod secrets;
mod two_phones;
mod unenrol;
mod user_verification;
