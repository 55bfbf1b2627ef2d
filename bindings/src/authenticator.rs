//! The authentication device, as an app holds it.

use std::collections::HashMap;
use std::sync::Arc;

use countersign_core as core;
use countersign_core::details::DetailTypes;
use countersign_core::device::EntryState;
use countersign_core::message::claims::{EnrolmentId, Issuer, Txn};
use countersign_core::message::enrolment::DeviceInfo;
use countersign_core::message::offer;
use zeroize::Zeroizing;

use crate::error::code_of;
use crate::{
    AuthenticatorError, Cancellation, DenyReason, DeviceClock, Diagnostics, Enrolment, EnrolmentInfo, EnrolmentState,
    KeyStore, Outcome, PendingRequest, PushAddress, StateStore, Transport, evidence, guard, platform,
};

/// The authentication device: it enrols this phone with banks, takes their requests, and gives the user's signed answers.
/// One for a process; it may be used from any thread. `close` frees it and what it was given.
#[derive(uniffi::Object)]
pub struct Authenticator {
    core: core::Authenticator,
}

/// What an app says of the phone, for the list of phones that the user sees at the bank.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Config {
    /// `android`, `ios`, or another word for the platform.
    pub platform: String,
    /// The phone's model, as its maker calls it.
    pub model: String,
    /// The app and its version.
    pub app: String,
    /// The types of authorization details that the bank declares, as a JSON document; the server has the same one.
    #[uniffi(default = None)]
    pub detail_types: Option<String>,
    /// The issuers that the app enrols with, as `https` addresses; without it, any that a link names, and the app has to ask.
    #[uniffi(default = None)]
    pub issuers: Option<Vec<String>>,
}

/// An offer to enrol this phone: what a link or a QR code of the bank holds. Nothing in it is trusted yet.
#[derive(uniffi::Object)]
pub struct Offer {
    core: offer::Offer,
}

/// What a push brought.
#[derive(uniffi::Enum)]
pub enum Received {
    /// A new request: show it.
    Request {
        /// The request.
        request: Arc<PendingRequest>,
    },
    /// A request that is here already: show nothing new.
    Duplicate {
        /// Its name on this phone.
        txn: String,
    },
    /// A hint: `fetch` or `refresh` brings the request.
    Fetch {
        /// The enrolment that is asked.
        enrolment_id: String,
        /// The request's name.
        txn: String,
    },
    /// The enrolment changed.
    Status {
        /// Which.
        enrolment_id: String,
        /// How it stands now.
        state: EnrolmentState,
    },
}

/// What a refresh brought.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Refreshed {
    /// Names of requests that are new on this phone.
    pub new_requests: Vec<String>,
    /// What failed. Everything else was done, and nothing is lost.
    pub failed: Vec<RefreshFailure>,
}

/// A part of a refresh that failed: an answer that could not be delivered, or an inbox that did not come.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RefreshFailure {
    /// The enrolment.
    pub enrolment_id: String,
    /// A code of `AuthenticatorError`.
    pub code: String,
    /// What to do.
    pub reason: String,
}

#[uniffi::export]
impl Authenticator {
    /// Opens the device: reads its state, or begins with none where there never was any. A state that cannot be read is an error
    /// and stays as it is. `transport` may be left out where the library has HTTP inside (the build `full`).
    #[uniffi::constructor(default(transport = None))]
    pub fn new(
        config: Config,
        keys: Arc<dyn KeyStore>,
        state: Arc<dyn StateStore>,
        clock: Arc<dyn DeviceClock>,
        diagnostics: Arc<dyn Diagnostics>,
        transport: Option<Arc<dyn Transport>>,
    ) -> Result<Arc<Self>, AuthenticatorError> {
        guard::call(|| {
            let Config { platform, model, app, detail_types, issuers } = config;
            let types = detail_types.map(|document| DetailTypes::parse(&document)).transpose();
            let types = types.map_err(|error| AuthenticatorError::argument(format!("detail_types: {error}")))?;
            let parsed =
                |issuers: Vec<String>| issuers.into_iter().map(Issuer::try_from).collect::<Result<Vec<_>, _>>();
            let issuers = issuers.map(parsed).transpose();
            let issuers = issuers.map_err(|error| AuthenticatorError::argument(format!("issuers: {error}")))?;
            let device =
                DeviceInfo { platform, model, app, sdk: concat!("countersign/", env!("CARGO_PKG_VERSION")).into() };
            let platform = platform::assemble(keys, state, clock, diagnostics, transport)?;
            let core = core::Authenticator::open(
                core::Config { device, types: types.unwrap_or_default(), issuers },
                platform,
            )?;
            Ok::<_, AuthenticatorError>(Arc::new(Self { core }))
        })
    }

