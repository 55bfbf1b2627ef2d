//! The platform of the test phone, in memory. Every run is the same, because no part is random.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use countersign_core::jose::{Digest, PublicKey, SigningKey};
use countersign_core::message::claims::Timestamp;
use countersign_core::message::decision::Verification;
use countersign_core::message::enrolment::Protection;
use countersign_core::platform::{
    Clock, ClockError, ClockReading, CreatedKey, DiagnosticEvent, Diagnostics, HttpRequest, HttpResponse, KeyHandle,
    KeySpec, KeyStore, KeyStoreError, Platform, Prompt, StateStore, StateStoreError, Transport, TransportError,
};
use zeroize::Zeroizing;

use crate::bank;
use crate::keys::{STATE_SEALING_KEY, scalar};

/// The parts of the platform. They outlive the authenticator, as a phone outlives a process.
#[derive(Clone, Default)]
pub(crate) struct TestPlatform {
    pub(crate) keys: Arc<TestKeyStore>,
    pub(crate) state: Arc<TestStateStore>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) transport: Arc<TestTransport>,
}

impl TestPlatform {
    /// Returns a platform with this sealed state.
    pub(crate) fn with_state(sealed: Vec<u8>) -> Self {
        let parts = Self::default();
        *parts.state.0.lock().unwrap() = Some(sealed);
        parts
    }

    pub(crate) fn platform(&self) -> Platform {
        Platform {
            keys: self.keys.clone(),
            transport: self.transport.clone(),
            state: self.state.clone(),
            clock: self.clock.clone(),
            diagnostics: Arc::new(NoDiagnostics),
        }
    }
}

/// A key store with keys by name. It starts with the three keys of the first enrolment.
pub(crate) struct TestKeyStore {
    pub(crate) kept: Mutex<BTreeMap<String, [u8; 32]>>,
    made: AtomicU64,
}

impl Default for TestKeyStore {
    fn default() -> Self {
        let kept = ["dk", "uvk", "ek"].map(|role| (role.to_owned(), scalar(role)));
        Self { kept: Mutex::new(kept.into()), made: AtomicU64::new(0) }
    }
}

impl TestKeyStore {
    /// Creates a key and returns its name and public key.
    pub(crate) fn make(&self) -> (String, PublicKey) {
        let name = format!("key-{}", self.made.fetch_add(1, Ordering::SeqCst));
        let secret = *Digest::of(name.as_bytes()).as_bytes();
        self.kept.lock().unwrap().insert(name.clone(), secret);
        let public = SigningKey::from_scalar(&secret).unwrap().public().clone();
        (name, public)
    }

    pub(crate) fn signed(&self, name: &str, message: &[u8]) -> Option<[u8; 64]> {
        let secret = *self.kept.lock().unwrap().get(name)?;
        SigningKey::from_scalar(&secret).unwrap().sign(message).ok()
    }

    pub(crate) fn agreed(&self, name: &str, peer: &[u8]) -> Option<[u8; 32]> {
        let secret = p256::SecretKey::from_slice(self.kept.lock().unwrap().get(name)?).unwrap();
        let peer = p256::PublicKey::from_sec1_bytes(peer)
            .unwrap_or_else(|_| panic!("key agreement with a point off the curve"));
        let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), peer.as_affine());
        Some((*shared.raw_secret_bytes()).into())
    }

    pub(crate) fn remove(&self, name: &str) {
        self.kept.lock().unwrap().remove(name);
    }
}

#[async_trait]
impl KeyStore for TestKeyStore {
    async fn create(&self, _: KeySpec) -> Result<CreatedKey, KeyStoreError> {
        let (name, public) = self.make();
        Ok(CreatedKey {
            handle: KeyHandle(name),
            public,
            protection: Protection::Software,
            verification: Verification::Biometric,
            evidence: Vec::new(),
        })
    }

    async fn sign(&self, key: &KeyHandle, message: &[u8]) -> Result<[u8; 64], KeyStoreError> {
        self.signed(&key.0, message).ok_or(KeyStoreError::Missing)
    }

    async fn sign_with_user_verification(
        &self,
        key: &KeyHandle,
        message: &[u8],
        _: Prompt,
    ) -> Result<[u8; 64], KeyStoreError> {
        self.sign(key, message).await
    }

    fn agree(&self, key: &KeyHandle, peer: &PublicKey) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        self.agreed(&key.0, peer.as_sec1()).map(Zeroizing::new).ok_or(KeyStoreError::Missing)
    }

    async fn delete(&self, key: &KeyHandle) -> Result<(), KeyStoreError> {
        self.remove(&key.0);
        Ok(())
    }

    fn sealing_key(&self, _: bool) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        Ok(Zeroizing::new(STATE_SEALING_KEY))
    }
}

/// A state store that holds the last saved state.
#[derive(Default)]
pub(crate) struct TestStateStore(pub(crate) Mutex<Option<Vec<u8>>>);

impl StateStore for TestStateStore {
    fn load(&self) -> Result<Option<Vec<u8>>, StateStoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError> {
        *self.0.lock().unwrap() = Some(bytes.to_vec());
        Ok(())
    }
}

/// A clock that counts seconds since the phone started. Its wall clock is decades slow.
#[derive(Default)]
pub(crate) struct TestClock(pub(crate) AtomicU64);

impl Clock for TestClock {
    fn read(&self) -> Result<ClockReading, ClockError> {
        Ok(ClockReading {
            monotonic_ms: self.0.load(Ordering::SeqCst) * 1000,
            boot_id: "boot".into(),
            wall: Timestamp::from_seconds(0),
        })
    }
}

/// A transport that returns the responses of the input in order. Without a response there is no
/// connection.
#[derive(Default)]
pub(crate) struct TestTransport {
    pub(crate) responses: Mutex<VecDeque<bank::Response>>,
    pub(crate) bank: bank::Bank,
}

#[async_trait]
impl Transport for TestTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let response = self.responses.lock().unwrap().pop_front().ok_or(TransportError::Unreachable)?;
        let response = self.bank.respond(&response, &request);
        // Every transport must enforce this limit.
        if response.body.len() > request.max_response_bytes { Err(TransportError::TooLong) } else { Ok(response) }
    }
}

struct NoDiagnostics;

impl Diagnostics for NoDiagnostics {
    fn record(&self, _: DiagnosticEvent) {}
}
