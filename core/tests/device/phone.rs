//! A phone with parts that can be made to fail.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use countersign_core::adapters::desktop::{SoftwareKeyStore, UserPresence};
use countersign_core::message::app_version::AppVersion;
use countersign_core::message::claims::Timestamp;
use countersign_core::message::enrolment::{DeviceInfo, PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{
    Clock, ClockError, ClockReading, DiagnosticEvent, Diagnostics, HttpRequest, HttpResponse, KeyStoreError, Prompt,
    StateStore, StateStoreError, Transport, TransportError,
};
use countersign_core::{Authenticator, Config, EnrolmentInfo, Issuers, Platform};

use crate::bank::Bank;
use crate::fuse::Fuse;
use crate::key_store::{Failures, TestKeys};
use crate::memory_secrets::MemorySecrets;

/// A phone. Its parts outlive the authenticator, as a phone outlives a process.
pub(crate) struct Phone {
    pub(crate) bank: Arc<Bank>,
    /// Further banks that the phone reaches.
    pub(crate) others: Arc<Mutex<Vec<Arc<Bank>>>>,
    pub(crate) secrets: MemorySecrets,
    pub(crate) state: Arc<MemoryState>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) presence: Arc<TestPresence>,
    pub(crate) faults: Arc<Failures>,
    pub(crate) fuse: Arc<Fuse>,
    pub(crate) log: Arc<Log>,
    /// The issuers that the app enrols with.
    pub(crate) issuers: Mutex<Issuers>,
    pub(crate) allow_loopback: Mutex<bool>,
    pub(crate) app_version: Mutex<Option<AppVersion>>,
}

impl Phone {
    pub(crate) fn new(bank: &Arc<Bank>) -> Self {
        let fuse = Arc::<Fuse>::default();
        Self {
            bank: bank.clone(),
            others: Arc::default(),
            secrets: MemorySecrets::default(),
            state: Arc::new(MemoryState { fuse: fuse.clone(), ..MemoryState::default() }),
            clock: Arc::default(),
            presence: Arc::default(),
            faults: Arc::default(),
            fuse,
            log: Arc::default(),
            issuers: Mutex::new(Issuers::Unrestricted),
            allow_loopback: Mutex::default(),
            app_version: Mutex::default(),
        }
    }

    /// Starts the process.
    pub(crate) fn start(&self) -> Authenticator {
        self.try_start().unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn try_start(&self) -> Result<Authenticator, countersign_core::AuthenticatorError> {
        let platform = Platform {
            keys: Arc::new(TestKeys {
                inner: SoftwareKeyStore::new(Box::new(self.secrets.clone()), self.presence.clone()),
                faults: self.faults.clone(),
                fuse: self.fuse.clone(),
            }),
            transport: Arc::new(TestTransport {
                bank: self.bank.clone(),
                others: self.others.clone(),
                fuse: self.fuse.clone(),
            }),
            state: self.state.clone(),
            clock: self.clock.clone(),
            diagnostics: self.log.clone(),
        };
        let device = DeviceInfo {
            platform: "test".into(),
            model: "Test".into(),
            app: "test 1".into(),
            sdk: "countersign 0.1.0".into(),
        };
        let issuers = self.issuers.lock().unwrap().clone();
        let allow_loopback = *self.allow_loopback.lock().unwrap();
        let app_version = *self.app_version.lock().unwrap();
        Authenticator::open(Config { device, app_version, issuers, allow_loopback }, platform)
    }

    /// Starts, enrols and confirms a phone.
    pub(crate) async fn enrolled(bank: &Arc<Bank>) -> (Self, Authenticator) {
        let phone = Self::new(bank);
        let device = phone.start();
        let _: EnrolmentInfo = phone.enrol(&device).await;
        let status = bank.status(EnrolmentState::Active);
        let push = bank.push(&bank.sign(&status));
        assert!(device.receive(&push).is_ok());
        (phone, device)
    }

    /// Enrols and confirms this phone at another bank.
    pub(crate) async fn enrol_at(&self, bank: &Arc<Bank>, device: &Authenticator) {
        self.others.lock().unwrap().push(bank.clone());
        let push = PushAddress { kind: PushKind::Stream, token: None };
        device.enrol(bank.offer(), push).await.unwrap_or_else(|error| panic!("{error}"));
        let status = bank.push(&bank.sign(&bank.status(EnrolmentState::Active)));
        assert!(device.receive(&status).is_ok());
    }

    pub(crate) async fn enrol(&self, device: &Authenticator) -> EnrolmentInfo {
        let push = PushAddress { kind: PushKind::Stream, token: None };
        device.enrol(self.bank.offer(), push).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Lets time pass for phone and bank.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.monotonic_ms.fetch_add(seconds * 1000, Ordering::SeqCst);
        self.bank.now.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Restarts the phone with a wall clock that is ahead of the bank's by these seconds.
    pub(crate) fn reboot(&self, ahead_secs: u64) {
        self.clock.boots.fetch_add(1, Ordering::SeqCst);
        self.clock.monotonic_ms.store(0, Ordering::SeqCst);
        self.clock.wall.store(self.bank.now.load(Ordering::SeqCst) + ahead_secs, Ordering::SeqCst);
    }

    pub(crate) fn last_code(&self) -> Option<&'static str> {
        self.log.0.lock().unwrap().last().map(|event| event.code)
    }
}

#[derive(Default)]
pub(crate) struct MemoryState {
    pub(crate) bytes: Mutex<Option<Vec<u8>>>,
    pub(crate) full: AtomicBool,
    /// The next save stores this many bytes of the new state, and then fails.
    pub(crate) fail_after: Mutex<Option<usize>>,
    /// The number of saves.
    pub(crate) saves: AtomicU64,
    /// An action that runs once after the next save.
    pub(crate) after_save: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    fuse: Arc<Fuse>,
}

impl StateStore for MemoryState {
    fn load(&self) -> Result<Option<Vec<u8>>, StateStoreError> {
        Ok(self.bytes.lock().unwrap().clone())
    }

    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StateStoreError("no space left on device".into()));
        }
        self.saves.fetch_add(1, Ordering::SeqCst);
        if let Some(length) = self.fail_after.lock().unwrap().take() {
            *self.bytes.lock().unwrap() = Some(bytes.iter().copied().take(length).collect());
            return Err(StateStoreError("the folder cannot be synced".into()));
        }
        self.fuse.step_at_once();
        *self.bytes.lock().unwrap() = Some(bytes.to_vec());
        self.fuse.step_at_once();
        let happens = self.after_save.lock().unwrap().take();
        if let Some(happens) = happens {
            happens();
        }
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct TestClock {
    pub(crate) monotonic_ms: AtomicU64,
    pub(crate) wall: AtomicU64,
    /// The clock cannot be read.
    pub(crate) broken: AtomicBool,
    /// The clock does not name the boot.
    pub(crate) nameless: AtomicBool,
    /// The number of restarts.
    pub(crate) boots: AtomicU64,
    /// The time of tokio since this moment is added to the monotonic clock.
    pub(crate) virtual_since: Mutex<Option<tokio::time::Instant>>,
}

