//! The phone: the core, its switches, and the tasks that run beside it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_core::adapters::desktop::{SoftwareKeyStore, StateFile, Storage, open_secrets};
use countersign_core::adapters::http::HttpTransport;
use countersign_core::device::{Entry, EntryState};
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{DeviceInfo, PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{Clock as _, KeyStoreError, Transport};
use countersign_core::review::{RenderReport, display};
use countersign_core::{Authenticator, AuthenticatorError, Config, EnrolmentInfo, Issuers, Platform};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use super::journal::Journal;
use super::parts::{Sensor, SwitchedClock, SwitchedTransport};
use super::switches::Switches;
use super::view::{
    BindingView, DecisionView, DetailsView, EnrolmentView, FieldView, PushView, Received, RequestView, StateView,
    standing,
};
use crate::failure::Failure;

/// A virtual phone. Clones share one state.
#[derive(Clone)]
pub(crate) struct Phone {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) device: Authenticator,
    pub(super) switches: Arc<Switches>,
    /// The issuers that the phone enrols with.
    issuers: Issuers,
    /// The transport of the event streams. Other calls use the core's transport.
    pub(super) http: HttpTransport,
    pub(super) listeners: Mutex<HashMap<EnrolmentId, AbortHandle>>,
    /// Enrolments whose stream is open.
    pub(super) listening: Mutex<HashSet<EnrolmentId>>,
    pub(super) last_push: Mutex<Option<BTreeMap<String, String>>>,
    pub(super) journal: Arc<Journal>,
    /// Notifies tasks that wait before a retry when a refresh has ended.
    pub(super) refreshed: Notify,
    tasks: Mutex<Vec<AbortHandle>>,
    storage: Storage,
    changes: watch::Sender<u64>,
}

/// How long the phone's folder is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Secrets may be stored in the system's keyring.
    Lasting,
    /// Secrets are stored in the folder and are deleted with it.
    WithFolder,
}

