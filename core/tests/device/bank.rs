//! A bank in memory: as little of a server as a device needs, with real keys and real messages.

use std::collections::{BTreeMap, HashMap};
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
use countersign_core::message::enrolment::{Account, Enrol, Enrolled, Policy, confirmation_code};
use countersign_core::message::inbox::{Closed, Inbox};
use countersign_core::message::metadata::{Endpoints, Jwks, Metadata, PATH};
use countersign_core::message::offer::{Offer, OfferCode};
use countersign_core::message::proof::{KeyProof, KeySet};
use countersign_core::message::push::{Push, PushContent};
use countersign_core::message::receipt::{Outcome, Receipt};
use countersign_core::message::request::{Binding, BindingMode, Charset, Client, Request, Uv};
use countersign_core::message::status::{EnrolmentState, Status};
use countersign_core::message::update::{Change, Update};
use countersign_core::message::{Message, open};
use countersign_core::platform::{HttpRequest, HttpResponse, Transport, TransportError};

pub(crate) const ISSUER: &str = "https://bank.example";
/// When every test begins, in seconds.
pub(crate) const BEGIN: i64 = 1_800_000_000;
const NONCE: &str = "server-nonce";

/// The server's side, as little as a device needs: one enrolment, real keys, real messages.
pub(crate) struct Bank {
    /// The present one signs, the next one is pinned beside it.
    signers: [SigningKey; 4],
    /// How often the signing key has rolled over.
    pub(crate) rolled: AtomicUsize,
    pub(crate) now: AtomicU64,
    seq: AtomicU64,
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
    pub(crate) policy: Option<Policy>,
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
            signers: [(); 4].map(|()| SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap()),
            rolled: AtomicUsize::new(0),
            now: AtomicU64::new(u64::try_from(BEGIN).unwrap()),
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
        let rolled = self.rolled.load(Ordering::SeqCst);
        self.signers.iter().skip(rolled).take(2).map(|key| key.public().thumbprint()).collect()
    }

    /// The next key takes the place of the present one, and a fresh one is pinned beside it.
    pub(crate) fn roll(&self) {
        self.rolled.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn misbehave(&self, misdeed: Misdeed) {
        self.kept.lock().unwrap().next = Some(misdeed);
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
        self.signers.get(self.rolled.load(Ordering::SeqCst)).unwrap()
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
        1 + u32::try_from(self.rolled.load(Ordering::SeqCst)).unwrap()
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

    fn serve(&self, request: &HttpRequest) -> (u16, String) {
        let path = request.url.strip_prefix(ISSUER).unwrap();
        let body = String::from_utf8(request.body.clone()).unwrap();
        let proof = request.headers.iter().find(|(name, _)| *name == "dpop").map(|(_, value)| value.as_str());
        if let Some(proof) = proof {
            let (claims, key) = dpop::open(proof).unwrap();
            assert_eq!(claims.htu, request.url.split('?').next().unwrap());
            assert_eq!(claims.htm, request.method.as_str());
            if claims.nonce.as_deref() != Some(NONCE) {
                return (401, r#"{"code":"use_dpop_nonce"}"#.into());
            }
            // The present DK names the enrolment; any other names nobody.
            if path != "/adp/v1/enrolments" && key != self.keys().dk {
                return rejected();
            }
        }
        match path.split('?').next().unwrap() {
            "/.well-known/authentication-device" => (200, self.sign(&self.metadata())),
            "/adp/v1/enrolments/challenge" => (200, self.challenge(&body)),
            "/adp/v1/enrolments" => (200, self.enrol(&body)),
            "/adp/v1/requests" => (200, self.inbox(path)),
            "/adp/v1/decisions" => self.decide(&body),
            "/adp/v1/device" => self.update(&body),
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

    fn decide(&self, body: &str) -> (u16, String) {
        let keys = self.keys();
        let (aud, seq, iat) = (self.aud(), self.seq(), self.now());
        let mut kept = self.kept.lock().unwrap();
        kept.decisions.push(body.to_owned());
        if let Some(receipt) = kept.receipts.get(body) {
            return (200, receipt.clone());
        }
        let signed_by = |kid| [&keys.uvk, &keys.dk].into_iter().find(|key| key.thumbprint() == kid);
        let Ok(decision) = open::<Decision>(body, signed_by) else { return rejected() };
        let receipt = self.sign(&Receipt {
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
        });
        kept.receipts.insert(body.to_owned(), receipt.clone());
        (200, receipt)
    }

    fn update(&self, body: &str) -> (u16, String) {
        let keys = self.keys();
        let (aud, seq, iat) = (self.aud(), self.seq(), self.now());
        let mut kept = self.kept.lock().unwrap();
        kept.updates.push(body.to_owned());
        if let Some(receipt) = kept.receipts.get(body) {
            return (200, receipt.clone());
        }
        let Ok(update) = open::<Update>(body, |kid| (kid == keys.dk.thumbprint()).then_some(&keys.dk)) else {
            return rejected();
        };
        let Update { jti, exp, change, .. } = update.message;
        let in_time = if exp <= iat { Outcome::Expired } else { Outcome::Accepted };
        let outcome = kept.update_outcome.unwrap_or(in_time);
        match change {
            Change::Unenrol {} => kept.state = Some(EnrolmentState::Revoked),
            Change::Keys(new) if outcome == Outcome::Accepted => {
                let proof = open::<KeyProof>(&new.dk_proof.unwrap(), |_| Some(&new.keys.dk)).unwrap().message;
                assert_eq!((proof.nonce.as_str(), proof.keys), (jti.as_str(), new.keys.thumbprints()));
                assert!(new.keys.distinct() && new.keys.uvk == keys.uvk);
                kept.keys = Some(new.keys);
            }
            _ => {}
        }
        // To the key that signed the change.
        let receipt = self.sign(&Receipt {
            iss: issuer(),
            aud,
            sub: Self::enrolment_id(),
            iat,
            seq,
            message_hash: update.digest,
            txn: None,
            request_hash: None,
            outcome,
            status: kept.state.unwrap(),
        });
        kept.receipts.insert(body.to_owned(), receipt.clone());
        (200, receipt)
    }
}

fn rejected() -> (u16, String) {
    (403, r#"{"code":"rejected"}"#.into())
}

#[async_trait]
impl Transport for Bank {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let answered =
            |status, body: String| Ok(HttpResponse { status, dpop_nonce: Some(NONCE.into()), body: body.into_bytes() });
        self.calls.fetch_add(1, Ordering::SeqCst);
        if request.url.ends_with(PATH) {
            let mut kept = self.kept.lock().unwrap();
            kept.metadata_calls += 1;
            if kept.lose_metadata {
                return Err(TransportError::Unreachable);
            }
        }
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
