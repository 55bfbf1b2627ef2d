//! The authentication device of an app.

use std::collections::HashMap;
use std::sync::Arc;

use countersign_core as core;
use countersign_core::details::DetailTypes;
use countersign_core::device::EntryState;
use countersign_core::message::app_version::AppVersion;
use countersign_core::message::claims::{EnrolmentId, Issuer, Txn};
use countersign_core::message::enrolment::DeviceInfo;
use countersign_core::message::offer;
use zeroize::Zeroizing;

use crate::{
    AuthenticatorError, Cancellation, DenyReason, DeviceClock, Diagnostics, Enrolment, EnrolmentInfo, EnrolmentState,
    KeyStore, Outcome, PendingRequest, PushAddress, StateStore, Transport, evidence, guard, platform,
};

/// The authentication device. It enrols this phone with banks, receives their requests and sends
/// the user's signed decisions.
///
/// Create one per process. After another one has written the state, every change fails with `State`
/// and the reason `ChangedElsewhere`. It can be used from any thread. `close` frees it and what it
/// was passed.
#[derive(uniffi::Object)]
pub struct Authenticator {
    core: core::Authenticator,
}

/// The description of the phone for the list of phones that the bank shows to the user.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Config {
    /// The platform: `android`, `ios` or another name.
    pub platform: String,
    /// The model name of the phone.
    pub model: String,
    /// The name and version of the app.
    pub app: String,
    /// The issuers that the app works with.
    pub issuers: Issuers,
    /// If true, the app also enrols with `http` issuers on loopback addresses. For development
    /// only: every app on the phone can listen on such an address.
    #[uniffi(default = false)]
    pub allow_loopback: bool,
    /// The version of the app: 1 to 4 numbers with dots between them, for example `2.14.0`. If the
    /// bank requires a later version, or the app states none, its requests can only be denied.
    #[uniffi(default = None)]
    pub app_version: Option<String>,
}

/// The issuers that an app works with.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Issuers {
    /// The app enrols with these issuers only.
    Only {
        /// The issuers.
        trusted: Vec<TrustedIssuer>,
    },
    /// The app enrols with the issuer of any offer, and must ask the user to confirm the issuer. No
    /// issuer has declared types.
    Unrestricted,
}

/// An issuer that the app's developers know.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TrustedIssuer {
    /// The issuer, an `https` URL.
    pub issuer: String,
    /// The types of authorization details that this issuer declares, as a JSON document. Its server
    /// has the same document. They count for requests of this issuer only.
    #[uniffi(default = None)]
    pub detail_types: Option<String>,
}

impl TryFrom<TrustedIssuer> for core::TrustedIssuer {
    type Error = AuthenticatorError;

    fn try_from(trusted: TrustedIssuer) -> Result<Self, AuthenticatorError> {
        let issuer = Issuer::try_from(trusted.issuer);
        let issuer = issuer.map_err(|error| AuthenticatorError::argument(format!("issuer: {error}")))?;
        let types = trusted.detail_types.map(|document| DetailTypes::parse(&document)).transpose();
        let types = types.map_err(|error| AuthenticatorError::argument(format!("detail_types: {error}")))?;
        Ok(Self { issuer, types: types.unwrap_or_default() })
    }
}

/// An offer to enrol this phone, from a link or a QR code of the bank. Its content is not trusted.
#[derive(uniffi::Object)]
pub struct Offer {
    core: offer::Offer,
}

/// The result of a push.
#[derive(uniffi::Enum)]
pub enum Received {
    /// A new request. Show it.
    Request {
        /// The request.
        request: Arc<PendingRequest>,
    },
    /// A request that this phone has already. Show nothing new.
    Duplicate {
        /// The identifier of the request.
        txn: String,
    },
    /// A hint. Call `fetch` or `refresh` to get the request.
    Fetch {
        /// The id of the request's enrolment.
        enrolment_id: String,
        /// The identifier of the request.
        txn: String,
    },
    /// The state of an enrolment changed.
    Status {
        /// The id of the enrolment.
        enrolment_id: String,
        /// The new state.
        state: EnrolmentState,
    },
}

