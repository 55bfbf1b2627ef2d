//! A bank in memory: the parts of a server that a device needs, with real keys and real messages.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use countersign_core::jose::sealed::seal;
use countersign_core::jose::{Digest, SigningKey, Thumbprint};
use countersign_core::message::challenge::{Challenge, ChallengeRequest};
use countersign_core::message::claims::{
    DeviceAudience, EnrolmentId, Issuer, Jti, Nonce, OfferId, RoutingHandle, Timestamp, Txn,
};
use countersign_core::message::decision::Decision;
use countersign_core::message::dpop;
use countersign_core::message::enrolment::{Account, CallPolicy, Enrol, Enrolled, EnrolmentPolicy, confirmation_code};
use countersign_core::message::features::{Features, QUERY};
use countersign_core::message::inbox::{Closed, Inbox};
use countersign_core::message::metadata::{Endpoints, Jwks, Metadata, PATH};
use countersign_core::message::number::Number;
use countersign_core::message::offer::{Offer, OfferCode};
use countersign_core::message::proof::{KeyProof, KeySet};
use countersign_core::message::push::{Push, PushContent};
use countersign_core::message::receipt::{Outcome, Proved, Receipt};
use countersign_core::message::request::{Binding, BindingMode, Charset, Client, Request, Uv};
use countersign_core::message::status::{EnrolmentState, Status};
use countersign_core::message::update::{Change, MAX_LEAD_SECS, Update, UvkProofs};
use countersign_core::message::{Message, open};
use countersign_core::platform::{HttpRequest, HttpResponse, Transport, TransportError};
use tokio::sync::Notify;

mod endpoints;

/// A policy without restrictions.
pub(crate) const NO_RESTRICTIONS: EnrolmentPolicy =
    EnrolmentPolicy { binding_floor: BindingMode::None, min_shown_ms: 0, calls: CallPolicy::Allow };

/// The start time of every test, in seconds since 1970.
pub(crate) const START_SECS: i64 = 1_800_000_000;
pub(crate) const NONCE: &str = "server-nonce";

/// The server's side: one enrolment, real keys, real messages.
pub(crate) struct Bank {
    /// The host name of the issuer without its domain. All identifiers of the bank contain it.
    name: &'static str,
    /// The time that each call takes, by the clock of tokio.
    pub(crate) delay: Mutex<Duration>,
    /// The current signing key, and the pinned next key.
    signers: [SigningKey; 4],
    /// The number of rotations of the signing key.
    pub(crate) rotations: AtomicUsize,
    pub(crate) now: AtomicU64,
    pub(crate) seq: AtomicU64,
    calls: AtomicU64,
    pub(crate) kept: Mutex<Kept>,
}

