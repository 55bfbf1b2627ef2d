//! The façade an app holds. It drives [`crate::device`] over the traits of [`crate::platform`].
//!
//! Every change of state is computed on a copy, saved, and only then becomes the state: if saving fails, nothing happened. No
//! lock is held across an await, so every future can be dropped at any point; and none that reading needs is held while the
//! platform saves. Changes take turns, so [`crate::platform::StateStore::save`] must not call back to change the device.

mod answer;
mod approval;
mod call;
mod enrol;
mod evidence;
mod history;
mod keys;
mod lifecycle;
mod numbers;
mod offline;
mod receive;
mod refresh;
mod renew;
mod replacing;
mod request;
mod rotate;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

pub use self::answer::Outcome;
pub use self::approval::ApprovalSession;
pub use self::history::HistoryEntry;
pub use self::receive::Received;
pub use self::refresh::{RefreshFailure, Refreshed};
pub use self::request::{PendingRequest, Review, Ticket};

use crate::device::{Entry, State, seal};
use crate::error::{AuthenticatorError, Rejected, StateError, VerifyError};
use crate::platform::{ClockError, ClockReading, DiagnosticEvent, Platform, StateStoreError};
use countersign_protocol::details::DetailTypes;
use countersign_protocol::jose::wipe;
use countersign_protocol::message::claims::{EnrolmentId, Issuer, Timestamp, Txn};
use countersign_protocol::message::enrolment::{Account, DeviceInfo, KeySetProtection};
use countersign_protocol::message::offer::{Offer, OfferError};
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::text;

/// The authentication device. Cheap to clone; all clones are one device.
#[derive(Clone)]
pub struct Authenticator {
    inner: Arc<Inner>,
}

/// What an app says of itself.
#[derive(Debug, Clone)]
pub struct Config {
    /// Shown to the user in the bank's list of phones.
    pub device: DeviceInfo,
    /// The types of authorization details that the bank declares, beside those that are known; the server has the same ones.
    pub types: DetailTypes,
    /// The issuers that this app enrols with; with none given it enrols with any that a link names, and the app has to ask.
    pub issuers: Option<Vec<Issuer>>,
}

/// An enrolment, as an app shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentInfo {
    /// Its name.
    pub id: EnrolmentId,
    /// Whose.
    pub issuer: Issuer,
    /// Account and bank, as the user knows them. Both are the issuer's choice and are made safe to show, as a name in a request
    /// is: what is hidden in them is drawn, and they have a bounded length.
    pub account: Account,
    /// Where it stands.
    pub state: EnrolmentState,
    /// The six digits to type into the bank's page, while it waits for them.
    pub confirm_code: Option<String>,
    /// Where its keys live.
    pub protection: KeySetProtection,
    /// When this phone last heard of something sent in its name that it does not remember: its state is older than what was sent,
    /// or a copy of it lives. Tell the user, who should call the bank unless this phone's data was put back on purpose. It stays
    /// for as long as the enrolment.
    pub restored: Option<Timestamp>,
}

impl Authenticator {
    /// Opens the device: reads its state, or begins with an empty one where there never was any. A state that cannot be read is
    /// an error and stays as it is.
    pub fn open(config: Config, platform: Platform) -> Result<Self, AuthenticatorError> {
        wipe::stack_after(|| Self::opened(config, platform))
    }

