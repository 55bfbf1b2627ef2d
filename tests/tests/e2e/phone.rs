//! A phone under test: the core with its data in a folder, and controllable user verification and
//! network.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use countersign_core::adapters::desktop::{SoftwareKeyStore, StateFile, SystemClock, UserPresence, open_secrets};
use countersign_core::adapters::http::HttpTransport;
use countersign_core::device::EntryState;
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};
use countersign_core::message::enrolment::{DeviceInfo, PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{
    DiagnosticEvent, Diagnostics, HttpRequest, HttpResponse, KeyStoreError, Prompt, Transport, TransportError,
};
use countersign_core::review::RenderReport;
use countersign_core::{Authenticator, AuthenticatorError, Config, Issuers, Outcome, Platform};
use countersign_server::gateway::Confirmed;
use tokio::sync::Notify;

use super::bank::{Bank, USER};

/// A phone. Dropping it is equivalent to killing its process.
pub(crate) struct TestPhone {
    pub(crate) device: Authenticator,
    pub(crate) verification: Arc<UserVerification>,
    pub(crate) wire: Arc<Wire>,
    folder: PathBuf,
}

impl TestPhone {
    /// Opens the phone in this folder.
    pub(crate) fn open(folder: &Path) -> Self {
        let verification = Arc::new(UserVerification(Mutex::new(Ok(()))));
        let wire = Arc::new(Wire::default());
        let device = Authenticator::open(config(), platform(folder, verification.clone(), wire.clone())).unwrap();
        Self { device, verification, wire, folder: folder.to_owned() }
    }

    /// Opens a phone, enrols it and confirms its code.
    pub(crate) async fn enrolled(folder: &Path, bank: &Bank) -> Self {
        let phone = Self::open(folder);
        phone.enrol(bank).await;
        phone
    }

    pub(crate) async fn enrol(&self, bank: &Bank) -> EnrolmentId {
        let offer = bank.gateway().offer(USER, "Alice Example").await.unwrap();
        let link = self.device.parse_offer(&offer.uri).unwrap();
        let push = PushAddress { kind: PushKind::Stream, token: None };
        let enrolment = self.device.enrol(link, push).await.unwrap();
        if let Some(code) = enrolment.confirm_code {
            let confirmed = bank.gateway().confirm(USER, &offer.id, &code).await.unwrap();
            assert_eq!(confirmed, Confirmed::Active);
        }
        self.refresh().await;
        assert_eq!(self.state(), EnrolmentState::Active);
        enrolment.id
    }

    /// Drops this phone and opens it again from its folder.
    pub(crate) fn restarted(self) -> Self {
        let Self { device, verification, wire, folder } = self;
        drop((device, verification, wire));
        Self::open(&folder)
    }

    pub(crate) async fn refresh(&self) {
        let refreshed = self.device.refresh().await.unwrap();
        assert_eq!(refreshed.failed, []);
    }

    /// Returns the state of the first enrolment.
    pub(crate) fn state(&self) -> EnrolmentState {
        self.device.enrolments()[0].state
    }

    /// Refreshes and returns the only pending request.
    pub(crate) async fn asked(&self) -> Txn {
        self.refresh().await;
        let pending = self.device.pending();
        assert_eq!(pending.len(), 1);
        pending[0].txn().clone()
    }

    /// Approves with every field drawn.
    pub(crate) async fn approve(&self, txn: &Txn, value: Option<&str>) -> Result<Outcome, AuthenticatorError> {
        let review = self.device.request(txn)?.review(Locale::En)?;
        let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
        let report = RenderReport { drawn, shown_ms: 1000, obscured: false, shared: false, call_active: false };
        review.rendered(&report)?.approve(value.map(str::to_owned)).await
    }

    pub(crate) fn entry(&self, txn: &Txn) -> EntryState {
        let entries = self.device.requests();
        entries.into_iter().find(|(_, entry)| entry.request.txn == *txn).expect("the request is kept").1.state
    }

    /// Returns the secrets in the phone's folder.
    pub(crate) fn secrets(&self) -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(self.folder.join("secrets")).unwrap();
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }
}

/// Returns the configuration of the phone.
pub(crate) fn config() -> Config {
    let word = |text: &str| text.to_owned();
    let device = DeviceInfo { platform: word("test"), model: word("TestPhone"), app: word("e2e"), sdk: word("0") };
    Config { device, app_version: None, issuers: Issuers::Unrestricted, allow_loopback: true }
}

/// Returns the platform of a phone in this folder, with secrets in files.
pub(crate) fn platform(folder: &Path, verification: Arc<UserVerification>, wire: Arc<Wire>) -> Platform {
    std::fs::create_dir_all(folder.join("secrets")).unwrap();
    let state = StateFile::open(folder).unwrap();
    let (secrets, _) = open_secrets(folder).unwrap();
    Platform {
        keys: Arc::new(SoftwareKeyStore::new(secrets, verification)),
        transport: wire,
        state: Arc::new(state),
        clock: Arc::new(SystemClock),
        diagnostics: Arc::new(Silent),
    }
}

struct Silent;

impl Diagnostics for Silent {
    fn record(&self, _: DiagnosticEvent) {}
}

/// User verification with a result that the test sets.
pub(crate) struct UserVerification(Mutex<Result<(), KeyStoreError>>);

impl UserVerification {
    pub(crate) fn answers(&self, answer: Result<(), KeyStoreError>) {
        *self.0.lock().unwrap() = answer;
    }
}

impl Default for UserVerification {
    fn default() -> Self {
        Self(Mutex::new(Ok(())))
    }
}

#[async_trait]
impl UserPresence for UserVerification {
    async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap().clone()
    }
}

/// HTTP whose delivery of decisions the test controls.
#[derive(Default)]
pub(crate) struct Wire {
    http: HttpTransport,
    delivery: Mutex<Delivery>,
    /// Notifies when a decision is held back.
    pub(crate) reached: Notify,
    sent: Mutex<Vec<Vec<u8>>>,
}

/// The delivery of decisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Delivery {
    #[default]
    Arrives,
    /// The server receives the decision. The phone does not receive the receipt.
    ReceiptLost,
    /// The decision is not sent and the call does not return.
    Hangs,
    /// No call reaches the server.
    NoNetwork,
}

impl Wire {
    pub(crate) fn delivery(&self, delivery: Delivery) {
        *self.delivery.lock().unwrap() = delivery;
    }

    /// Returns every decision that reached the server.
    pub(crate) fn sent(&self) -> Vec<Vec<u8>> {
        self.sent.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let delivery = *self.delivery.lock().unwrap();
        if delivery == Delivery::NoNetwork {
            return Err(TransportError::Unreachable);
        }
        let decision = request.url.ends_with("/decisions").then(|| request.body.clone());
        if decision.is_some() && delivery == Delivery::Hangs {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
        let answer = self.http.send(request).await?;
        // A 401 requests the nonce. The decision has not been processed yet.
        let Some(decision) = decision.filter(|_| answer.status == 200) else { return Ok(answer) };
        self.sent.lock().unwrap().push(decision);
        if delivery == Delivery::ReceiptLost { Err(TransportError::Timeout) } else { Ok(answer) }
    }
}
