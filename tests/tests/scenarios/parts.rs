//! What the phone under test is made of: all of it in memory, and all of it does as told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use countersign_core::adapters::desktop::{SecretError, SecretStore, SoftwareKeyStore, UserPresence};
use countersign_core::adapters::http::HttpTransport;
use countersign_core::details::DetailTypes;
use countersign_core::message::claims::Timestamp;
use countersign_core::message::enrolment::DeviceInfo;
use countersign_core::platform::{
    Clock, ClockError, ClockReading, DiagnosticEvent, Diagnostics, HttpRequest, HttpResponse, KeyStoreError, Prompt,
    StateStore, StateStoreError, Transport, TransportError,
};
use countersign_core::{Authenticator, Config, Platform};
use tokio::sync::Notify;
use zeroize::Zeroizing;

/// Everything that outlives the device.
#[derive(Clone, Default)]
pub(crate) struct Parts {
    pub(crate) keys: Arc<Keys>,
    pub(crate) finger: Arc<Finger>,
    pub(crate) clock: Arc<Hands>,
    pub(crate) wire: Arc<Wire>,
    state: Arc<Memory>,
}

impl Parts {
    /// Opens a device over them.
    pub(crate) fn open(&self) -> Authenticator {
        let word = |text: &str| text.to_owned();
        let device = DeviceInfo {
            platform: word("test"),
            model: word("Scenario"),
            app: word("scenarios"),
            sdk: word(env!("CARGO_PKG_VERSION")),
        };
        let platform = Platform {
            keys: Arc::new(SoftwareKeyStore::new(Box::new(Shared(self.keys.clone())), self.finger.clone())),
            transport: self.wire.clone(),
            state: self.state.clone(),
            clock: self.clock.clone(),
            diagnostics: Arc::new(Silent),
        };
        Authenticator::open(Config { device, types: DetailTypes::default(), issuers: None }, platform)
            .unwrap_or_else(|error| panic!("open: {error}"))
    }
}

struct Silent;

impl Diagnostics for Silent {
    fn record(&self, _: DiagnosticEvent) {}
}

/// The state.
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

/// Private keys.
#[derive(Default)]
pub(crate) struct Keys(Mutex<BTreeMap<String, Vec<u8>>>);

impl Keys {
    /// The names of the keys, without the one that seals the state.
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

/// The finger on the sensor.
#[derive(Default)]
pub(crate) struct Finger(Mutex<Option<KeyStoreError>>);

impl Finger {
    /// From now on the platform says this instead of signing.
    pub(crate) fn fails(&self, error: KeyStoreError) {
        *lock(&self.0) = Some(error);
    }
}

#[async_trait]
impl UserPresence for Finger {
    async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
        lock(&self.0).clone().map_or(Ok(()), Err)
    }
}

/// The clock of the phone.
pub(crate) struct Hands(Mutex<Time>);

struct Time {
    booted: Instant,
    /// Beyond what has really passed since the start.
    passed_s: u32,
    boot: u32,
    wall_shift_s: i64,
}

impl Default for Hands {
    fn default() -> Self {
        Self(Mutex::new(Time { booted: Instant::now(), passed_s: 0, boot: 1, wall_shift_s: 0 }))
    }
}

impl Hands {
    /// Lets time pass. The wall clock does not notice.
    pub(crate) fn pass(&self, seconds: u32) {
        lock(&self.0).passed_s += seconds;
    }

    /// Sets the wall clock wrong by this.
    pub(crate) fn wall_is_off_by(&self, seconds: i64) {
        lock(&self.0).wall_shift_s = seconds;
    }

    /// Starts the phone again: another boot, time from zero.
    pub(crate) fn restart(&self) {
        let mut time = lock(&self.0);
        *time = Time { booted: Instant::now(), passed_s: 0, boot: time.boot + 1, wall_shift_s: time.wall_shift_s };
    }
}

impl Clock for Hands {
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

/// HTTP.
#[derive(Default)]
pub(crate) struct Wire {
    http: HttpTransport,
    fate: Mutex<Fate>,
    arrived: Mutex<Vec<Vec<u8>>>,
    held: Mutex<Option<Vec<u8>>>,
    reached: Notify,
}

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives.
    #[default]
    Works,
    /// Nobody is reached.
    Refuses,
    /// Decisions are never answered and never leave; everything else arrives.
    HoldsDecisions,
}

impl Wire {
    /// From now on.
    pub(crate) fn fate(&self, fate: Fate) {
        *lock(&self.fate) = fate;
    }

    /// Decisions that the server took, as bytes.
    pub(crate) fn arrived(&self) -> Vec<Vec<u8>> {
        lock(&self.arrived).clone()
    }

    /// Waits until a decision is held; its bytes.
    pub(crate) async fn held(&self) -> Vec<u8> {
        self.reached.notified().await;
        lock(&self.held).clone().expect("a decision is held")
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let fate = *lock(&self.fate);
        let decision = request.url.ends_with("/decisions").then(|| request.body.clone());
        match (fate, &decision) {
            (Fate::Refuses, _) => return Err(TransportError::Unreachable),
            (Fate::HoldsDecisions, Some(bytes)) => {
                lock(&self.held).get_or_insert_with(|| bytes.clone());
                self.reached.notify_one();
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        let answer = self.http.send(request).await?;
        // A 401 only asks for the nonce: the decision has not arrived yet.
        if let Some(bytes) = decision.filter(|_| answer.status == 200) {
            lock(&self.arrived).push(bytes);
        }
        Ok(answer)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