    fn opened(config: Config, platform: Platform) -> Result<Self, AuthenticatorError> {
        let stored = platform.state.load().map_err(store_failed)?;
        let sealing = platform.keys.sealing_key(stored.is_some())?;
        let mut state = stored.map_or_else(|| Ok(State::default()), |bytes| seal::open(&bytes, &sealing))?;
        // No enrolment is being made yet: these keys are of one that a killed process began.
        let left_over = std::mem::take(&mut state.nascent);
        state.doomed.extend(left_over);
        let inner = Inner {
            config,
            platform,
            sealing,
            turn: Mutex::new(()),
            state: Mutex::new(state),
            nonces: Mutex::new(HashMap::new()),
            numbers: Mutex::new(HashMap::new()),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Reads an offer link. Nothing in it is trusted yet; one of an issuer that the app is not for is refused.
    pub fn parse_offer(&self, link: &str) -> Result<Offer, AuthenticatorError> {
        let offer = Offer::parse(link)?;
        self.inner.admits(&offer)?;
        Ok(offer)
    }

    /// All enrolments, oldest first, also ended ones.
    #[must_use]
    pub fn enrolments(&self) -> Vec<EnrolmentInfo> {
        self.inner.state().enrolments.iter().map(EnrolmentInfo::of).collect()
    }

    /// All requests that are kept, oldest first, each with its enrolment.
    #[must_use]
    pub fn requests(&self) -> Vec<(EnrolmentId, Entry)> {
        if let Err(error) = self.inner.expire() {
            // What has expired is told as waiting a little longer; it cannot be answered all the same.
            let code = if matches!(error, AuthenticatorError::Clock(_)) { "clock" } else { "state" };
            self.inner.platform.diagnostics.record(DiagnosticEvent { during: "expire", code });
        }
        let state = self.inner.state();
        let of = |enrolment: &crate::device::Enrolment| {
            let id = enrolment.id.clone();
            enrolment.entries.clone().into_iter().map(move |entry| (id.clone(), entry))
        };
        state.enrolments.iter().flat_map(of).collect()
    }

    /// The requests that wait for the user.
    #[must_use]
    pub fn pending(&self) -> Vec<PendingRequest> {
        let waits = |entry: &Entry| entry.state == crate::device::EntryState::Pending;
        self.requests()
            .into_iter()
            .filter(|(_, entry)| waits(entry))
            .map(|(_, entry)| PendingRequest::new(self.inner.clone(), entry.request.txn))
            .collect()
    }

    /// The request with this name, if the user may still answer it.
    pub fn request(&self, txn: &Txn) -> Result<PendingRequest, AuthenticatorError> {
        self.inner.expire()?;
        let reading = self.inner.reading()?;
        self.inner.state().open_entry(txn, &reading)?;
        Ok(PendingRequest::new(self.inner.clone(), txn.clone()))
    }

    /// Trusted time of an enrolment's issuer.
    pub fn now(&self, enrolment: &EnrolmentId) -> Result<Timestamp, AuthenticatorError> {
        self.inner.now(enrolment)
    }
}

impl EnrolmentInfo {
    fn of(enrolment: &crate::device::Enrolment) -> Self {
        Self {
            id: enrolment.id.clone(),
            issuer: enrolment.issuer.clone(),
            account: shown(&enrolment.account),
            state: enrolment.state,
            confirm_code: enrolment.confirm_code.clone(),
            protection: enrolment.keys.protection.clone(),
            restored: enrolment.restored,
        }
    }
}

/// An account as it may stand in a list, a notification or a prompt.
fn shown(account: &Account) -> Account {
    let safe = |name: &str| text::name(name).shown().to_owned();
    Account { label: safe(&account.label), issuer_name: safe(&account.issuer_name) }
}

/// What all clones and everything they give out share.
struct Inner {
    config: Config,
    platform: Platform,
    sealing: Zeroizing<[u8; 32]>,
    /// One change at a time.
    turn: Mutex<()>,
    state: Mutex<State>,
    /// The last DPoP nonce of each issuer; worth nothing after a restart.
    nonces: Mutex<HashMap<Issuer, String>>,
    /// The last number drawn for each enrolment; the state has those that were kept.
    numbers: Mutex<HashMap<EnrolmentId, u64>>,
}

impl Inner {
    /// The state as it is saved. Never hold this across an await or a call of the platform.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state: on a copy, saved first. An error of the change or of saving leaves everything as it was.
    fn commit<R, E: From<AuthenticatorError>>(
        &self,
        change: impl FnOnce(&mut State, &ClockReading) -> Result<R, E>,
    ) -> Result<R, E> {
        let reading = self.reading()?;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = self.state().clone();
        let result = change(&mut next, &reading)?;
        next.version += 1;
        let bytes = seal::seal(&next, &self.sealing).map_err(|_| E::from(AuthenticatorError::Broken))?;
        self.platform.state.save(&bytes).map_err(|error| E::from(store_failed(error)))?;
        *self.state() = next;
        Ok(result)
    }

    /// Whether the app is for the offer's issuer.
    fn admits(&self, offer: &Offer) -> Result<(), AuthenticatorError> {
        let admitted = self.config.issuers.as_ref().is_none_or(|issuers| issuers.contains(&offer.issuer));
        if admitted { Ok(()) } else { Err(OfferError::Issuer.into()) }
    }

    /// One moment of the platform's clock. Boots without a name could not be told apart, and time would count on across them.
    fn reading(&self) -> Result<ClockReading, AuthenticatorError> {
        let reading = self.platform.clock.read()?;
        if reading.boot_id.is_empty() {
            return Err(ClockError("it does not name the boot".into()).into());
        }
        Ok(reading)
    }

    fn now(&self, enrolment: &EnrolmentId) -> Result<Timestamp, AuthenticatorError> {
        let reading = self.reading()?;
        Ok(self.state().enrolment(enrolment)?.clock.now(&reading))
    }

    /// Ends requests whose time has passed.
    fn expire(&self) -> Result<(), AuthenticatorError> {
        let reading = self.reading()?;
        let due = self.state().clone().expire(&reading);
        if !due {
            return Ok(());
        }
        self.commit(|state, reading| {
            state.expire(reading);
            Ok(())
        })
    }

    /// Tells the diagnostics why, and the caller only that.
    fn reject(&self, during: &'static str, rejection: VerifyError) -> Rejected {
        self.platform.diagnostics.record(DiagnosticEvent { during, code: rejection.code() });
        Rejected
    }
}

fn store_failed(error: StateStoreError) -> AuthenticatorError {
    StateError::Store(error.0).into()
}

/// Lets a change of state end in a rejection or in an error.
enum Refusal {
    VerifyError(VerifyError),
    Error(AuthenticatorError),
}

impl From<VerifyError> for Refusal {
    fn from(rejection: VerifyError) -> Self {
        Self::VerifyError(rejection)
    }
}

impl From<AuthenticatorError> for Refusal {
    fn from(error: AuthenticatorError) -> Self {
        Self::Error(error)
    }
}

impl Refusal {
    fn outward(self, inner: &Inner, during: &'static str) -> AuthenticatorError {
        match self {
            Self::VerifyError(rejection) => inner.reject(during, rejection).into(),
            Self::Error(error) => error,
        }
    }
}
