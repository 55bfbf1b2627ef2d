//! The phone: the core, the switches, and what runs beside it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_core::adapters::desktop::{SoftwareKeyStore, StateFile, Storage, open_secrets};
use countersign_core::adapters::http::HttpTransport;
use countersign_core::details::DetailTypes;
use countersign_core::device::{Entry, EntryState};
use countersign_core::message::claims::{EnrolmentId, Locale, Txn};
use countersign_core::message::decision::DenyReason;
use countersign_core::message::enrolment::{DeviceInfo, PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{Clock as _, KeyStoreError, Transport};
use countersign_core::review::{RenderReport, display};
use countersign_core::{Authenticator, AuthenticatorError, Config, EnrolmentInfo, Platform};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use super::journal::Journal;
use super::outbox;
use super::parts::{Sensor, SwitchedClock, SwitchedTransport};
use super::switches::Switches;
use super::view::{
    AnswerView, BindingView, DetailsView, EnrolmentView, FieldView, PushView, Received, RequestView, StateView,
    standing,
};
use crate::failure::Failure;

/// A virtual phone. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct Phone {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) device: Authenticator,
    pub(super) switches: Arc<Switches>,
    /// The types that the bank declares.
    types: DetailTypes,
    /// For the event streams; everything else goes through the core's transport.
    pub(super) http: HttpTransport,
    pub(super) listeners: Mutex<HashMap<EnrolmentId, AbortHandle>>,
    /// Enrolments whose stream is open.
    pub(super) listening: Mutex<HashSet<EnrolmentId>>,
    pub(super) last_push: Mutex<Option<BTreeMap<String, String>>>,
    pub(super) journal: Arc<Journal>,
    /// Tells whoever waits for a better moment that somebody has just refreshed.
    pub(super) refreshed: Notify,
    resending: Mutex<Option<AbortHandle>>,
    storage: Storage,
    changes: watch::Sender<u64>,
}

/// How long the phone's folder is meant to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Secrets may go to the system's keyring.
    Lasting,
    /// Secrets stay in the folder, so that they go with it.
    WithFolder,
}

impl Phone {
    /// Opens the phone in this folder, which it locks, and begins to listen for pushes. Needs a tokio runtime.
    pub(crate) fn open(
        folder: &Path,
        keeping: Keeping,
        transport: Arc<dyn Transport>,
        types: DetailTypes,
    ) -> Result<Self, Failure> {
        let state = StateFile::open(folder).map_err(Failure::of)?;
        if keeping == Keeping::WithFolder {
            // A folder that has secret files keeps to files.
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
        let device =
            Authenticator::open(Config { device: this_phone(), types: types.clone(), issuers: None }, platform)
                .map_err(|error| not_opened(folder, &error))?;
        let inner = Inner {
            device,
            switches,
            types,
            http: HttpTransport::new(),
            listeners: Mutex::default(),
            listening: Mutex::default(),
            last_push: Mutex::default(),
            journal,
            refreshed: Notify::new(),
            resending: Mutex::default(),
            storage,
            changes: watch::Sender::new(0),
        };
        let phone = Self { inner: Arc::new(inner) };
        phone.listen_for_pushes();
        let resending = tokio::spawn(outbox::keep_sending(phone.clone())).abort_handle();
        *phone.inner.resending.lock().unwrap_or_else(PoisonError::into_inner) = Some(resending);
        Ok(phone)
    }

    /// Ends what runs beside the core. The folder is free once the last clone is gone.
    pub(crate) async fn close(&self) {
        let listeners = std::mem::take(&mut *self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner));
        let resending = self.inner.resending.lock().unwrap_or_else(PoisonError::into_inner).take();
        for task in listeners.into_values().chain(resending) {
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

    /// Tells whoever watches that something is different now.
    pub(crate) fn changed(&self) {
        self.inner.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Counts changes.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Waits until `found` finds something; nothing if it takes too long.
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

    /// The time the countdowns run by: that of the newest account's bank; before there is one, the wall clock.
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

    /// The push that came last, also one that was lost by the switch.
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

    /// What the screen shows of a request, answered or not.
    pub(crate) fn details(&self, txn: &Txn, locale: Locale) -> Result<DetailsView, AuthenticatorError> {
        let (enrolment, entry) = self.entry(txn)?;
        let shown = display(&entry.request, locale, &self.inner.types);
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

    /// The request as it is kept, with its answer and receipt.
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
            return Some("enrolment_not_active");
        }
        let review = self.device().request(&entry.request.txn).and_then(|request| request.review(locale));
        match review.and_then(|review| review.approvable()) {
            Ok(()) => None,
            Err(AuthenticatorError::NotApprovable(reason)) => Some(reason.code()),
            Err(AuthenticatorError::Expired) => Some("expired"),
            Err(_) => Some("not_pending"),
        }
    }

    /// Approves. Without `drawn` every field counts as drawn: for tests that have no screen.
    pub(crate) async fn approve(
        &self,
        txn: &Txn,
        value: Option<String>,
        locale: Locale,
        screen: Screen,
    ) -> Result<AnswerView, AuthenticatorError> {
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
        outcome.map(AnswerView::from)
    }

    pub(crate) async fn deny(&self, txn: &Txn, reason: DenyReason) -> Result<AnswerView, AuthenticatorError> {
        let outcome = self.device().deny(txn, reason).await;
        self.changed();
        outcome.map(AnswerView::from)
    }

    /// Sends what is queued and fetches what waits.
    pub(crate) async fn refresh(&self) -> Result<(), AuthenticatorError> {
        let refreshed = self.device().refresh().await;
        self.listen_for_pushes();
        self.inner.refreshed.notify_waiters();
        self.changed();
        refreshed?.failed.into_iter().next().map_or(Ok(()), |failed| Err(failed.error))
    }

    /// Replaces the device key and the encryption key.
    pub(crate) async fn rotate_keys(&self, enrolment: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let done = self.device().rotate_keys(enrolment).await;
        self.changed();
        done
    }

    /// Replaces all three keys. The sensor is asked twice.
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

    /// Takes a push. A wake brings its request by itself, a little later.
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
            "the phone in {folder} has a state but not the key that seals it; the state was left as it is: put the key back, or \
             name an empty folder with --data and add the phone again"
        ),
        error => format!("the phone in {folder} cannot be opened: {error}. Another folder is named with --data"),
    })
}

/// What the screen says of an approval.
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