/// The result of a refresh.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Refreshed {
    /// The identifiers of the requests that are new on this phone.
    pub new_requests: Vec<String>,
    /// The parts that failed. All other parts were done.
    pub failed: Vec<RefreshFailure>,
}

/// A failed part of a refresh: a decision that was not delivered, or an inbox that was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RefreshFailure {
    /// The id of the enrolment.
    pub enrolment_id: String,
    /// The stable code of the error, as `error_code` returns it.
    pub code: String,
    /// The failure and what to do.
    pub reason: String,
}

#[uniffi::export]
impl Authenticator {
    /// Opens the device. Reads its state, or starts with an empty one if there never was one.
    ///
    /// A state that cannot be read is an error and is left as it is. The build `full` has an HTTP
    /// client and needs no `transport`.
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
            let Config { platform, model, app, issuers, allow_loopback, app_version } = config;
            let app_version = app_version.map(|version| version.parse::<AppVersion>()).transpose();
            let app_version =
                app_version.map_err(|error| AuthenticatorError::argument(format!("app_version: {error}")))?;
            let issuers = match issuers {
                Issuers::Unrestricted => core::Issuers::Unrestricted,
                Issuers::Only { trusted } => {
                    core::Issuers::Only(trusted.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
                }
            };
            let device =
                DeviceInfo { platform, model, app, sdk: concat!("countersign/", env!("CARGO_PKG_VERSION")).into() };
            let platform = platform::assemble(keys, state, clock, diagnostics, transport)?;
            let core =
                core::Authenticator::open(core::Config { device, app_version, issuers, allow_loopback }, platform)?;
            Ok::<_, AuthenticatorError>(Arc::new(Self { core }))
        })
    }

    /// Parses an offer link.
    pub fn parse_offer(&self, link: String) -> Result<Arc<Offer>, AuthenticatorError> {
        let link = Zeroizing::new(link);
        guard::call(|| Ok::<_, core::AuthenticatorError>(Arc::new(Offer { core: self.core.parse_offer(&link)? })))
    }

    /// Returns all enrolments, oldest first, including revoked ones.
    pub fn enrolments(&self) -> Result<Vec<EnrolmentInfo>, AuthenticatorError> {
        guard::call(|| {
            let infos = self.core.enrolments().into_iter().map(EnrolmentInfo::from);
            Ok::<_, AuthenticatorError>(infos.collect())
        })
    }

    /// Returns the enrolment with this id.
    pub fn enrolment(&self, id: String) -> Result<Arc<Enrolment>, AuthenticatorError> {
        guard::call(|| {
            let known = self.core.enrolments().into_iter().find(|enrolment| enrolment.id.as_str() == id);
            let known = known.ok_or(core::AuthenticatorError::UnknownEnrolment)?;
            Ok::<_, core::AuthenticatorError>(Enrolment::new(&self.core, known.id))
        })
    }

    /// Receives the data of a push. It needs no network and no runtime, so that it runs in a
    /// notification extension.
    ///
    /// A push that fails verification is the error `Rejected` for every reason. Show the generic
    /// text.
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
                    Received::Status { enrolment_id: enrolment.to_string(), state }
                }
            })
        })
    }

    /// Receives a request that the app scanned from the other screen, for a phone without network.
    ///
    /// Pass the scanned text unchanged. Scanning a request again returns the same request. A text
    /// that fails verification is the error `Rejected` for every reason.
    pub fn receive_scanned(&self, text: String) -> Result<Arc<PendingRequest>, AuthenticatorError> {
        guard::call(|| {
            let txn = self.core.receive_scanned(&text)?.txn().clone();
            Ok::<_, core::AuthenticatorError>(PendingRequest::new(&self.core, txn))
        })
    }

    /// Returns the stored decision on the request with this identifier, for the other screen to
    /// scan.
    ///
    /// Show it as a QR code of exactly this text. It fails with `NoDecision` if no decision waits
    /// for a receipt. The next refresh with a connection sends the same decision. Show "approved"
    /// only after its receipt.
    pub fn decision_to_show(&self, txn: String) -> Result<String, AuthenticatorError> {
        guard::call(|| self.core.decision_to_show(&txn_of(&txn)?))
    }

    /// Returns the pending requests, oldest first.
    pub fn pending(&self) -> Result<Vec<Arc<PendingRequest>>, AuthenticatorError> {
        guard::call(|| {
            let waiting = self.core.requests().into_iter().filter(|(_, entry)| entry.state == EntryState::Pending);
            let pending = waiting.map(|(_, entry)| PendingRequest::new(&self.core, entry.request.txn));
            Ok::<_, AuthenticatorError>(pending.collect())
        })
    }

    /// Returns the request with this identifier, if the user may still decide it.
    pub fn request(&self, txn: String) -> Result<Arc<PendingRequest>, AuthenticatorError> {
        guard::call(|| {
            let txn = txn_of(&txn)?;
            self.core.request(&txn)?;
            Ok::<_, core::AuthenticatorError>(PendingRequest::new(&self.core, txn))
        })
    }

    /// Returns the evidence of the decision on this request, as a JSON file.
    ///
    /// `countersign verify-evidence` verifies the file without other data. None while the decision
    /// has no receipt.
    pub fn evidence(&self, txn: String) -> Result<Option<String>, AuthenticatorError> {
        guard::call(|| evidence::file(self.core.evidence(&txn_of(&txn)?)?))
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl Authenticator {
    /// Enrols this phone. Prompts the user once.
    ///
    /// The enrolment is `Pending` while the issuer waits for the confirmation code.
    #[uniffi::method(default(cancellation = None))]
    pub async fn enrol(
        &self,
        offer: Arc<Offer>,
        push: PushAddress,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Arc<Enrolment>, AuthenticatorError> {
        let enrol = async {
            let enrolled = self.core.enrol(offer.core.clone(), push).await?;
            Ok::<_, core::AuthenticatorError>(Enrolment::new(&self.core, enrolled.id))
        };
        guard::run(cancellation, enrol).await
    }

    /// Fetches pending requests, updates the state of every enrolment and sends stored decisions.
    ///
    /// The enrolments are refreshed side by side, so that a slow issuer does not delay the others.
    /// Call it when the app comes to the foreground and when the network is back.
    #[uniffi::method(default(cancellation = None))]
    pub async fn refresh(&self, cancellation: Option<Arc<Cancellation>>) -> Result<Refreshed, AuthenticatorError> {
        guard::run(cancellation, async { self.core.refresh().await.map(Refreshed::from) }).await
    }

    /// Fetches the request that a push named.
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

    /// Denies a request by its identifier, for example from a button of a notification.
    #[uniffi::method(default(cancellation = None))]
    pub async fn deny(
        &self,
        txn: String,
        reason: DenyReason,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Outcome, AuthenticatorError> {
        let deny = async { self.core.deny(&txn_of(&txn)?, reason).await.map(Outcome::from) };
        guard::run(cancellation, deny).await
    }
}

#[uniffi::export]
impl Offer {
    /// Returns the issuer URL in the offer. Show it before the enrolment.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.core.issuer.to_string()
    }
}

impl From<core::authenticator::Refreshed> for Refreshed {
    fn from(refreshed: core::authenticator::Refreshed) -> Self {
        let failed = refreshed.failed.into_iter().map(|failure| RefreshFailure {
            enrolment_id: failure.enrolment.to_string(),
            code: failure.error.code().to_owned(),
            reason: failure.error.to_string(),
        });
        Self { new_requests: refreshed.new.iter().map(ToString::to_string).collect(), failed: failed.collect() }
    }
}

/// Parses an identifier. A malformed one is an unknown request.
fn txn_of(text: &str) -> Result<Txn, core::AuthenticatorError> {
    text.parse().map_err(|_| core::AuthenticatorError::UnknownRequest)
}

fn enrolment_of(text: &str) -> Result<EnrolmentId, core::AuthenticatorError> {
    text.parse().map_err(|_| core::AuthenticatorError::UnknownEnrolment)
}
