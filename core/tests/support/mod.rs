//! A bank in memory and a phone whose every part can be made to fail.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use countersign_core::adapters::desktop::{SecretError, SecretStore};
use countersign_core::adapters::desktop::{SoftwareKeyStore, UserPresence};
use countersign_core::jose::sealed::seal;
use countersign_core::jose::{Digest, SigningKey};
use countersign_core::message::challenge::{Challenge, ChallengeRequest};
use countersign_core::message::claims::{
    DeviceAudience, EnrolmentId, Issuer, Jti, Nonce, OfferId, RoutingHandle, Timestamp, Txn,
};
use countersign_core::message::decision::Decision;
use countersign_core::message::dpop;
use countersign_core::message::enrolment::{
    Account, DeviceInfo, Enrol, Enrolled, Policy, PushAddress, PushKind, confirmation_code,
};
use countersign_core::message::inbox::{Closed, Inbox};
use countersign_core::message::metadata::{Endpoints, Jwks, Metadata};
use countersign_core::message::offer::{Offer, OfferCode};
use countersign_core::message::proof::{KeyProof, KeySet};
use countersign_core::message::push::{Push, PushContent};
use countersign_core::message::receipt::{Outcome, Receipt};
use countersign_core::message::request::{Binding, BindingMode, Charset, Client, Request, Uv};
use countersign_core::message::status::{EnrolmentState, Status};
use countersign_core::message::update::{Change, Update};
use countersign_core::message::{Message, open};
use countersign_core::platform::{
    Clock, ClockReading, DiagnosticEvent, Diagnostics, HttpRequest, HttpResponse, KeyStoreError, Prompt, StateStore,
    StateStoreError, Transport, TransportError,
};
use countersign_core::{Authenticator, Config, EnrolmentInfo, Platform};
use zeroize::Zeroizing;

pub(crate) const ISSUER: &str = "https://bank.example";
/// When every test begins, in seconds.
pub(crate) const BEGIN: i64 = 1_800_000_000;
const NONCE: &str = "server-nonce";

/// The server's side, as little as a device needs: one enrolment, real keys, real messages.
pub(crate) struct Bank {
    pub(crate) key: SigningKey,
    /// Signs everything but metadata once [`Self::rolled`].
    next_key: SigningKey,
    pub(crate) rolled: AtomicBool,
    pub(crate) now: AtomicU64,
    seq: AtomicU64,
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
    pub(crate) policy: Option<Policy>,
    /// What the bank does next instead of its job.
    pub(crate) next: Option<Misdeed>,
}

/// What goes wrong on the way or at the bank.
#[derive(Clone)]
pub(crate) enum Misdeed {
    /// No connection.
    Unreachable,
    /// The bank does its job, and the answer is lost.
    LoseAnswer,
    /// Another answer than the right one.
    Answer(u16, String),
    /// The right answer, signed with another key under the bank's name.
    ForgedKey,
}

pub(crate) fn issuer() -> Issuer {
    ISSUER.parse().unwrap()
}

