//! The published vectors of ADP/1 (`tests/vectors`), the vectors of others, and every message with one bit changed. Each test
//! says what it ran as one line, `vectors {…}`, which `cargo xtask vectors` reads.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that panics is a test that failed, and its report goes to stdout"
)]

mod case;
mod frozen;
mod generate;
mod keys;
mod mutation;
mod own;
mod primitives;
mod report;
mod rfc;
mod run;
