//! Keys for tests: P-256 in software behind the same bridge as the library itself, so that a key store written in Kotlin or Swift
//! can be tested and measured with the same cryptography as one written in Rust. A device wholly in Rust, to measure against, and a
//! bank to be the customer of.

mod bank;
mod bench;
mod keys;
mod script;

pub use bank::Bank;
pub use bench::BenchDevice;
pub use keys::{SoftwareKeys, TestKey};

uniffi::setup_scaffolding!();

/// What a test did wrong.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum TestKeysError {
    /// In words.
    #[error("{reason}")]
    Failed {
        /// What.
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