impl Phone {
    /// Opens the phone in this folder, locks the folder, and starts to listen for pushes. Needs a
    /// tokio runtime.
    pub(crate) fn open(
        folder: &Path,
        keeping: Keeping,
        transport: Arc<dyn Transport>,
        issuers: Issuers,
    ) -> Result<Self, Failure> {
        let state = StateFile::open(folder).map_err(Failure::of)?;
        if keeping == Keeping::WithFolder {
            // A folder that already has secret files keeps using files.
            std::fs::create_dir_all(folder.join("secrets"))
                .map_err(|error| Failure::Failed(format!("{} cannot be used: {error}", folder.display())))?;
        }
        let (secrets, storage) = open_secrets(folder).map_err(Failure::of)?;
        let switches = Arc::new(Switches::default());
        let journal = Arc::new(Journal::default());
        let platform = Platform {
            keys: Arc::new(SoftwareKeyStore::new(secrets, Arc::new(Sensor(switches.clone())))),
            transport: Arc::new(SwitchedTransport { inner: transport, switches: switches.clone() }),
            state: Arc::new(state),
            clock: Arc::new(SwitchedClock(switches.clone())),
            diagnostics: journal.clone(),
        };
        let config = Config { device: this_phone(), app_version: None, issuers: issuers.clone(), allow_loopback: true };
        let device = Authenticator::open(config, platform).map_err(|error| not_opened(folder, &error))?;
        let inner = Inner {
            device,
            switches,
            issuers,
            http: HttpTransport::new(),
            listeners: Mutex::default(),
            listening: Mutex::default(),
            last_push: Mutex::default(),
            journal,
            refreshed: Notify::new(),
            tasks: Mutex::default(),
            storage,
            changes: watch::Sender::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Registers a task that ends with the phone.
    pub(super) fn own(&self, task: AbortHandle) {
        self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Ends the tasks beside the core. The folder is unlocked when the last clone is dropped.
    pub(crate) async fn close(&self) {
        let listeners = std::mem::take(&mut *self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner));
        let tasks = std::mem::take(&mut *self.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in listeners.into_values().chain(tasks) {
            task.abort();
        }
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.inner.storage
    }

    pub(crate) fn switches(&self) -> &Switches {
        &self.inner.switches
    }

    pub(crate) fn device(&self) -> &Authenticator {
        &self.inner.device
    }

    /// Notifies watchers of a change.
    pub(crate) fn changed(&self) {
        self.inner.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Returns a counter of changes.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Waits until `found` returns a value, or returns `None` after `patience`.
    pub(crate) async fn wait_for<T>(&self, patience: Duration, mut found: impl FnMut(&Self) -> Option<T>) -> Option<T> {
        let mut changes = self.changes();
        let search = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = found(self) {
                    return Some(found);
                }
                changes.changed().await.ok()?;
            }
        };
        tokio::time::timeout(patience, search).await.ok().flatten()
    }

    /// Returns the time for countdowns in seconds since 1970: the trusted time of the newest
    /// enrolment's issuer, or the wall clock if there is none.
    fn now(&self) -> i64 {
        let device = self.device();
        let enrolments = device.enrolments();
        let newest = enrolments.iter().rev().find(|enrolment| enrolment.state != EnrolmentState::Revoked);
        let trusted = newest.and_then(|enrolment| device.now(&enrolment.id).ok());
        let wall = || SwitchedClock(self.inner.switches.clone()).read().ok().map(|reading| reading.wall);
        trusted.or_else(wall).map_or(0, |now| now.seconds())
    }

    pub(crate) fn state(&self) -> StateView {
        let switches = self.switches();
        StateView {
            online: switches.is_online(),
            listening: self.is_listening(),
            push: switches.push(),
            biometric: switches.biometric(),
            clock_shift_s: switches.shift(),
            wall_shift_s: switches.wall_shift(),
            now: self.now(),
            storage: match self.inner.storage {
                Storage::Keyring => "keyring",
                Storage::File { .. } => "file",
            },
            enrolments: self.device().enrolments().into_iter().map(EnrolmentView::from).collect(),
            requests: self.requests(),
            rejections: self.inner.journal.last(),
            last_push: self.last_push().map(|push| PushView {
                kind: "stream",
                bytes: serde_json::to_string(&push).map_or(0, |text| text.len()),
                sealed: push.contains_key("p"),
            }),
        }
    }

    pub(crate) fn requests(&self) -> Vec<RequestView> {
        self.device().requests().into_iter().map(|(enrolment, entry)| RequestView::of(enrolment, &entry)).collect()
    }

    /// Returns the last push, including one that the push switch discarded.
    pub(crate) fn last_push(&self) -> Option<BTreeMap<String, String>> {
        self.inner.last_push.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn enrol(&self, link: &str) -> Result<EnrolmentView, AuthenticatorError> {
        let offer = self.device().parse_offer(link)?;
        let enrolled = self.device().enrol(offer, PushAddress { kind: PushKind::Stream, token: None }).await;
        self.listen_for_pushes();
        self.changed();
        enrolled.map(EnrolmentView::from)
    }

    /// Returns the content of the approval screen for a request in any state.
    pub(crate) fn details(&self, txn: &Txn, locale: Locale) -> Result<DetailsView, AuthenticatorError> {
        let (enrolment, entry) = self.entry(txn)?;
        let types = self.inner.issuers.types_of(&entry.request.iss);
        let shown = display(&entry.request, locale, types, enrolment.display_model);
        let not_approvable = self.not_approvable(&enrolment, &entry, locale);
        Ok(DetailsView {
            id: txn.clone(),
            state: standing(&entry.state).0,
            approvable: not_approvable.is_none(),
            not_approvable,
            binding: BindingView::from(&entry.request.binding),
            fields: shown.fields.iter().map(|field| FieldView::of(field, locale)).collect(),
            expires_at: entry.request.exp.seconds(),
            display_hash: shown.hash,
        })
    }

    /// Returns a stored request with its enrolment, decision and receipt.
    pub(crate) fn entry(&self, txn: &Txn) -> Result<(EnrolmentInfo, Entry), AuthenticatorError> {
        let (id, entry) = self
            .device()
            .requests()
            .into_iter()
            .find(|(_, entry)| entry.request.txn == *txn)
            .ok_or(AuthenticatorError::UnknownRequest)?;
        let enrolment = self.device().enrolments().into_iter().find(|enrolment| enrolment.id == id);
        Ok((enrolment.ok_or(AuthenticatorError::UnknownEnrolment)?, entry))
    }

    fn not_approvable(&self, enrolment: &EnrolmentInfo, entry: &Entry, locale: Locale) -> Option<&'static str> {
        if entry.state != EntryState::Pending {
            return Some("not_pending");
        }
        if enrolment.state != EnrolmentState::Active {
            return Some(AuthenticatorError::NotActive(enrolment.state).code());
        }
        let review = self.device().request(&entry.request.txn).and_then(|request| request.review(locale));
        match review.and_then(|review| review.approvable()) {
            Ok(()) => None,
            Err(AuthenticatorError::NotApprovable(reason)) => Some(reason.code()),
            Err(AuthenticatorError::Expired) => Some("expired"),
            Err(_) => Some("not_pending"),
        }
    }

    /// Approves a request. Without `drawn`, every field counts as drawn, for tests without a
    /// screen.
    pub(crate) async fn approve(
        &self,
        txn: &Txn,
        value: Option<String>,
        locale: Locale,
        screen: Screen,
    ) -> Result<DecisionView, AuthenticatorError> {
        let review = self.device().request(txn)?.review(locale)?;
        let drawn = screen.drawn.unwrap_or_else(|| review.fields().iter().map(|field| field.id.to_string()).collect());
        let report = RenderReport {
            drawn,
            shown_ms: screen.shown_ms,
            obscured: screen.obscured,
            shared: screen.shared,
            call_active: screen.call_active,
        };
        let outcome = review.rendered(&report)?.approve(value).await;
        self.changed();
        outcome.map(DecisionView::from)
    }

    pub(crate) async fn deny(&self, txn: &Txn, reason: DenyReason) -> Result<DecisionView, AuthenticatorError> {
        let outcome = self.device().deny(txn, reason).await;
        self.changed();
        outcome.map(DecisionView::from)
    }

    /// Sends the outbox and fetches the inbox of each enrolment.
    pub(crate) async fn refresh(&self) -> Result<(), AuthenticatorError> {
        let refreshed = self.device().refresh().await;
        self.listen_for_pushes();
        self.inner.refreshed.notify_waiters();
        self.changed();
        refreshed?.failed.into_iter().next().map_or(Ok(()), |failed| Err(failed.error))
    }

    /// Rotates the device key and the encryption key.
    pub(crate) async fn rotate_keys(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let done = self.device().rotate_keys(enrolment).await;
        self.changed();
        done
    }

    /// Rotates all three keys. The user is verified twice.
    pub(crate) async fn rotate_all_keys(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let done = self.device().rotate_all_keys(enrolment).await;
        self.changed();
        done
    }

    pub(crate) async fn unenrol(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let done = self.device().unenrol(enrolment).await;
        self.changed();
        done
    }

    /// Removes an enrolment from this phone without informing the bank.
    pub(crate) async fn forget(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let done = self.device().forget(enrolment).await;
        self.changed();
        done
    }

    /// Processes a push. A wake-only push triggers a refresh in the background.
    pub(crate) fn receive(&self, push: &BTreeMap<String, String>) -> Received {
        let received = match self.device().receive(push) {
            Ok(countersign_core::Received::Request(_)) => Received::Request,
            Ok(countersign_core::Received::Duplicate(_)) => Received::Duplicate,
            Ok(countersign_core::Received::Status(..)) => Received::Status,
            Ok(countersign_core::Received::Fetch(..)) => {
                self.refresh_soon();
                Received::Fetch
            }
            Err(_) => Received::Rejected,
        };
        if received != Received::Fetch && self.has_queued() {
            self.refresh_soon();
        }
        self.changed();
        received
    }
}

fn not_opened(folder: &Path, error: &AuthenticatorError) -> Failure {
    let folder = folder.display();
    Failure::Failed(match error {
        AuthenticatorError::KeyStore(KeyStoreError::Missing) => format!(
            "the key that seals the state of the phone in {folder} is missing; the state was not changed: restore the key, or \
             name an empty folder with --data and enrol the phone again"
        ),
        error => format!("the phone in {folder} cannot be opened: {error}. Use --data to name another folder"),
    })
}

/// The render report that the caller of the API supplies.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    pub(crate) drawn: Option<Vec<String>>,
    pub(crate) shown_ms: u64,
    pub(crate) obscured: bool,
    pub(crate) shared: bool,
    pub(crate) call_active: bool,
}

fn this_phone() -> DeviceInfo {
    let version = env!("CARGO_PKG_VERSION");
    DeviceInfo {
        platform: std::env::consts::OS.into(),
        model: "Virtual phone".into(),
        app: format!("countersign phone {version}"),
        sdk: version.into(),
    }
}