    /// Reads an offer link.
    pub fn parse_offer(&self, link: String) -> Result<Arc<Offer>, AuthenticatorError> {
        let link = Zeroizing::new(link);
        guard::call(|| Ok::<_, core::AuthenticatorError>(Arc::new(Offer { core: self.core.parse_offer(&link)? })))
    }

    /// All enrolments, oldest first, also ended ones.
    pub fn enrolments(&self) -> Result<Vec<EnrolmentInfo>, AuthenticatorError> {
        guard::call(|| {
            let infos = self.core.enrolments().into_iter().map(EnrolmentInfo::from);
            Ok::<_, AuthenticatorError>(infos.collect())
        })
    }

    /// The enrolment of this name.
    pub fn enrolment(&self, id: String) -> Result<Arc<Enrolment>, AuthenticatorError> {
        guard::call(|| {
            let known = self.core.enrolments().into_iter().find(|enrolment| enrolment.id.as_str() == id);
            let known = known.ok_or(core::AuthenticatorError::UnknownEnrolment)?;
            Ok::<_, core::AuthenticatorError>(Enrolment::new(&self.core, known.id))
        })
    }

    /// Takes the data of a push. Without network and without a runtime, so it runs in a notification extension. What it refuses
    /// is the error `Rejected`, whatever the reason: show the generic text and nothing else.
    pub fn receive(&self, push: HashMap<String, String>) -> Result<Received, AuthenticatorError> {
        guard::call(|| {
            Ok::<_, core::AuthenticatorError>(match self.core.receive(&push.into_iter().collect())? {
                core::Received::Request(request) => {
                    Received::Request { request: PendingRequest::new(&self.core, request.txn().clone()) }
                }
                core::Received::Duplicate(txn) => Received::Duplicate { txn: txn.to_string() },
                core::Received::Fetch(enrolment, txn) => {
                    Received::Fetch { enrolment_id: enrolment.to_string(), txn: txn.to_string() }
                }
                core::Received::Status(enrolment, state) => {
                    Received::Status { enrolment_id: enrolment.to_string(), state: state.into() }
                }
            })
        })
    }

    /// Takes the text of a request that the app scanned off the other screen, exactly as it was read: for a phone without
    /// network. One that is here already is the same request. What it refuses is the error `Rejected`, whatever the reason.
    pub fn receive_scanned(&self, text: String) -> Result<Arc<PendingRequest>, AuthenticatorError> {
        guard::call(|| {
            let txn = self.core.receive_scanned(&text)?.txn().clone();
            Ok::<_, core::AuthenticatorError>(PendingRequest::new(&self.core, txn))
        })
    }

    /// The kept answer to the request of this name, for the other screen to scan: show it as a QR code of exactly this text. The
    /// error `NoDecision` where none waits. The same answer is sent by itself as soon as there is a connection; show it as
    /// approved only when its receipt has come.
    pub fn decision_to_show(&self, txn: String) -> Result<String, AuthenticatorError> {
        guard::call(|| self.core.decision_to_show(&txn_of(&txn)?))
    }

