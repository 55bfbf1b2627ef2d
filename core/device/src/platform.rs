//! The traits that a platform implements: key store, transport, state store, clock and diagnostics.
//!
//! The core does no input or output of its own. On phones the shells implement these traits
//! (Android Keystore, Secure Enclave, `URLSession`). For desktops `countersign_core::adapters`
//! does.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::claims::{Issuer, Timestamp};
use countersign_protocol::message::decision::Verification;
use countersign_protocol::message::enrolment::Protection;

/// The implementations of all platform traits.
#[derive(Clone)]
pub struct Platform {
    /// Creates and uses private keys.
    pub keys: Arc<dyn KeyStore>,
    /// Sends HTTP requests.
    pub transport: Arc<dyn Transport>,
    /// Stores the sealed state.
    pub state: Arc<dyn StateStore>,
    /// Reads the clocks of the system.
    pub clock: Arc<dyn Clock>,
    /// Receives the only log of the core.
    pub diagnostics: Arc<dyn Diagnostics>,
}

/// Creates and uses private keys. Private keys never leave the key store.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Creates a P-256 key.
    ///
    /// # Errors
    /// [`KeyStoreError`]: no key was created.
    async fn create(&self, spec: KeySpec) -> Result<CreatedKey, KeyStoreError>;

    /// Signs a message with a device key (ES256), without a prompt. Returns `r ‖ s` (64 bytes, RFC
    /// 7518 section 3.4).
    ///
    /// # Errors
    /// [`KeyStoreError`]: nothing was signed. A user-verification key always fails here.
    async fn sign(&self, key: &KeyHandle, message: &[u8]) -> Result<[u8; 64], KeyStoreError>;

    /// Shows the prompt, verifies the user, and signs a message with a user-verification key as
    /// [`sign`](Self::sign) does.
    ///
    /// # Errors
    /// [`KeyStoreError`]: nothing was signed. A device key always fails here.
    async fn sign_with_user_verification(
        &self,
        key: &KeyHandle,
        message: &[u8],
        prompt: Prompt,
    ) -> Result<[u8; 64], KeyStoreError>;

    /// Runs ECDH with an encryption key and returns the x coordinate (32 bytes).
    ///
    /// The call is synchronous because a notification extension has no async runtime. The caller
    /// has checked that the peer's point is on the curve.
    ///
    /// # Errors
    /// [`KeyStoreError`]: there is no shared secret.
    fn agree(&self, key: &KeyHandle, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyStoreError>;

    /// Deletes a key. Deleting a key that does not exist succeeds.
    ///
    /// # Errors
    /// [`KeyStoreError`]: the key may still exist. The core tries again later.
    async fn delete(&self, key: &KeyHandle) -> Result<(), KeyStoreError>;

    /// Returns the 256-bit key that seals the state. The first call creates it.
    ///
    /// `state_exists` says if there is a sealed state. If there is, the key must exist too: without
    /// it the state is lost, and an implementation must not create another key.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`] if `state_exists` and there is no key. Other [`KeyStoreError`]s
    /// if the key cannot be read or created.
    fn sealing_key(&self, state_exists: bool) -> Result<Zeroizing<[u8; 32]>, KeyStoreError>;
}

/// The properties of a key that is to be created.
#[derive(Debug, Clone)]
pub struct KeySpec {
    /// The purpose of the key.
    pub role: KeyRole,
    /// The issuer that the key is for. Issuers never share keys.
    pub issuer: Issuer,
    /// The challenge for the attestation of the hardware.
    pub challenge: Digest,
}

/// The purpose of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRole {
    /// The device key (DK). It signs without a prompt, after the first unlock.
    Device,
    /// The user-verification key (UVK). It signs once for each verification of the user.
    UserVerification,
    /// The encryption key (EK). It does key agreement, after the first unlock.
    Encryption,
}

/// A key that the key store created.
#[derive(Debug, Clone)]
pub struct CreatedKey {
    /// The key store's name for the key.
    pub handle: KeyHandle,
    /// The public key.
    pub public: PublicKey,
    /// The protection of the private key: hardware or software.
    pub protection: Protection,
    /// The means by which the prompt of this key verifies the user. With [`Verification::None`] a
    /// user-verification key is rejected ([`KeyStoreError::NoVerification`]).
    pub verification: Verification,
    /// The attestation chain. Empty for software keys.
    pub evidence: Vec<String>,
}

/// The key store's name for a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHandle(pub String);

/// The content of a user-verification prompt. The shell chooses the wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The action of the user.
    pub purpose: PromptPurpose,
    /// The name of the issuer, safe to show. The issuer chooses it.
    pub issuer_name: String,
    /// The address of the issuer, as the approval screen shows it. Show it beside the name: another
    /// issuer can choose the same name, but it cannot have the same address.
    pub issuer_address: String,
}

/// The action that a prompt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptPurpose {
    /// The user enrols this phone.
    Enrol,
    /// The user approves a request.
    Approve,
    /// The user agrees to a rotation of all keys. There are two prompts: one for the old
    /// user-verification key and one for the new one.
    ReplaceKeys,
}

