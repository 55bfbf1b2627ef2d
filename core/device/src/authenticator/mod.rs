//! The authentication device as an app uses it. It drives [`crate::device`] over the traits of
//! [`crate::platform`].
//!
//! Each change of the state is computed on a copy, saved, and only then becomes the state. The copy
//! shares the enrolments that do not change. A change that leaves the state as it was is not saved.
//! If saving fails, nothing has changed. No lock is held across an await, so that every future can
//! be dropped at any point. No lock that reading needs is held while the platform saves. Changes
//! are made one at a time, so [`StateStore::save`](crate::platform::StateStore::save) must not call
//! back to change the device.

mod approval;
mod budget;
mod call;
mod config;
mod decision;
mod enrol;
mod evidence;
mod features;
mod history;
mod keys;
mod lifecycle;
mod metadata;
mod numbers;
mod offline;
mod receive;
mod refresh;
mod request;
mod stored;
mod time;

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use self::approval::ApprovalSession;
pub use self::config::{Config, Issuers, TrustedIssuer};
pub use self::decision::Outcome;
pub use self::history::HistoryEntry;
pub use self::receive::Received;
pub use self::refresh::{RefreshFailure, Refreshed};
pub use self::request::{PendingRequest, Review, Ticket};

use self::stored::Stored;
use crate::device::{Enrolment, Entry, EntryState, State};
use crate::error::{AuthenticatorError, Rejected, VerifyError};
use crate::platform::{ClockError, ClockReading, DiagnosticEvent, Platform, Prompt, PromptPurpose};
use countersign_protocol::jose::wipe;
use countersign_protocol::message::app_version::AppVersion;
use countersign_protocol::message::claims::{EnrolmentId, Issuer, Timestamp, Txn};
use countersign_protocol::message::enrolment::{Account, KeySetProtection};
use countersign_protocol::message::offer::Offer;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::review::Model;
use countersign_protocol::text;

/// The authentication device. Clones are cheap and share one device.
#[derive(Clone)]
pub struct Authenticator {
    inner: Arc<Inner>,
}

/// An enrolment as an app shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentInfo {
    /// The identifier.
    pub id: EnrolmentId,
    /// The issuer.
    pub issuer: Issuer,
    /// The account and the issuer's name. The issuer chooses both texts. They are made safe to
    /// show: invisible characters are drawn and the length is bounded.
    pub account: Account,
    /// The state that the issuer signed last.
    pub state: EnrolmentState,
    /// The confirmation code (six digits) that the user enters on the issuer's page, while the
    /// issuer waits for it.
    pub confirm_code: Option<String>,
    /// The protection of the private keys.
    pub protection: KeySetProtection,
    /// The last time at which the issuer reported a message of this phone that its state does not
    /// have. The state was rolled back, or a copy of it is in use.
    ///
    /// Tell the user. If the user did not restore the phone's data, the user must contact the
    /// issuer. The value stays for the life of the enrolment.
    pub rollback_detected_at: Option<Timestamp>,
    /// The app version that the issuer requires, if this app is older. Until the app is updated,
    /// requests can only be denied. Ask the user to update the app.
    pub required_app_version: Option<AppVersion>,
    /// The display model of a new review.
    pub display_model: Model,
}

impl Authenticator {
    /// Opens the device: reads the state, or starts with an empty one if none was ever stored.
    ///
    /// Use one instance for a store. After another instance has written the store, each change by
    /// this one fails with [`StateError::ChangedElsewhere`], and nothing is signed or sent.
    ///
    /// # Errors
    /// [`AuthenticatorError::State`] if the state cannot be read, and
    /// [`AuthenticatorError::KeyStore`] without the key that seals it. The stored bytes stay as
    /// they are.
    ///
    /// [`StateError::ChangedElsewhere`]: crate::error::StateError::ChangedElsewhere
    pub fn open(config: Config, platform: Platform) -> Result<Self, AuthenticatorError> {
        wipe::after(|| Self::opened(config, platform))
    }

