//! A device in Rust, to compare the Kotlin and Swift calls with: same state, same keys, same bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use countersign_core as core;
use countersign_core::jose::PublicKey;
use countersign_core::message::claims::Timestamp;
use countersign_core::message::enrolment::DeviceInfo;
use countersign_core::platform::{
    Clock, ClockError, ClockReading, CreatedKey, DiagnosticEvent, Diagnostics, HttpRequest, HttpResponse, KeyHandle,
    KeySpec, KeyStore, KeyStoreError, Platform, Prompt, StateStore, StateStoreError, Transport, TransportError,
};
use zeroize::Zeroizing;

use crate::{SoftwareKeys, TestKeysError};

/// A device in Rust on the state that another device saved.
#[derive(uniffi::Object)]
pub struct BenchDevice {
    core: core::Authenticator,
}

#[uniffi::export]
impl BenchDevice {
    /// Opens a device with these keys, the 32 bytes that sealed the state, and the state.
    ///
    /// Its clock always shows `wall_ms`, in milliseconds since 1970-01-01 UTC.
    #[uniffi::constructor]
    pub fn new(
        keys: Arc<SoftwareKeys>,
        sealing_key: Vec<u8>,
        state: Vec<u8>,
        wall_ms: i64,
    ) -> Result<Arc<Self>, TestKeysError> {
        let sealing: [u8; 32] =
            sealing_key.try_into().map_err(|_| TestKeysError::new("a sealing key must have 32 bytes"))?;
        let world = Arc::new(World { keys, sealing: Zeroizing::new(sealing), state: Mutex::new(state), wall_ms });
        let platform = Platform {
            keys: world.clone(),
            transport: world.clone(),
            state: world.clone(),
            clock: world.clone(),
            diagnostics: world,
        };
        let device =
            DeviceInfo { platform: "bench".into(), model: "bench".into(), app: "bench".into(), sdk: "bench".into() };
        let core = core::Authenticator::open(
            core::Config { device, app_version: None, issuers: core::Issuers::Unrestricted, allow_loopback: false },
            platform,
        )
        .map_err(TestKeysError::new)?;
        Ok(Arc::new(Self { core }))
    }

    /// Receives this push `times` times. Returns the duration of each call in nanoseconds.
    pub fn receive(&self, push: HashMap<String, String>, times: u32) -> Result<Vec<u64>, TestKeysError> {
        let push = push.into_iter().collect();
        (0..times)
            .map(|_| {
                let begun = Instant::now();
                let received = self.core.receive(&push);
                let took = begun.elapsed();
                received.map_err(TestKeysError::new)?;
                Ok(took.as_nanos().try_into().unwrap_or(u64::MAX))
            })
            .collect()
    }
}

/// A platform with the parts that receiving needs.
struct World {
    keys: Arc<SoftwareKeys>,
    sealing: Zeroizing<[u8; 32]>,
    state: Mutex<Vec<u8>>,
    wall_ms: i64,
}

fn unused() -> KeyStoreError {
    KeyStoreError::Unavailable("receiving does not use this call".into())
}

#[async_trait]
impl KeyStore for World {
    async fn create(&self, _: KeySpec) -> Result<CreatedKey, KeyStoreError> {
        Err(unused())
    }

    async fn sign(&self, key: &KeyHandle, message: &[u8]) -> Result<[u8; 64], KeyStoreError> {
        self.keys.sign_raw(&key.0, message).map_err(|_| KeyStoreError::Missing)
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
        self.keys.agree_raw(&key.0, peer.as_sec1()).map_err(|_| KeyStoreError::Missing)
    }

    async fn delete(&self, _: &KeyHandle) -> Result<(), KeyStoreError> {
        Err(unused())
    }

    fn sealing_key(&self, _: bool) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        Ok(self.sealing.clone())
    }
}

#[async_trait]
impl Transport for World {
    async fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Err(TransportError::Unreachable)
    }
}

impl StateStore for World {
    fn load(&self) -> Result<Option<Vec<u8>>, StateStoreError> {
        Ok(Some(self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError> {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        Ok(())
    }
}

impl Clock for World {
    fn read(&self) -> Result<ClockReading, ClockError> {
        Ok(ClockReading {
            monotonic_ms: 0,
            boot_id: "bench".into(),
            wall: Timestamp::from_seconds(self.wall_ms.div_euclid(1000)),
        })
    }
}

impl Diagnostics for World {
    fn record(&self, _: DiagnosticEvent) {}
}