#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) keys: Option<KeySet>,
    pub(crate) confirm_nonce: Option<Nonce>,
    pub(crate) enrol_hash: Option<Digest>,
    pub(crate) state: Option<EnrolmentState>,
    pub(crate) requests: Vec<String>,
    pub(crate) closed: Vec<Closed>,
    /// The receipts by the bytes of the decision.
    pub(crate) receipts: HashMap<String, String>,
    /// The decisions in the order of arrival, including repetitions.
    pub(crate) decisions: Vec<String>,
    pub(crate) outcome: Option<Outcome>,
    /// The enrolments in the order of arrival, including repetitions.
    pub(crate) enrolments: Vec<String>,
    /// The next enrolment gets no response.
    pub(crate) hang_enrolled: bool,
    /// The response to the next enrolment is lost.
    pub(crate) lose_enrolled: bool,
    /// Changes the response to an enrolment before it is signed.
    pub(crate) change_enrolled: Option<fn(&mut Enrolled)>,
    /// Changes a challenge before it is signed.
    pub(crate) change_challenge: Option<fn(&mut Challenge)>,
    /// Changes the metadata before it is signed.
    pub(crate) change_metadata: Option<fn(&mut Metadata)>,
    /// Changes the receipt of an update before it is signed.
    pub(crate) change_update_receipt: Option<fn(&mut Receipt)>,
    /// The next response with metadata waits for this signal.
    pub(crate) delay_metadata: Option<Arc<Notify>>,
    /// The policy of the enrolment; [`NO_RESTRICTIONS`] by default.
    pub(crate) policy: Option<EnrolmentPolicy>,
    /// The updates in the order of arrival, including repetitions.
    pub(crate) updates: Vec<String>,
    /// The outcome of updates, in place of the right one.
    pub(crate) update_outcome: Option<Outcome>,
    /// The number of metadata requests.
    pub(crate) metadata_calls: u32,
    /// The bank is an earlier version: it announces no features and rejects their members.
    pub(crate) is_earlier: bool,
    /// Changes a receipt before it is signed.
    pub(crate) change_receipt: Option<fn(&mut Receipt)>,
    /// The metadata cannot be fetched.
    pub(crate) lose_metadata: bool,
    /// The epoch in the metadata, in place of the right one.
    pub(crate) epoch: Option<u32>,
    /// The names of the bank and the account.
    pub(crate) account: Option<Account>,
    /// The requests with a decision, each once.
    pub(crate) decided: HashSet<Txn>,
    /// The first bytes with each number.
    pub(crate) numbers: HashMap<u64, String>,
    /// The failure of the next call.
    pub(crate) next: Option<BankFault>,
    /// The failure of the next call of a URL that contains this text.
    pub(crate) next_at: Option<(&'static str, BankFault)>,
    /// Each decision is rejected without a receipt, as for a request that the bank has deleted.
    pub(crate) reject_decisions: bool,
    /// Each decision fails with an error of the server.
    pub(crate) fail_decisions: bool,
    /// Each inbox call is rejected.
    pub(crate) reject_inboxes: bool,
    /// The highest number in inboxes and receipts, in place of the right one.
    pub(crate) highest_number: Option<u64>,
    /// The `DPoP-Nonce` of responses, in place of the right one.
    pub(crate) dpop_nonce: Option<String>,
    /// Updates are judged as by an earlier version: one from the future is rejected without a
    /// receipt.
    pub(crate) rejects_future_updates: bool,
    /// The times of the proofs that arrived.
    pub(crate) proof_times: Vec<Timestamp>,
    /// The nonces of the proofs that arrived.
    pub(crate) proof_nonces: Vec<Option<String>>,
}

/// A failure in transit or at the bank.
#[derive(Clone)]
pub(crate) enum BankFault {
    /// No connection.
    Unreachable,
    /// The bank processes the call, and the response is lost.
    LoseResponse,
    /// Another response than the right one.
    Respond(u16, String),
    /// The right response, signed with another key under the bank's name.
    ForgedKey,
}

impl Bank {
    pub(crate) fn new() -> Arc<Self> {
        Self::named("bank")
    }

    /// A bank with its own issuer.
    pub(crate) fn named(name: &'static str) -> Arc<Self> {
        Arc::new(Self {
            name,
            delay: Mutex::default(),
            signers: [(); 4].map(|()| SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap()),
            rotations: AtomicUsize::new(0),
            now: AtomicU64::new(u64::try_from(START_SECS).unwrap()),
            seq: AtomicU64::new(1),
            calls: AtomicU64::new(0),
            kept: Mutex::default(),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.now.load(Ordering::SeqCst).try_into().unwrap())
    }

    pub(crate) fn offer(&self) -> Offer {
        Offer {
            issuer: self.issuer(),
            id: OfferId::random().unwrap(),
            code: OfferCode::random().unwrap(),
            pins: self.pins(),
        }
    }

    fn pins(&self) -> Vec<Thumbprint> {
        let rotations = self.rotations.load(Ordering::SeqCst);
        self.signers.iter().skip(rotations).take(2).map(|key| key.public().thumbprint()).collect()
    }

    /// Rotates the signing key: the next key becomes current, and a fresh one is pinned.
    pub(crate) fn rotate_signing_key(&self) {
        self.rotations.fetch_add(1, Ordering::SeqCst);
    }

    /// Changes the behaviour of the bank.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.lock().unwrap());
    }

    pub(crate) fn fail_next(&self, fault: BankFault) {
        self.kept.lock().unwrap().next = Some(fault);
    }

    /// Sets the failure of the next call of a URL that contains this text.
    pub(crate) fn fail_next_at(&self, url: &'static str, fault: BankFault) {
        self.kept.lock().unwrap().next_at = Some((url, fault));
    }