    fn opened(config: Config, platform: Platform) -> Result<Self, AuthenticatorError> {
        let (mut state, stored) = Stored::open(platform.state.clone(), &*platform.keys)?;
        state.recover();
        let shared = Shared {
            config,
            stored,
            state: Mutex::new(state),
            nonces: Mutex::default(),
            numbers: Mutex::default(),
            creating: AtomicUsize::new(0),
        };
        Ok(Self { inner: Arc::new(Inner { platform, shared: Arc::new(shared) }) })
    }

    /// Parses an offer link. No content of the offer is trusted yet.
    ///
    /// # Errors
    /// [`AuthenticatorError::Offer`] if the link is not an offer, or if its issuer is not one of
    /// [`Config::issuers`].
    pub fn parse_offer(&self, link: &str) -> Result<Offer, AuthenticatorError> {
        let offer = Offer::parse(link)?;
        self.inner.check_issuer(&offer)?;
        Ok(offer)
    }

    /// Returns all enrolments, oldest first. Revoked ones are included.
    #[must_use]
    pub fn enrolments(&self) -> Vec<EnrolmentInfo> {
        let app = self.inner.shared.config.app_version;
        self.inner.state().enrolments.iter().map(|enrolment| EnrolmentInfo::of(enrolment, app)).collect()
    }

    /// Returns all stored requests, oldest first, each with its enrolment.
    ///
    /// If the clock or the state store fails, expired requests may still be listed as pending. They
    /// can no longer be decided.
    #[must_use]
    pub fn requests(&self) -> Vec<(EnrolmentId, Entry)> {
        self.inner.try_expire();
        let state = self.inner.state();
        let of = |enrolment: &Arc<Enrolment>| {
            let id = enrolment.id.clone();
            enrolment.entries.clone().into_iter().map(move |entry| (id.clone(), entry))
        };
        state.enrolments.iter().flat_map(of).collect()
    }

    /// Returns the requests that wait for the user's decision, oldest first.
    #[must_use]
    pub fn pending(&self) -> Vec<PendingRequest> {
        self.inner.try_expire();
        let state = self.inner.state();
        let entries = state.enrolments.iter().flat_map(|enrolment| &enrolment.entries);
        entries
            .filter(|entry| entry.state == EntryState::Pending)
            .map(|entry| PendingRequest::new(self.inner.clone(), entry.request.txn.clone()))
            .collect()
    }

    /// Returns the request with this id, if the user can still decide.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownRequest`], [`AuthenticatorError::Expired`] or
    /// [`AuthenticatorError::NotPending`]. [`AuthenticatorError::NotActive`] if the enrolment is
    /// revoked. [`AuthenticatorError::Clock`] or [`AuthenticatorError::State`] if the platform
    /// fails.
    pub fn request(&self, txn: &Txn) -> Result<PendingRequest, AuthenticatorError> {
        self.inner.expire()?;
        let reading = self.inner.reading()?;
        self.inner.state().open_entry(txn, &reading)?;
        Ok(PendingRequest::new(self.inner.clone(), txn.clone()))
    }

    /// Returns the trusted time of an enrolment's issuer.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] or [`AuthenticatorError::Clock`].
    pub fn now(&self, enrolment: &EnrolmentId) -> Result<Timestamp, AuthenticatorError> {
        self.inner.now(enrolment)
    }
}

impl EnrolmentInfo {
    fn of(enrolment: &Enrolment, app: Option<AppVersion>) -> Self {
        Self {
            id: enrolment.id.clone(),
            issuer: enrolment.issuer.clone(),
            account: safe_account(&enrolment.account),
            state: enrolment.state,
            confirm_code: enrolment.confirm_code.clone(),
            protection: enrolment.keys.protection.clone(),
            rollback_detected_at: enrolment.rollback_detected_at,
            required_app_version: enrolment.missing_app_version(app),
            display_model: enrolment.display_model(),
        }
    }
}

/// Returns the content of a prompt for an enrolment.
fn prompt(purpose: PromptPurpose, enrolment: &Enrolment) -> Prompt {
    let issuer_name = safe_account(&enrolment.account).issuer_name;
    Prompt { purpose, issuer_name, issuer_address: text::name(enrolment.issuer.address()).shown().to_owned() }
}