impl Bank {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            key: SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap(),
            next_key: SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap(),
            rolled: AtomicBool::new(false),
            now: AtomicU64::new(u64::try_from(BEGIN).unwrap()),
            seq: AtomicU64::new(1),
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
            pins: vec![self.key.public().thumbprint()],
        }
    }

    pub(crate) fn misbehave(&self, misdeed: Misdeed) {
        self.kept.lock().unwrap().next = Some(misdeed);
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
        if self.rolled.load(Ordering::SeqCst) { &self.next_key } else { &self.key }
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

    pub(crate) fn metadata(&self) -> Metadata {
        let endpoint = |name: &str| format!("{ISSUER}/adp/v1/{name}");
        Metadata {
            iss: issuer(),
            iat: self.now(),
            exp: self.now().plus(86_400),
            epoch: 1 + u32::from(self.rolled.load(Ordering::SeqCst)),
            signer: self.key.public().clone(),
            keys: Jwks { keys: vec![self.signing_key().public().clone()] },
            pins: vec![self.key.public().thumbprint()],
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

    fn serve(&self, request: &HttpRequest) -> (u16, String) {
        let path = request.url.strip_prefix(ISSUER).unwrap();
        let body = String::from_utf8(request.body.clone()).unwrap();
        let proof = request.headers.iter().find(|(name, _)| *name == "dpop").map(|(_, value)| value.as_str());
        if let Some(proof) = proof {
            let (claims, _) = dpop::open(proof).unwrap();
            assert_eq!(claims.htu, request.url.split('?').next().unwrap());
            assert_eq!(claims.htm, request.method.as_str());
            if claims.nonce.as_deref() != Some(NONCE) {
                return (401, r#"{"code":"use_dpop_nonce"}"#.into());
            }
        }
        match path.split('?').next().unwrap() {
            "/.well-known/authentication-device" => (200, self.metadata().sign(&self.key).unwrap()),
            "/adp/v1/enrolments/challenge" => (200, self.challenge(&body)),
            "/adp/v1/enrolments" => (200, self.enrol(&body)),
            "/adp/v1/requests" => (200, self.inbox(path)),
            "/adp/v1/decisions" => (200, self.decide(&body)),
            "/adp/v1/device" => (200, self.update(&body)),
            other => match other.strip_prefix("/adp/v1/requests/") {
                Some(_) => (200, self.kept.lock().unwrap().requests.first().unwrap().clone()),
                None => (404, r#"{"code":"not_found"}"#.into()),
            },
        }
    }

    fn challenge(&self, body: &str) -> String {
        let asked: ChallengeRequest = serde_json::from_str(body).unwrap();
        self.sign(&Challenge {
            iss: issuer(),
            iat: self.now(),
            exp: self.now().plus(300),
            offer: asked.offer,
            nonce: Nonce::random().unwrap(),
        })
    }

    fn enrol(&self, body: &str) -> String {
        let claims: Enrol = countersign_core::jose::signed::Unverified::parse(body, Enrol::TYP, Enrol::MAX)
            .unwrap()
            .verify_with(|enrol: &Enrol| &enrol.keys.dk)
            .unwrap();
        let proof = open::<KeyProof>(&claims.uv_proof, |_| Some(&claims.keys.uvk)).unwrap().message;
        assert_eq!(proof.keys, claims.keys.thumbprints());
        let confirm_nonce = Nonce::random().unwrap();
        let ek = claims.keys.ek.clone();
        let policy = {
            let mut kept = self.kept.lock().unwrap();
            kept.enrolments.push(body.to_owned());
            kept.keys = Some(claims.keys);
            kept.confirm_nonce = Some(confirm_nonce.clone());
            kept.enrol_hash = Some(Digest::of(body.as_bytes()));
            kept.state = Some(EnrolmentState::Pending);
            kept.policy
        };
        let enrolled = Enrolled {
            iss: issuer(),
            aud: self.aud(),
            sub: Self::enrolment_id(),
            iat: self.now(),
            seq: self.seq(),
            enrol_hash: Digest::of(body.as_bytes()),
            handle: Self::handle(),
            account: Account { label: "alice".into(), issuer_name: "Example Bank".into() },
            policy: policy.unwrap_or(Policy { binding_floor: BindingMode::None, min_shown_ms: 0 }),
            state: EnrolmentState::Pending,
            confirm_nonce: Some(confirm_nonce),
        };
        seal(self.sign(&enrolled).as_bytes(), &ek).unwrap()
    }

    pub(crate) fn expected_code(&self) -> String {
        let kept = self.kept.lock().unwrap();
        confirmation_code(kept.enrol_hash.as_ref().unwrap(), kept.confirm_nonce.as_ref().unwrap())
    }

    fn inbox(&self, path: &str) -> String {
        let nonce = path.split_once("nonce=").unwrap().1.parse().unwrap();
        let (aud, seq) = (self.aud(), self.seq());
        let kept = self.kept.lock().unwrap();
        self.sign(&Inbox {
            iss: issuer(),
            aud,
            sub: Self::enrolment_id(),
            nonce,
            iat: self.now(),
            seq,
            count: u32::try_from(kept.requests.len()).unwrap(),
            requests: kept.requests.clone(),
            closed: kept.closed.clone(),
            status: kept.state.unwrap(),
        })
    }

    fn decide(&self, body: &str) -> String {
        let keys = self.keys();
        let verified =
            open::<Decision>(body, |kid| [&keys.uvk, &keys.dk].into_iter().find(|key| key.thumbprint() == kid));
        let decision = verified.unwrap();
        let (aud, seq, iat) = (self.aud(), self.seq(), self.now());
        let mut kept = self.kept.lock().unwrap();
        kept.decisions.push(body.to_owned());
        let receipt = Receipt {
            iss: issuer(),
            aud,
            sub: Self::enrolment_id(),
            iat,
            seq,
            message_hash: decision.digest,
            txn: Some(decision.message.txn),
            request_hash: Some(decision.message.request_hash),
            outcome: kept.outcome.unwrap_or(Outcome::Accepted),
            status: kept.state.unwrap(),
        };
        let receipt = self.sign(&receipt);
        kept.receipts.entry(body.to_owned()).or_insert(receipt).clone()
    }

    fn update(&self, body: &str) -> String {
        let keys = self.keys();
        let update = open::<Update>(body, |_| Some(&keys.dk)).unwrap();
        if matches!(update.message.change, Change::Unenrol {}) {
            self.kept.lock().unwrap().state = Some(EnrolmentState::Revoked);
        }
        let status = self.kept.lock().unwrap().state.unwrap();
        self.sign(&Receipt {
            iss: issuer(),
            aud: self.aud(),
            sub: Self::enrolment_id(),
            iat: self.now(),
            seq: self.seq(),
            message_hash: update.digest,
            txn: None,
            request_hash: None,
            outcome: Outcome::Accepted,
            status,
        })
    }
}

#[async_trait]
impl Transport for Bank {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let answered =
            |status, body: String| Ok(HttpResponse { status, dpop_nonce: Some(NONCE.into()), body: body.into_bytes() });
        let misdeed = self.kept.lock().unwrap().next.take();
        match misdeed {
            Some(Misdeed::Unreachable) => Err(TransportError::Unreachable),
            Some(Misdeed::Answer(status, body)) => answered(status, body),
            Some(Misdeed::LoseAnswer) => {
                self.serve(&request);
                Err(TransportError::Timeout)
            }
            Some(Misdeed::ForgedKey) => {
                let (status, body) = self.serve(&request);
                let (input, _) = body.rsplit_once('.').unwrap();
                let forger = SigningKey::from_scalar(&[3; 32]).unwrap();
                let signature = forger.sign(input.as_bytes()).unwrap();
                answered(status, format!("{input}.{}", countersign_core::jose::base64url::encode(signature)))
            }
            None => {
                let (status, body) = self.serve(&request);
                let enrols = status == 200 && request.url.ends_with("/enrolments");
                if enrols && self.kept.lock().unwrap().hang_enrolled {
                    std::future::pending::<()>().await;
                }
                if enrols && std::mem::take(&mut self.kept.lock().unwrap().lose_enrolled) {
                    return Err(TransportError::Timeout);
                }
                answered(status, body)
            }
        }
    }
}

/// A phone: its parts outlive the authenticator, as a phone outlives a process.
pub(crate) struct Phone {
    pub(crate) bank: Arc<Bank>,
    pub(crate) secrets: MemorySecrets,
    pub(crate) state: Arc<MemoryState>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) presence: Arc<TestPresence>,
    pub(crate) log: Arc<Log>,
}

impl Phone {
    pub(crate) fn new(bank: &Arc<Bank>) -> Self {
        Self {
            bank: bank.clone(),
            secrets: MemorySecrets::default(),
            state: Arc::default(),
            clock: Arc::default(),
            presence: Arc::default(),
            log: Arc::default(),
        }
    }

    /// Starts the process.
    pub(crate) fn start(&self) -> Authenticator {
        self.try_start().unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn try_start(&self) -> Result<Authenticator, countersign_core::AuthenticatorError> {
        let platform = Platform {
            keys: Arc::new(SoftwareKeyStore::new(Box::new(self.secrets.clone()), self.presence.clone())),
            transport: self.bank.clone(),
            state: self.state.clone(),
            clock: self.clock.clone(),
            diagnostics: self.log.clone(),
        };
        let device = DeviceInfo {
            platform: "test".into(),
            model: "Test".into(),
            app: "test 1".into(),
            sdk: "countersign 0.1.0".into(),
        };
        Authenticator::open(Config { device }, platform)
    }

    /// Starts, enrols, and is confirmed.
    pub(crate) async fn enrolled(bank: &Arc<Bank>) -> (Self, Authenticator) {
        let phone = Self::new(bank);
        let device = phone.start();
        let _: EnrolmentInfo = phone.enrol(&device).await;
        let status = bank.status(EnrolmentState::Active);
        let push = bank.push(&bank.sign(&status));
        assert!(device.receive(&push).is_ok());
        (phone, device)
    }

    pub(crate) async fn enrol(&self, device: &Authenticator) -> EnrolmentInfo {
        let push = PushAddress { kind: PushKind::Stream, token: None };
        device.enrol(self.bank.offer(), push).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Lets time pass for phone and bank.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.monotonic_ms.fetch_add(seconds * 1000, Ordering::SeqCst);
        self.bank.now.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn last_code(&self) -> Option<&'static str> {
        self.log.0.lock().unwrap().last().map(|event| event.code)
    }
}

#[derive(Default, Clone)]
pub(crate) struct MemorySecrets(pub(crate) Arc<Mutex<HashMap<String, Vec<u8>>>>);

impl SecretStore for MemorySecrets {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        Ok(self.0.lock().unwrap().get(name).cloned().map(Zeroizing::new))
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        self.0.lock().unwrap().insert(name.into(), secret.into());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct MemoryState {
    pub(crate) bytes: Mutex<Option<Vec<u8>>>,
    pub(crate) full: AtomicBool,
}

impl StateStore for MemoryState {
    fn load(&self) -> Result<Option<Vec<u8>>, StateStoreError> {
        Ok(self.bytes.lock().unwrap().clone())
    }

    fn save(&self, bytes: &[u8]) -> Result<(), StateStoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StateStoreError("no space left on device".into()));
        }
        *self.bytes.lock().unwrap() = Some(bytes.to_vec());
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct TestClock {
    pub(crate) monotonic_ms: AtomicU64,
    pub(crate) wall: AtomicU64,
}

impl Clock for TestClock {
    fn read(&self) -> ClockReading {
        ClockReading {
            monotonic_ms: self.monotonic_ms.load(Ordering::SeqCst),
            boot_id: "boot".into(),
            // Wrong by years, in every test.
            wall: Timestamp::from_seconds(self.wall.load(Ordering::SeqCst).try_into().unwrap()),
        }
    }
}

#[derive(Default)]
pub(crate) struct TestPresence(pub(crate) Mutex<Option<KeyStoreError>>);

#[async_trait]
impl UserPresence for TestPresence {
    async fn confirm(&self, _: &Prompt) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

#[derive(Default)]
pub(crate) struct Log(pub(crate) Mutex<Vec<DiagnosticEvent>>);

impl Diagnostics for Log {
    fn record(&self, event: DiagnosticEvent) {
        self.0.lock().unwrap().push(event);
    }
}