impl Clock for TestClock {
    fn read(&self) -> Result<ClockReading, ClockError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(ClockError("no such sensor".into()));
        }
        Ok(ClockReading {
            monotonic_ms: self.monotonic_ms.load(Ordering::SeqCst)
                + self.virtual_since.lock().unwrap().map_or(0, |since| since.elapsed().as_millis().try_into().unwrap()),
            boot_id: match self.boots.load(Ordering::SeqCst) {
                _ if self.nameless.load(Ordering::SeqCst) => String::new(),
                0 => "boot".into(),
                boots => format!("boot-{boots}"),
            },
            // The wall clock is wrong by years in every test.
            wall: Timestamp::from_seconds(self.wall.load(Ordering::SeqCst).try_into().unwrap()),
        })
    }
}

#[derive(Default)]
pub(crate) struct TestPresence(
    pub(crate) Mutex<Option<KeyStoreError>>,
    pub(crate) Mutex<Vec<Prompt>>,
    /// An action that runs once, during the next prompt.
    pub(crate) Mutex<Option<Box<dyn FnOnce() + Send>>>,
);

#[async_trait]
impl UserPresence for TestPresence {
    async fn confirm(&self, prompt: &Prompt) -> Result<(), KeyStoreError> {
        self.1.lock().unwrap().push(prompt.clone());
        let happens = self.2.lock().unwrap().take();
        if let Some(happens) = happens {
            happens();
        }
        self.0.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

/// The banks behind the fuse.
struct TestTransport {
    bank: Arc<Bank>,
    others: Arc<Mutex<Vec<Arc<Bank>>>>,
    fuse: Arc<Fuse>,
}

#[async_trait]
impl Transport for TestTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.fuse.step().await;
        let others = self.others.lock().unwrap().clone();
        let other = others.iter().find(|bank| request.url.starts_with(&bank.origin()));
        let answer = other.unwrap_or(&self.bank).send(request).await;
        self.fuse.step().await;
        answer
    }
}

#[derive(Default)]
pub(crate) struct Log(
    pub(crate) Mutex<Vec<DiagnosticEvent>>,
    /// An action that runs once, inside the next call.
    pub(crate) Mutex<Option<Box<dyn FnOnce() + Send>>>,
);

impl Diagnostics for Log {
    fn record(&self, event: DiagnosticEvent) {
        self.0.lock().unwrap().push(event);
        let happens = self.1.lock().unwrap().take();
        if let Some(happens) = happens {
            happens();
        }
    }
}