/// Returns the account with texts that are safe in a list, a notification or a prompt.
fn safe_account(account: &Account) -> Account {
    let safe = |name: &str| text::name(name).shown().to_owned();
    Account { label: safe(&account.label), issuer_name: safe(&account.issuer_name) }
}

/// The device that all clones of an [`Authenticator`] and all objects it returns share. Clones
/// share everything but the platform.
#[derive(Clone)]
struct Inner {
    platform: Platform,
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    stored: Stored,
    state: Mutex<State>,
    /// The last DPoP nonce of each issuer. Not stored.
    nonces: Mutex<HashMap<Issuer, String>>,
    /// The last number that this process assigned for each enrolment. The state has those of stored
    /// messages.
    numbers: Mutex<HashMap<EnrolmentId, u64>>,
    /// The number of operations in progress that create keys.
    creating: AtomicUsize,
}

impl Inner {
    /// Locks the state as it was last saved. Never hold the lock across an await or a call of the
    /// platform.
    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a copy of the state, saves it, and then replaces the state by it. If `change` or the
    /// save fails, the state is as it was. If `change` leaves it as it was, nothing is saved. Only
    /// the enrolments that `change` changes are copied, compared and sealed.
    fn commit<R, E: From<AuthenticatorError>>(
        &self,
        change: impl FnOnce(&mut State, &ClockReading) -> Result<R, E>,
    ) -> Result<R, E> {
        let reading = self.reading()?;
        let turn = self.shared.stored.turn();
        let before = self.state().clone();
        let mut next = before.clone();
        let result = change(&mut next, &reading)?;
        next.share_unchanged(&before);
        if next == before {
            return Ok(result);
        }
        next.version += 1;
        turn.replace(&next)?;
        *self.state() = next;
        Ok(result)
    }

    /// Checks that the app enrols with the offer's issuer.
    fn check_issuer(&self, offer: &Offer) -> Result<(), AuthenticatorError> {
        Ok(self.shared.config.check_issuer(&offer.issuer)?)
    }

    /// Reads the platform's clock. A reading without a boot id is an error: two boots could not be
    /// distinguished, and monotonic time would be compared across them.
    fn reading(&self) -> Result<ClockReading, AuthenticatorError> {
        let reading = self.platform.clock.read()?;
        if reading.boot_id.is_empty() {
            return Err(ClockError("the boot id is empty".into()).into());
        }
        Ok(reading)
    }

    /// Ends expired requests, and saves the state only if there are any.
    fn expire(&self) -> Result<(), AuthenticatorError> {
        let reading = self.reading()?;
        if !self.state().is_due(&reading) {
            return Ok(());
        }
        self.commit(|state, reading| {
            state.expire(reading);
            Ok(())
        })
    }

    /// Does the same for a list, which is returned although the clock or the state store fails.
    fn try_expire(&self) {
        if let Err(error) = self.expire() {
            let code = if matches!(error, AuthenticatorError::Clock(_)) { "clock" } else { "state" };
            self.platform.diagnostics.record(DiagnosticEvent { during: "expire", code });
        }
    }

    /// Reports the reason of a rejection to the diagnostics and returns the outward error without
    /// it.
    fn reject(&self, during: &'static str, reason: VerifyError) -> Rejected {
        self.platform.diagnostics.record(DiagnosticEvent { during, code: reason.code() });
        Rejected
    }
}

/// The error of a change of the state that verifies a message: the message is rejected, or the
/// change fails for another reason.
enum ChangeError {
    Rejected(VerifyError),
    Failed(AuthenticatorError),
}

impl From<VerifyError> for ChangeError {
    fn from(reason: VerifyError) -> Self {
        Self::Rejected(reason)
    }
}

impl From<AuthenticatorError> for ChangeError {
    fn from(error: AuthenticatorError) -> Self {
        Self::Failed(error)
    }
}

impl ChangeError {
    /// Converts the error for the app. The reason of a rejection is reported to the diagnostics
    /// only.
    fn outward(self, inner: &Inner, during: &'static str) -> AuthenticatorError {
        match self {
            Self::Rejected(reason) => inner.reject(during, reason).into(),
            Self::Failed(error) => error,
        }
    }
}
