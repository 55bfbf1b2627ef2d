//! The published vectors of ADP/1 (`tests/vectors`), the vectors of other projects, and every
//! change of a message.
//!
//! Each test prints its counts as one line, `vectors {…}`, which `cargo xtask vectors` reads.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking, and print their report to stdout"
)]

mod case;
mod frozen;
mod generate;
mod keys;
#[path = "../shared/memory_secrets.rs"]
mod memory_secrets;
mod mutation;
mod own;
mod primitives;
mod report;
mod rfc;
mod run;
