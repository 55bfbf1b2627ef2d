//! A desktop as a phone: keys in software, secrets in the operating system's keyring or in files, the state in a file.
//!
//! Software keys give software assurance, and the server grants no more for them. This is for demos, tests and development.

mod clock;
mod keys;
mod secrets;
mod state_file;

pub use clock::SystemClock;
pub use keys::{SoftwareKeyStore, UserPresence};
pub use secrets::{SecretError, SecretStore, Storage, open_secrets};
pub use state_file::{StateFile, StateFileError};
