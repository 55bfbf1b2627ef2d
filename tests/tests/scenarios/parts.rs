//! The platform of the phone under test: in memory and controlled by the scenario.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use countersign_core::adapters::desktop::{SecretError, SecretStore, SoftwareKeyStore, UserPresence};
use countersign_core::adapters::http::HttpTransport;
use countersign_core::message::claims::Timestamp;
use countersign_core::message::enrolment::DeviceInfo;
use countersign_core::platform::{
    Clock, ClockError, ClockReading, DiagnosticEvent, Diagnostics, HttpRequest, HttpResponse, KeyStoreError, Prompt,
    StateStore, StateStoreError, Transport, TransportError,
};
use countersign_core::{Authenticator, Config, Issuers, Platform};
use tokio::sync::Notify;
use zeroize::Zeroizing;

/// The parts that survive a restart of the phone.
#[derive(Clone, Default)]
pub(crate) struct Parts {
    pub(crate) keys: Arc<Keys>,
    pub(crate) verification: Arc<UserVerification>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) wire: Arc<Wire>,
    state: Arc<Memory>,
}

impl Parts {
    /// Opens a phone with these parts.
    pub(crate) fn open(&self) -> Authenticator {
        let word = |text: &str| text.to_owned();
        let device = DeviceInfo {
            platform: word("test"),
            model: word("Scenario"),
            app: word("scenarios"),
            sdk: word(env!("CARGO_PKG_VERSION")),
        };
        let platform = Platform {
            keys: Arc::new(SoftwareKeyStore::new(Box::new(Shared(self.keys.clone())), self.verification.clone())),
            transport: self.wire.clone(),
            state: self.state.clone(),
            clock: self.clock.clone(),
            diagnostics: Arc::new(Silent),
        };
        Authenticator::open(
            Config { device, app_version: None, issuers: Issuers::Unrestricted, allow_loopback: true },
            platform,
        )
        .unwrap_or_else(|error| panic!("open: {error}"))
    }
}

struct Silent;

impl Diagnostics for Silent {
    fn record(&self, _: DiagnosticEvent) {}
}

/// The stored state.
#[derive(Default)]
struct Memory(Mutex<Option<Vec<u8>>>);

impl StateStore for Memory {
    fn load(&self) -> Result<Option<Vec<u8>>, StateStoreError> {
        Ok(lock(&self.0).clone())
    }

    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError> {
        *lock(&self.0) = Some(bytes.to_owned());
        Ok(())
    }
}

/// The private keys.
#[derive(Default)]
pub(crate) struct Keys(Mutex<BTreeMap<String, Vec<u8>>>);

impl Keys {
    /// Returns the names of the keys, without the key that seals the state.
    pub(crate) fn names(&self) -> Vec<String> {
        lock(&self.0).keys().filter(|name| *name != "sealing-key").cloned().collect()
    }
}

struct Shared(Arc<Keys>);

impl SecretStore for Shared {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        Ok(lock(&self.0.0).get(name).cloned().map(Zeroizing::new))
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        lock(&self.0.0).insert(name.to_owned(), secret.to_owned());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        lock(&self.0.0).remove(name);
        Ok(())
    }
}

/// User verification.
#[derive(Default)]
pub(crate) struct UserVerification(Mutex<Option<KeyStoreError>>);

impl UserVerification {
    /// Sets the error that user verification returns instead of success.
    pub(crate) fn fails(&self, error: KeyStoreError) {
        *lock(&self.0) = Some(error);
    }
}

#[async_trait]
impl UserPresence for UserVerification {
    async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
        lock(&self.0).clone().map_or(Ok(()), Err)
    }
}

/// The clock of the phone.
pub(crate) struct TestClock(Mutex<Time>);

struct Time {
    booted: Instant,
    /// Seconds added to the time that has really passed.
    passed_s: u32,
    boot: u32,
    wall_shift_s: i64,
}

impl Default for TestClock {
    fn default() -> Self {
        Self(Mutex::new(Time { booted: Instant::now(), passed_s: 0, boot: 1, wall_shift_s: 0 }))
    }
}

impl TestClock {
    /// Lets time pass. The wall clock is not changed.
    pub(crate) fn pass(&self, seconds: u32) {
        lock(&self.0).passed_s += seconds;
    }

    /// Shifts the wall clock.
    pub(crate) fn shift_wall_clock(&self, seconds: i64) {
        lock(&self.0).wall_shift_s = seconds;
    }

    /// Restarts the phone: another boot id, monotonic time from zero.
    pub(crate) fn restart(&self) {
        let mut time = lock(&self.0);
        *time = Time { booted: Instant::now(), passed_s: 0, boot: time.boot + 1, wall_shift_s: time.wall_shift_s };
    }
}

impl Clock for TestClock {
    fn read(&self) -> Result<ClockReading, ClockError> {
        let time = lock(&self.0);
        let running = u64::try_from(time.booted.elapsed().as_millis()).unwrap();
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        Ok(ClockReading {
            monotonic_ms: running + u64::from(time.passed_s) * 1000,
            boot_id: format!("boot {}", time.boot),
            wall: Timestamp::from_seconds(i64::try_from(real).unwrap() + time.wall_shift_s),
        })
    }
}

/// HTTP whose delivery the scenario controls.
#[derive(Default)]
pub(crate) struct Wire {
    http: HttpTransport,
    delivery: Mutex<Delivery>,
    arrived: Mutex<Vec<Vec<u8>>>,
    held: Mutex<Option<Vec<u8>>>,
    reached: Notify,
}

/// The delivery of calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Calls reach the server.
    #[default]
    Works,
    /// No call reaches the server.
    Refuses,
    /// Decisions are held back and their calls do not return. Other calls reach the server.
    HoldsDecisions,
}

impl Wire {
    /// Sets the delivery.
    pub(crate) fn delivery(&self, delivery: Delivery) {
        *lock(&self.delivery) = delivery;
    }

    /// Returns the decisions that the server received.
    pub(crate) fn arrived(&self) -> Vec<Vec<u8>> {
        lock(&self.arrived).clone()
    }

    /// Waits until a decision is held back, and returns it.
    pub(crate) async fn held(&self) -> Vec<u8> {
        self.reached.notified().await;
        lock(&self.held).clone().expect("a decision is held")
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let delivery = *lock(&self.delivery);
        let decision = request.url.ends_with("/decisions").then(|| request.body.clone());
        match (delivery, &decision) {
            (Delivery::Refuses, _) => return Err(TransportError::Unreachable),
            (Delivery::HoldsDecisions, Some(bytes)) => {
                lock(&self.held).get_or_insert_with(|| bytes.clone());
                self.reached.notify_one();
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        let answer = self.http.send(request).await?;
        // A 401 requests the nonce. The decision has not been processed yet.
        if let Some(bytes) = decision.filter(|_| answer.status == 200) {
            lock(&self.arrived).push(bytes);
        }
        Ok(answer)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
