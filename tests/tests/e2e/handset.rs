//! A phone under test: the device core on a folder, with a finger and a wire that do as told.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use countersign_core::adapters::desktop::{SoftwareKeyStore, StateFile, SystemClock, UserPresence, open_secrets};
use countersign_core::adapters::http::HttpTransport;
use countersign_core::details::DetailTypes;
use countersign_core::device::EntryState;
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};
use countersign_core::message::enrolment::{DeviceInfo, PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{
    DiagnosticEvent, Diagnostics, HttpRequest, HttpResponse, KeyStoreError, Prompt, Transport, TransportError,
};
use countersign_core::review::RenderReport;
use countersign_core::{Authenticator, AuthenticatorError, Config, Outcome, Platform};
use countersign_server::gateway::Confirmed;
use tokio::sync::Notify;

use super::bank::{Bank, USER};

/// A phone. Dropping it is as good as killing it: nothing is written at the end.
pub(crate) struct Handset {
    pub(crate) device: Authenticator,
    pub(crate) finger: Arc<Finger>,
    pub(crate) wire: Arc<Wire>,
    folder: PathBuf,
}

impl Handset {
    /// Opens the phone of this folder.
    pub(crate) fn open(folder: &Path) -> Self {
        let finger = Arc::new(Finger(Mutex::new(Ok(()))));
        let wire = Arc::new(Wire::default());
        let device = Authenticator::open(config(), platform(folder, finger.clone(), wire.clone())).unwrap();
        Self { device, finger, wire, folder: folder.to_owned() }
    }

    /// Adds the phone to the account and confirms its code.
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

    /// Ends this phone and opens it again from its folder.
    pub(crate) fn restarted(self) -> Self {
        let Self { device, finger, wire, folder } = self;
        drop((device, finger, wire));
        Self::open(&folder)
    }

    pub(crate) async fn refresh(&self) {
        let refreshed = self.device.refresh().await.unwrap();
        assert_eq!(refreshed.failed, []);
    }

    /// The state of the first enrolment.
    pub(crate) fn state(&self) -> EnrolmentState {
        self.device.enrolments()[0].state
    }

    /// Fetches what waits; the one request that does.
    pub(crate) async fn asked(&self) -> Txn {
        self.refresh().await;
        let pending = self.device.pending();
        assert_eq!(pending.len(), 1);
        pending[0].txn().clone()
    }

    /// Reads everything and approves.
    pub(crate) async fn approve(&self, txn: &Txn, value: Option<&str>) -> Result<Outcome, AuthenticatorError> {
        let review = self.device.request(txn)?.review(Locale::En)?;
        let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
        let report = RenderReport { drawn, shown_ms: 1000, ..RenderReport::default() };
        review.rendered(&report)?.approve(value.map(str::to_owned)).await
    }

    pub(crate) fn entry(&self, txn: &Txn) -> EntryState {
        let entries = self.device.requests();
        entries.into_iter().find(|(_, entry)| entry.request.txn == *txn).expect("the request is kept").1.state
    }

    /// Secrets in the phone's folder.
    pub(crate) fn secrets(&self) -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(self.folder.join("secrets")).unwrap();
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }
}

/// What this phone says of itself.
pub(crate) fn config() -> Config {
    let word = |text: &str| text.to_owned();
    let device = DeviceInfo { platform: word("test"), model: word("Handset"), app: word("e2e"), sdk: word("0") };
    Config { device, types: DetailTypes::default(), issuers: None }
}

/// The parts of a phone in this folder, secrets in files.
pub(crate) fn platform(folder: &Path, finger: Arc<Finger>, wire: Arc<Wire>) -> Platform {
    std::fs::create_dir_all(folder.join("secrets")).unwrap();
    let state = StateFile::open(folder).unwrap();
    let (secrets, _) = open_secrets(folder).unwrap();
    Platform {
        keys: Arc::new(SoftwareKeyStore::new(secrets, finger)),
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

/// The finger on the sensor.
pub(crate) struct Finger(Mutex<Result<(), KeyStoreError>>);

impl Finger {
    pub(crate) fn answers(&self, answer: Result<(), KeyStoreError>) {
        *self.0.lock().unwrap() = answer;
    }
}

impl Default for Finger {
    fn default() -> Self {
        Self(Mutex::new(Ok(())))
    }
}

#[async_trait]
impl UserPresence for Finger {
    async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap().clone()
    }
}

/// HTTP that does as told with decisions.
#[derive(Default)]
pub(crate) struct Wire {
    http: HttpTransport,
    fate: Mutex<Fate>,
    /// Rings when a decision is about to leave a phone that hangs.
    pub(crate) reached: Notify,
    sent: Mutex<Vec<Vec<u8>>>,
}

/// What becomes of a decision, or of everything, on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    #[default]
    Arrives,
    /// The server gets it, the phone does not get the receipt.
    ReceiptLost,
    /// It never leaves; the call never ends.
    Hangs,
    /// Nothing at all gets through.
    NoNetwork,
}

impl Wire {
    pub(crate) fn fate(&self, fate: Fate) {
        *self.fate.lock().unwrap() = fate;
    }

    /// Every decision that reached the server, as bytes.
    pub(crate) fn sent(&self) -> Vec<Vec<u8>> {
        self.sent.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let fate = *self.fate.lock().unwrap();
        if fate == Fate::NoNetwork {
            return Err(TransportError::Unreachable);
        }
        let decision = request.url.ends_with("/decisions").then(|| request.body.clone());
        if decision.is_some() && fate == Fate::Hangs {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
        let answer = self.http.send(request).await?;
        // A 401 only asks for the nonce: the decision has not arrived yet.
        let Some(decision) = decision.filter(|_| answer.status == 200) else { return Ok(answer) };
        self.sent.lock().unwrap().push(decision);
        if fate == Fate::ReceiptLost { Err(TransportError::Timeout) } else { Ok(answer) }
    }
}