    /// The requests that wait for the user, oldest first.
    pub fn pending(&self) -> Result<Vec<Arc<PendingRequest>>, AuthenticatorError> {
        guard::call(|| {
            let waiting = self.core.requests().into_iter().filter(|(_, entry)| entry.state == EntryState::Pending);
            let pending = waiting.map(|(_, entry)| PendingRequest::new(&self.core, entry.request.txn));
            Ok::<_, AuthenticatorError>(pending.collect())
        })
    }

    /// The request of this name, if the user may still answer it.
    pub fn request(&self, txn: String) -> Result<Arc<PendingRequest>, AuthenticatorError> {
        guard::call(|| {
            let txn = txn_of(&txn)?;
            self.core.request(&txn)?;
            Ok::<_, core::AuthenticatorError>(PendingRequest::new(&self.core, txn))
        })
    }

    /// What this phone can prove of the answer to this one request: a file (JSON) that `countersign verify-evidence` checks from
    /// the file alone. Nothing as long as the answer has no receipt.
    pub fn evidence(&self, txn: String) -> Result<Option<String>, AuthenticatorError> {
        guard::call(|| evidence::file(self.core.evidence(&txn_of(&txn)?)?))
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl Authenticator {
    /// Enrols this phone. Prompts the user once. The enrolment is `Pending` while the bank waits for the confirmation code.
    #[uniffi::method(default(cancellation = None))]
    pub async fn enrol(
        &self,
        offer: Arc<Offer>,
        push: PushAddress,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Arc<Enrolment>, AuthenticatorError> {
        let enrol = async {
            let enrolled = self.core.enrol(offer.core.clone(), push.into()).await?;
            Ok::<_, core::AuthenticatorError>(Enrolment::new(&self.core, enrolled.id))
        };
        guard::run(cancellation, enrol).await
    }

    /// Sends kept answers, fetches what waits, and takes the state of every enrolment. Call it when the app comes to the front
    /// and when the network comes back.
    #[uniffi::method(default(cancellation = None))]
    pub async fn refresh(&self, cancellation: Option<Arc<Cancellation>>) -> Result<Refreshed, AuthenticatorError> {
        guard::run(cancellation, async { self.core.refresh().await.map(Refreshed::from) }).await
    }

    /// Fetches the one request that a push hinted at.
    #[uniffi::method(default(cancellation = None))]
    pub async fn fetch(
        &self,
        enrolment_id: String,
        txn: String,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Arc<PendingRequest>, AuthenticatorError> {
        let fetch = async {
            let (enrolment, txn) = (enrolment_of(&enrolment_id)?, txn_of(&txn)?);
            self.core.fetch(&enrolment, &txn).await?;
            Ok::<_, core::AuthenticatorError>(PendingRequest::new(&self.core, txn))
        };
        guard::run(cancellation, fetch).await
    }

    /// Denies a request by its name: from a notification's button, without a screen.
    #[uniffi::method(default(cancellation = None))]
    pub async fn deny(
        &self,
        txn: String,
        reason: DenyReason,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        let deny = async { self.core.deny(&txn_of(&txn)?, reason.into()).await.map(Outcome::from) };
        guard::run(cancellation, deny).await
    }
}

#[uniffi::export]
impl Offer {
    /// Whose offer it says it is, as a URL: show it before enrolling.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.core.issuer.to_string()
    }
}

impl From<core::authenticator::Refreshed> for Refreshed {
    fn from(refreshed: core::authenticator::Refreshed) -> Self {
        let failed = refreshed.failed.into_iter().map(|failure| RefreshFailure {
            enrolment_id: failure.enrolment.to_string(),
            code: code_of(&failure.error),
            reason: failure.error.to_string(),
        });
        Self { new_requests: refreshed.new.iter().map(ToString::to_string).collect(), failed: failed.collect() }
    }
}

/// A name that cannot be one names nothing.
fn txn_of(text: &str) -> Result<Txn, core::AuthenticatorError> {
    text.parse().map_err(|_| core::AuthenticatorError::UnknownRequest)
}

fn enrolment_of(text: &str) -> Result<EnrolmentId, core::AuthenticatorError> {
    text.parse().map_err(|_| core::AuthenticatorError::UnknownEnrolment)
}
