//! The only JOSE suite of ADP/1, `ADP1-P256`: ES256, ECDH-ES with A256GCM, and SHA-256.
//!
//! There is no negotiation. A header has exactly the members that this module writes, otherwise the
//! message is rejected. The module does not know the device protocol. It takes bytes and keys and
//! returns bytes and typed errors.
//!
//! | module | subject | source |
//! |---|---|---|
//! | [`base64url`] | strict decoding | RFC 7515 §2, RFC 4648 §5 |
//! | [`json`] | strict JSON | RFC 8259 |
//! | [`key`] | public keys, thumbprints, software signing keys | RFC 7517, RFC 7518 §6.2, RFC 7638 |
//! | [`header`] | the two exact headers | RFC 7515 §4, RFC 7516 §4 |
//! | [`signed`] | compact JWS | RFC 7515 §3.1, RFC 7518 §3.4 |
//! | [`sealed`] | compact JWE | RFC 7516 §3.1, RFC 7518 §4.6 and §5.3 |
//! | [`wipe`] | wiping of secrets on the stack | |

pub mod base64url;
pub mod digest;
pub mod header;
pub mod json;
pub mod key;
pub mod random;
pub mod sealed;
pub mod signed;
pub mod wipe;

mod error;

pub use digest::{Digest, Thumbprint};
pub use error::JoseError;
pub use key::{PublicKey, SigningKey};
