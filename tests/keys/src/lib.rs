//! Test doubles for Kotlin and Swift, over the same bridge as the library.
//!
//! | type | subject |
//! |---|---|
//! | `SoftwareKeys` | P-256 keys in software, for key stores that are written in Kotlin or Swift |
//! | `Bank` | a bank with one customer, also for the event scripts of `tests/approval` |
//! | `BenchDevice` | a device in Rust, to compare the speed of the bindings with |

mod bank;
mod bench;
mod keys;
mod script;
#[cfg(test)]
mod tests;

pub use bank::{Bank, ReceivedDecision};
pub use bench::BenchDevice;
pub use keys::{SoftwareKeys, TestKey};

uniffi::setup_scaffolding!();

/// The reason why a call of a test double failed.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum TestKeysError {
    /// The call failed.
    #[error("{reason}")]
    Failed {
        /// The reason.
        reason: String,
    },
}

impl TestKeysError {
    fn new(reason: impl std::fmt::Display) -> Self {
        Self::Failed { reason: reason.to_string() }
    }
}

macro_rules! from {
    ($($error:ty),+) => {$(
        impl From<$error> for TestKeysError {
            fn from(error: $error) -> Self {
                Self::new(error)
            }
        }
    )+};
}

from!(
    countersign_core::jose::JoseError,
    countersign_core::message::claims::ClaimError,
    serde_json::Error,
    std::string::FromUtf8Error
);