    /// Returns the number of calls.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    fn seq(&self) -> u64 {
        self.seq.fetch_add(1, Ordering::SeqCst)
    }

    /// Returns the id of the enrolment at the bank that [`Self::new`] creates.
    pub(crate) fn enrolment_id() -> EnrolmentId {
        "enrolment-1".parse().unwrap()
    }

    pub(crate) fn enrolment(&self) -> EnrolmentId {
        format!("enrolment-{}", self.suffix()).parse().unwrap()
    }

    fn handle(&self) -> RoutingHandle {
        format!("handle-{}", self.suffix()).parse().unwrap()
    }

    /// The stored states of earlier formats have the suffix `1`.
    fn suffix(&self) -> &str {
        if self.name == "bank" { "1" } else { self.name }
    }

    pub(crate) fn issuer(&self) -> Issuer {
        self.origin().parse().unwrap()
    }

    pub(crate) fn origin(&self) -> String {
        format!("https://{}.example", self.name)
    }

    pub(crate) fn keys(&self) -> KeySet {
        self.kept.lock().unwrap().keys.clone().unwrap()
    }

    fn aud(&self) -> DeviceAudience {
        DeviceAudience(self.keys().dk.thumbprint())
    }

    /// A payment that is approved by typing six digits.
    pub(crate) fn payment(&self) -> Request {
        let detail = r#"{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME","creditorAccount":{"iban":"DE02100100109307118603"},"remittanceInformationUnstructured":"Order 1001"}"#;
        Request {
            iss: self.issuer(),
            aud: self.aud(),
            sub: self.enrolment(),
            jti: Jti::random().unwrap(),
            txn: Txn::random().unwrap(),
            iat: self.now(),
            exp: self.now().plus(300),
            seq: self.seq(),
            client: Client { id: "shop".into(), name: "ACME Shop".into() },
            scope: Some("openid".into()),
            acr: None,
            uv: Uv::Required,
            binding: Binding::Entry { length: 6, charset: Charset::Digits },
            message: None,
            details: Some(vec![serde_json::from_str(detail).unwrap()]),
            context: None,
            nonce: Nonce::random().unwrap(),
            ext: None,
        }
    }

    pub(crate) fn sign<M: Message>(&self, message: &M) -> String {
        message.sign(self.signing_key()).unwrap()
    }

    pub(crate) fn signing_key(&self) -> &SigningKey {
        self.signers.get(self.rotations.load(Ordering::SeqCst)).unwrap()
    }

    /// Returns a sealed push with this JWS.
    pub(crate) fn push(&self, jws: &str) -> BTreeMap<String, String> {
        let sealed = seal(jws.as_bytes(), &self.keys().ek).unwrap();
        Push { handle: self.handle(), content: PushContent::Sealed(sealed) }.to_map()
    }

    pub(crate) fn status(&self, status: EnrolmentState) -> Status {
        self.kept.lock().unwrap().state = Some(status);
        Status { iss: self.issuer(), aud: self.aud(), sub: self.enrolment(), iat: self.now(), seq: self.seq(), status }
    }

    fn epoch(&self) -> u32 {
        1 + u32::try_from(self.rotations.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn metadata(&self) -> Metadata {
        let mut metadata = Metadata {
            iss: self.issuer(),
            iat: self.now(),
            exp: self.now().plus(86_400),
            epoch: self.kept.lock().unwrap().epoch.unwrap_or_else(|| self.epoch()),
            signer: self.signing_key().public().clone(),
            keys: Jwks { keys: vec![self.signing_key().public().clone()] },
            pins: self.pins(),
            endpoints: Endpoints::below(&format!("{}/adp/v1", self.origin())),
            binding_modes: vec![BindingMode::None, BindingMode::Display, BindingMode::Choice, BindingMode::Entry],
            min_app_version: None,
            features: None,
        };
        let change = self.kept.lock().unwrap().change_metadata;
        if let Some(change) = change {
            change(&mut metadata);
        }
        metadata
    }

    pub(crate) fn expected_code(&self) -> String {
        let kept = self.kept.lock().unwrap();
        confirmation_code(kept.enrol_hash.as_ref().unwrap(), kept.confirm_nonce.as_ref().unwrap())
    }
}
