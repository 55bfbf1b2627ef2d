//! What a platform gives the core: keys, HTTP, a place for the state, a clock, and a sink for diagnostics.
//!
//! The core does no input or output of its own. On a phone these are the shells' (Android Keystore, Secure Enclave,
//! URLSession …); on a desktop they are in [`crate::adapters`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::claims::{Issuer, Timestamp};
use countersign_protocol::message::decision::Verification;
use countersign_protocol::message::enrolment::Protection;

/// Everything a platform gives.
#[derive(Clone)]
pub struct Platform {
    /// Private keys.
    pub keys: Arc<dyn KeyStore>,
    /// HTTP.
    pub transport: Arc<dyn Transport>,
    /// The state, as sealed bytes.
    pub state: Arc<dyn StateStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The only log.
    pub diagnostics: Arc<dyn Diagnostics>,
}

/// Makes and uses private keys. They never leave it.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Makes a P-256 key.
    async fn create(&self, spec: KeySpec) -> Result<CreatedKey, KeyStoreError>;

    /// ES256 over these bytes: `r ‖ s`, 64 bytes. With a prompt the platform verifies the user first; a user-verification key
    /// must refuse without one.
    async fn sign(&self, key: &KeyHandle, message: &[u8], prompt: Option<Prompt>) -> Result<[u8; 64], KeyStoreError>;

    /// ECDH with an encryption key: the x coordinate, 32 bytes. Synchronous, because a notification extension has no runtime.
    /// The peer is on the curve; that was checked.
    fn agree(&self, key: &KeyHandle, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyStoreError>;

    /// Deletes a key. Deleting one that is gone is no error.
    async fn delete(&self, key: &KeyHandle) -> Result<(), KeyStoreError>;

    /// The 256-bit key that seals the state; made at the first call, the same ever after. If it is lost the state is lost, and
    /// this must say [`KeyStoreError::Missing`] rather than make another one over an existing state.
    fn sealing_key(&self, state_exists: bool) -> Result<Zeroizing<[u8; 32]>, KeyStoreError>;
}

/// What key is wanted.
#[derive(Debug, Clone)]
pub struct KeySpec {
    /// What for.
    pub role: KeyRole,
    /// Keys are never shared between issuers.
    pub issuer: Issuer,
    /// What the hardware attests the key for.
    pub challenge: Digest,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRole {
    /// DK: signs without a prompt, after the first unlock.
    Device,
    /// UVK: signs once for each verification of the user.
    UserVerification,
    /// EK: key agreement, after the first unlock.
    Encryption,
}

/// A new key.
#[derive(Debug, Clone)]
pub struct CreatedKey {
    /// How to name it to the key store from now on.
    pub handle: KeyHandle,
    /// Its public half.
    pub public: PublicKey,
    /// Where it lives.
    pub protection: Protection,
    /// How its prompt verifies the user.
    pub verification: Verification,
    /// Its attestation chain; empty for software.
    pub evidence: Vec<String>,
}

/// A key store's name for a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHandle(pub String);

/// What the platform's prompt is for; the shell has the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What the user does.
    pub purpose: PromptPurpose,
    /// For whom: the bank's name.
    pub issuer_name: String,
}

/// What a prompt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptPurpose {
    /// Adding this phone.
    Enrol,
    /// Approving a request.
    Approve,
    /// Replacing the keys of an enrolment: once with the old user-verification key, once with the new one.
    ReplaceKeys,
}

/// Why a key store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// The key is gone.
    #[error("the key is gone: enrol this phone again")]
    Missing,
    /// The platform invalidated it, for example because a fingerprint was added.
    #[error("the phone's biometrics changed: confirm your identity with your bank, or enrol again")]
    Invalidated,
    /// The user closed the prompt.
    #[error("the prompt was closed: nothing was approved, try again")]
    Cancelled,
    /// The user was not recognised.
    #[error("the user was not recognised: nothing was approved, try again")]
    NotVerified,
    /// The phone has not been unlocked since it started.
    #[error("unlock the phone and try again")]
    Locked,
    /// Anything else, in the platform's words.
    #[error("the key store does not work: {0}")]
    Unavailable(String),
}

/// HTTP. The core gives whole requests and takes whole answers.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request. Redirects are not followed; a status of any kind is an answer, not an error.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// One request.
#[derive(Clone)]
pub struct HttpRequest {
    /// GET or POST.
    pub method: Method,
    /// An absolute URL.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Empty for GET.
    pub body: Vec<u8>,
    /// Give up after this.
    pub timeout: Duration,
    /// An answer longer than this many bytes is an error.
    pub max_answer: usize,
}

/// The methods of ADP/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl Method {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One answer.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// `DPoP-Nonce`, if the server gave one.
    pub dpop_nonce: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection. What was to be sent is kept where it matters.
    #[error("the server cannot be reached: check the connection")]
    Unreachable,
    /// No answer in time.
    #[error("the server did not answer in time")]
    Timeout,
    /// TLS failed: another certificate, a wrong clock, an interception.
    #[error("the connection to the server is not safe")]
    Tls,
    /// The answer is longer than any right one.
    #[error("the server's answer is too long")]
    TooLong,
}

/// Keeps one blob of sealed bytes.
pub trait StateStore: Send + Sync {
    /// The bytes last saved, or nothing if none ever were.
    fn load(&self) -> Result<Option<Vec<u8>>, StateStoreError>;

    /// Replaces the bytes as a whole: after a crash either the old or the new ones are there. Durable when this returns.
    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError>;
}

/// The state could not be read or written, in the platform's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StateStoreError(pub String);

/// Time as the platform knows it. None of it is trusted alone; see [`crate::device::clock`].
pub trait Clock: Send + Sync {
    /// All three readings of one moment. Without a reading nothing changes: the caller gets the error.
    fn read(&self) -> Result<ClockReading, ClockError>;
}

/// The clock could not be read, in the platform's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the clock cannot be read: {0}")]
pub struct ClockError(pub String);

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockReading {
    /// Milliseconds since some point of this boot; also counts while the phone sleeps.
    pub monotonic_ms: u64,
    /// Changes when the phone restarts; never empty.
    pub boot_id: String,
    /// The wall clock: a hint.
    pub wall: Timestamp,
}

/// Takes what a developer needs to know and a caller must not: why something was rejected.
pub trait Diagnostics: Send + Sync {
    /// Records one event.
    fn record(&self, event: DiagnosticEvent);
}

/// One event. It can hold no message, key, code or name: both members are fixed words of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiagnosticEvent {
    /// During what: `push`, `inbox`, `receipt` …
    pub during: &'static str,
    /// A stable code ([`crate::error::VerifyError::code`]).
    pub code: &'static str,
}
