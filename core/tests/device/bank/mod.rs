//! A bank in memory: as little of a server as a device needs, with real keys and real messages.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

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
use countersign_core::message::inbox::{Closed, Inbox};
use countersign_core::message::metadata::{Endpoints, Jwks, Metadata, PATH};
use countersign_core::message::number::Number;
use countersign_core::message::offer::{Offer, OfferCode};
use countersign_core::message::proof::{KeyProof, KeySet};
use countersign_core::message::push::{Push, PushContent};
use countersign_core::message::receipt::{Outcome, Receipt};
use countersign_core::message::request::{Binding, BindingMode, Charset, Client, Request, Uv};
use countersign_core::message::status::{EnrolmentState, Status};
use countersign_core::message::update::{Change, Update, UvkProofs};
use countersign_core::message::{Message, open};
use countersign_core::platform::{HttpRequest, HttpResponse, Transport, TransportError};

mod endpoints;

pub(crate) const ISSUER: &str = "https://bank.example";
/// A policy that asks for nothing.
pub(crate) const NO_RESTRICTIONS: EnrolmentPolicy =
    EnrolmentPolicy { binding_floor: BindingMode::None, min_shown_ms: 0, calls: CallPolicy::Allow };

/// When every test begins, in seconds.
pub(crate) const START_SECS: i64 = 1_800_000_000;
const NONCE: &str = "server-nonce";

/// The server's side, as little as a device needs: one enrolment, real keys, real messages.
pub(crate) struct Bank {
    /// The present one signs, the next one is pinned beside it.
    signers: [SigningKey; 4],
    /// How often the signing key has rotations over.
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
    /// By decision bytes: the receipt.
    pub(crate) receipts: HashMap<String, String>,
    /// Decisions in the order they came, repeats too.
    pub(crate) decisions: Vec<String>,
    pub(crate) outcome: Option<Outcome>,
    /// Enrolments in the order they came, repeats too.
    pub(crate) enrolments: Vec<String>,
    /// The next enrolment is never answered.
    pub(crate) hang_enrolled: bool,
    /// The answer to the next enrolment gets lost.
    pub(crate) lose_enrolled: bool,
    /// Nothing: [`NO_RESTRICTIONS`].
    pub(crate) policy: Option<EnrolmentPolicy>,
    /// Updates in the order they came, repeats too.
    pub(crate) updates: Vec<String>,
    /// What becomes of updates instead of what should.
    pub(crate) update_outcome: Option<Outcome>,
    /// How often the metadata was fetched.
    pub(crate) metadata_calls: u32,
    /// The metadata cannot be reached.
    pub(crate) lose_metadata: bool,
    /// The epoch that the metadata claims instead of the right one.
    pub(crate) epoch: Option<u32>,
    /// What the bank calls itself and the account.
    pub(crate) account: Option<Account>,
    /// The requests that were decided; each is once.
    pub(crate) decided: HashSet<Txn>,
    /// Which bytes used which number first.
    pub(crate) numbers: HashMap<u64, String>,
    /// What the bank does next instead of its job.
    pub(crate) next: Option<BankFault>,
}

/// What goes wrong on the way or at the bank.
#[derive(Clone)]
pub(crate) enum BankFault {
    /// No connection.
    Unreachable,
    /// The bank does its job, and the answer is lost.
    LoseResponse,
    /// Another answer than the right one.
    Respond(u16, String),
    /// The right answer, signed with another key under the bank's name.
    ForgedKey,
}

pub(crate) fn issuer() -> Issuer {
    ISSUER.parse().unwrap()
}

impl Bank {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
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
            issuer: issuer(),
            id: OfferId::random().unwrap(),
            code: OfferCode::random().unwrap(),
            pins: self.pins(),
        }
    }

    fn pins(&self) -> Vec<Thumbprint> {
        let rotations = self.rotations.load(Ordering::SeqCst);
        self.signers.iter().skip(rotations).take(2).map(|key| key.public().thumbprint()).collect()
    }

    /// The next key takes the place of the present one, and a fresh one is pinned beside it.
    pub(crate) fn rotate_signing_key(&self) {
        self.rotations.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn fail_next(&self, fault: BankFault) {
        self.kept.lock().unwrap().next = Some(fault);
    }

    /// How many calls came.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    fn seq(&self) -> u64 {
        self.seq.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn enrolment_id() -> EnrolmentId {
        "enrolment-1".parse().unwrap()
    }

    pub(crate) fn handle() -> RoutingHandle {
        "handle-1".parse().unwrap()
    }

    pub(crate) fn keys(&self) -> KeySet {
        self.kept.lock().unwrap().keys.clone().unwrap()
    }

    fn aud(&self) -> DeviceAudience {
        DeviceAudience(self.keys().dk.thumbprint())
    }

    /// A payment to approve by typing six digits.
    pub(crate) fn payment(&self) -> Request {
        let detail = r#"{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME","creditorAccount":{"iban":"DE02100100109307118603"},"remittanceInformationUnstructured":"Order 1001"}"#;
        Request {
            iss: issuer(),
            aud: self.aud(),
            sub: Self::enrolment_id(),
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

    fn signing_key(&self) -> &SigningKey {
        self.signers.get(self.rotations.load(Ordering::SeqCst)).unwrap()
    }

    /// A sealed push around this JWS.
    pub(crate) fn push(&self, jws: &str) -> BTreeMap<String, String> {
        let sealed = seal(jws.as_bytes(), &self.keys().ek).unwrap();
        Push { handle: Self::handle(), content: PushContent::Sealed(sealed) }.to_map()
    }

    pub(crate) fn status(&self, status: EnrolmentState) -> Status {
        self.kept.lock().unwrap().state = Some(status);
        Status { iss: issuer(), aud: self.aud(), sub: Self::enrolment_id(), iat: self.now(), seq: self.seq(), status }
    }

    fn epoch(&self) -> u32 {
        1 + u32::try_from(self.rotations.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn metadata(&self) -> Metadata {
        let endpoint = |name: &str| format!("{ISSUER}/adp/v1/{name}");
        Metadata {
            iss: issuer(),
            iat: self.now(),
            exp: self.now().plus(86_400),
            epoch: self.kept.lock().unwrap().epoch.unwrap_or_else(|| self.epoch()),
            signer: self.signing_key().public().clone(),
            keys: Jwks { keys: vec![self.signing_key().public().clone()] },
            pins: self.pins(),
            endpoints: Endpoints {
                challenge: endpoint("enrolments/challenge"),
                enrolments: endpoint("enrolments"),
                requests: endpoint("requests"),
                decisions: endpoint("decisions"),
                device: endpoint("device"),
                stream: endpoint("stream"),
            },
            binding_modes: vec![BindingMode::None, BindingMode::Display, BindingMode::Choice, BindingMode::Entry],
            min_app_version: None,
        }
    }

    pub(crate) fn expected_code(&self) -> String {
        let kept = self.kept.lock().unwrap();
        confirmation_code(kept.enrol_hash.as_ref().unwrap(), kept.confirm_nonce.as_ref().unwrap())
    }
}
