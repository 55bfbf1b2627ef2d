//! A real server and real device cores in one process, over real HTTP: what happens when things go wrong between them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that failed"
)]

mod bank;
mod bindings;
mod damage;
mod fingers;
mod handset;
mod leaving;
mod log;
mod offline;
mod restarts;
mod secrets;
mod two_phones;