/// The reason why a key store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// The key does not exist.
    #[error("the key does not exist any more: enrol this phone again")]
    Missing,
    /// The platform invalidated the key, for example because a fingerprint was added.
    #[error("the phone's biometrics changed and invalidated the key: ask the user to contact the bank, or enrol again")]
    Invalidated,
    /// The user cancelled the prompt.
    #[error("the user cancelled the prompt and nothing was signed: show the request again")]
    Cancelled,
    /// The prompt could not verify the user.
    #[error("the user could not be verified and nothing was signed: show the request again")]
    NotVerified,
    /// The phone has not been unlocked since it started.
    #[error("the phone has not been unlocked since it started: ask the user to unlock it, then try again")]
    Locked,
    /// The prompt of the user-verification key verifies nobody. Such a key cannot be enrolled and
    /// cannot approve.
    #[error(
        "the user-verification key verifies nobody: set up a screen lock and biometrics on the phone, then enrol \
         again or replace all keys"
    )]
    NoVerification,
    /// The key store failed for another reason. The text is the platform's.
    #[error("the key store failed ({0}): try again, and restart the phone if it fails again")]
    Unavailable(String),
}

impl KeyStoreError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "key_missing",
            Self::Invalidated => "key_invalidated",
            Self::Cancelled => "prompt_cancelled",
            Self::NotVerified => "user_not_verified",
            Self::Locked => "device_locked",
            Self::NoVerification => "key_without_verification",
            Self::Unavailable(_) => "key_store_unavailable",
        }
    }
}

/// Sends HTTP requests. The core passes complete requests and receives complete responses.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and returns the response, whatever its status. Redirects are not followed.
    ///
    /// # Errors
    /// [`TransportError`]: no response arrived. The server may have processed the request.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// An HTTP request.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body. Empty for GET.
    pub body: Vec<u8>,
    /// The time after which the transport gives up with [`TransportError::Timeout`].
    pub timeout: Duration,
    /// The maximum length of the response body in bytes. A longer one is
    /// [`TransportError::TooLong`].
    pub max_response_bytes: usize,
}

/// The HTTP methods of ADP/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
}

impl Method {
    /// Returns the method as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// An HTTP response.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The header `DPoP-Nonce` (RFC 9449 section 8.1), if there is one.
    pub dpop_nonce: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a request got no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// There is no connection to the server.
    #[error("the server cannot be reached: check the connection, then try again")]
    Unreachable,
    /// The server did not respond in time.
    #[error("the server did not respond in time: try again")]
    Timeout,
    /// The TLS handshake failed: an untrusted certificate, a wrong clock or an interception.
    #[error("no secure connection to the server: check the date of the phone and use another network")]
    Tls,
    /// The response is longer than the request allows.
    #[error("the response of the server is too long: try again, and report it to the issuer")]
    TooLong,
}

impl TransportError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::TooLong => "response_too_long",
        }
    }
}

/// Stores the sealed state as one sequence of bytes.
///
/// The bytes have a sealed record for each enrolment, see [`crate::device::seal`].
///
/// Only one instance of the authenticator may write to a store. The core compares the stored bytes
/// before each write and fails with
/// [`StateError::ChangedElsewhere`](crate::error::StateError::ChangedElsewhere) after a write by
/// another instance.
pub trait StateStore: Send + Sync {
    /// Returns the bytes of the last [`save`](Self::save), or `None` if there was none.
    ///
    /// # Errors
    /// [`StateStoreError`] if the bytes cannot be read.
    fn load(&self) -> Result<Option<Vec<u8>>, StateStoreError>;

    /// Replaces the stored bytes.
    ///
    /// The change is atomic and durable: after a crash the store has either the old bytes or the
    /// new ones, and once this returns it has the new ones.
    ///
    /// # Errors
    /// [`StateStoreError`] if the bytes cannot be written, or if it is not certain that they are
    /// durable. The core then calls [`load`](Self::load). If it returns the new bytes, the write
    /// counts. If it returns the old ones, the change is undone. Otherwise the core fails closed
    /// until it is opened again.
    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError>;
}

/// The state store failed. The text is the platform's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StateStoreError(pub String);

/// Reads the clocks of the system. No reading is trusted alone: see [`crate::device::clock`].
pub trait Clock: Send + Sync {
    /// Reads all clocks at one moment.
    ///
    /// # Errors
    /// [`ClockError`] if a clock cannot be read. The caller changes nothing and returns the error.
    fn read(&self) -> Result<ClockReading, ClockError>;
}

/// The clock cannot be read. The text is the platform's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the clock cannot be read ({0}): try again")]
pub struct ClockError(pub String);

impl ClockError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "clock"
    }
}

/// The readings of all clocks at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockReading {
    /// The monotonic clock in milliseconds since an arbitrary point of this boot. It counts while
    /// the phone sleeps.
    pub monotonic_ms: u64,
    /// An identifier that changes with each start of the phone. Never empty.
    pub boot_id: String,
    /// The wall clock. It can be wrong.
    pub wall: Timestamp,
}

/// Receives events for developers, for example why a message was rejected.
pub trait Diagnostics: Send + Sync {
    /// Records an event.
    fn record(&self, event: DiagnosticEvent);
}

/// An event for developers.
///
/// It cannot contain a message, key, code or name: both members are constants of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiagnosticEvent {
    /// The operation, for example `push`, `inbox` or `receipt`.
    pub during: &'static str,
    /// A stable code, for example one of [`VerifyError::code`](crate::error::VerifyError::code).
    pub code: &'static str,
}
