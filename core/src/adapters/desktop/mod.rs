//! Adapters for a desktop: software keys, secrets in the operating system's keyring or in files,
//! and the state in a file.
//!
//! They are for demos, tests and development. The device reports software keys as such, and a
//! server can reject them by policy.

mod clock;
mod keys;
mod secrets;
mod state_file;

pub use clock::SystemClock;
pub use keys::{SoftwareKeyStore, UserPresence};
pub use secrets::{SecretError, SecretStore, Storage, open_secrets};
pub use state_file::{StateFile, StateFileError};
