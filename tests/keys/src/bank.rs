//! A bank in the same process, for tests of phones in Kotlin and Swift.
//!
//! It enrols one phone, pushes any number of requests and returns a receipt for each decision. It
//! needs no server and no network.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_core::jose::sealed::seal;
use countersign_core::jose::{Digest, SigningKey, random, signed};
use countersign_core::message::challenge::{Challenge, ChallengeRequest};
use countersign_core::message::claims::{DeviceAudience, Jti, Nonce, OfferId, Timestamp, Txn};
use countersign_core::message::decision::{Decision, DecisionKind};
use countersign_core::message::enrolment::{Account, CallPolicy, Enrol, Enrolled, EnrolmentPolicy};
use countersign_core::message::metadata::{Endpoints, Jwks, MAX_LIFETIME_SECS, Metadata, PATH};
use countersign_core::message::offer::{Offer, OfferCode};
use countersign_core::message::proof::KeySet;
use countersign_core::message::push::{Push, PushContent};
use countersign_core::message::receipt::{Outcome, Receipt};
use countersign_core::message::request::{Binding, BindingMode, Charset, Client, Request, Uv};
use countersign_core::message::status::EnrolmentState;
use countersign_core::message::{Message as _, open};

use crate::TestKeysError;
use crate::script::{BankScript, ScriptRequest};

const ISSUER: &str = "https://bank.example";
/// The bank's time when it is created.
const BEGIN: i64 = 1_800_000_000;
/// The time from one request to the next, in seconds.
const STEP_SECS: i64 = 11;
/// The lifetime of a request in seconds. It expires before the next one, so that the phone drops
/// it.
const LIFETIME_SECS: i64 = 10;
const PAYMENT: &str = r#"{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME GmbH","creditorAccount":{"iban":"DE89370400440532013000"},"remittanceInformationUnstructured":"Invoice 2026-0117"}"#;

/// A policy that accepts every binding mode and display time, and allows calls.
const ANY: EnrolmentPolicy =
    EnrolmentPolicy { binding_floor: BindingMode::None, min_shown_ms: 0, calls: CallPolicy::Allow };

/// A bank with one customer.
#[derive(uniffi::Object)]
pub struct Bank {
    signer: SigningKey,
    script: Option<BankScript>,
    kept: Mutex<Kept>,
}

/// The decision that the bank received last.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReceivedDecision {
    /// True for an approval.
    pub approved: bool,
    /// The reason of a denial as it is on the wire, for example `not_me`.
    pub reason: Option<String>,
    /// How long the request was displayed, in milliseconds.
    pub shown_ms: u64,
    /// True if the phone reported a telephone call.
    pub call_active: bool,
    /// The binding value.
    pub binding: Option<String>,
}

struct Kept {
    now: Timestamp,
    seq: u64,
    phone: Option<KeySet>,
    decision: Option<ReceivedDecision>,
}

#[uniffi::export]
impl Bank {
    /// Creates a bank with new keys. Its requests are payments with a binding value of six digits.
    #[uniffi::constructor]
    pub fn new() -> Result<Arc<Self>, TestKeysError> {
        Self::open(None)
    }

    /// Creates a bank for an event script: the JSON text of a file in `tests/approval`.
    ///
    /// The enrolment has the script's policy. Each push has the script's request.
    #[uniffi::constructor]
    pub fn for_script(script: String) -> Result<Arc<Self>, TestKeysError> {
        Self::open(Some(serde_json::from_str(&script)?))
    }

    /// Returns the time for the wall clock of the phone, in milliseconds since 1970-01-01 UTC.
    ///
    /// The clock need not advance.
    #[must_use]
    pub fn wall_ms(&self) -> i64 {
        BEGIN * 1000
    }

    /// Returns a link to enrol with.
    pub fn offer(&self) -> Result<String, TestKeysError> {
        let offer = Offer {
            issuer: ISSUER.parse()?,
            id: OfferId::random()?,
            code: OfferCode::random()?,
            pins: vec![self.signer.public().thumbprint()],
        };
        Ok(offer.to_link("https://app.example"))
    }

    /// Returns the data of a push with a new request. The bank's time advances before it.
    pub fn push(&self) -> Result<HashMap<String, String>, TestKeysError> {
        let mut kept = self.kept();
        kept.now = kept.now.plus(STEP_SECS);
        let jws = self.sign(&self.request(&mut kept)?)?;
        let sealed = seal(jws.as_bytes(), &kept.phone()?.ek)?;
        let push = Push { handle: "handle-1".parse()?, content: PushContent::Sealed(sealed) };
        Ok(push.to_map().into_iter().collect())
    }

    /// Returns the body of the response to this call. Its status is 200.
    pub fn answer(&self, url: String, body: Vec<u8>) -> Result<Vec<u8>, TestKeysError> {
        let path = url.strip_prefix(ISSUER).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let body = String::from_utf8(body)?;
        let mut kept = self.kept();
        let text = match path {
            PATH => self.sign(&self.metadata(&kept)?),
            "/enrolments/challenge" => self.challenge(&kept, &body),
            "/enrolments" => self.enrol(&mut kept, &body),
            "/decisions" => self.decide(&mut kept, &body),
            _ => Err(TestKeysError::new(format!("the bank has no endpoint {url}"))),
        };
        text.map(String::into_bytes)
    }

    /// Returns the decision that the bank received last, or none.
    #[must_use]
    pub fn decision(&self) -> Option<ReceivedDecision> {
        self.kept().decision.clone()
    }
}

impl Bank {
    fn open(script: Option<BankScript>) -> Result<Arc<Self>, TestKeysError> {
        let signer = SigningKey::from_scalar(&random::bytes()?)?;
        let kept = Kept { now: Timestamp::from_seconds(BEGIN), seq: 0, phone: None, decision: None };
        Ok(Arc::new(Self { signer, script, kept: Mutex::new(kept) }))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign<M: countersign_core::message::Message>(&self, message: &M) -> Result<String, TestKeysError> {
        Ok(message.sign(&self.signer)?)
    }

    /// Returns a new request: the script's, or a payment with a binding value of six digits.
    fn request(&self, kept: &mut Kept) -> Result<Request, TestKeysError> {
        let script = self.script.as_ref().map(|script| &script.request);
        let details = if script.is_some() { None } else { Some(vec![serde_json::from_str(PAYMENT)?]) };
        let payment = Binding::Entry { length: 6, charset: Charset::Digits };
        Ok(Request {
            iss: ISSUER.parse()?,
            aud: kept.audience()?,
            sub: "enrolment-1".parse()?,
            jti: Jti::random()?,
            txn: Txn::random()?,
            iat: kept.now,
            exp: kept.now.plus(LIFETIME_SECS),
            seq: kept.next(),
            client: Client { id: "shop".into(), name: "ACME Shop".into() },
            scope: Some("openid".into()),
            acr: None,
            uv: Uv::Required,
            binding: script.map_or(payment, |script| script.binding.clone()),
            message: script.and_then(ScriptRequest::message),
            details,
            context: None,
            nonce: Nonce::random()?,
            ext: script.and_then(ScriptRequest::extensions),
        })
    }

    fn metadata(&self, kept: &Kept) -> Result<Metadata, TestKeysError> {
        Ok(Metadata {
            iss: ISSUER.parse()?,
            iat: kept.now,
            exp: kept.now.plus(MAX_LIFETIME_SECS),
            epoch: 1,
            signer: self.signer.public().clone(),
            keys: Jwks { keys: vec![self.signer.public().clone()] },
            pins: vec![self.signer.public().thumbprint()],
            endpoints: Endpoints::below(ISSUER),
            binding_modes: BindingMode::ALL.to_vec(),
            min_app_version: None,
            features: None,
        })
    }

    fn challenge(&self, kept: &Kept, body: &str) -> Result<String, TestKeysError> {
        let asked: ChallengeRequest = serde_json::from_str(body)?;
        self.sign(&Challenge {
            iss: ISSUER.parse()?,
            iat: kept.now,
            exp: kept.now.plus(300),
            offer: asked.offer,
            nonce: Nonce::random()?,
        })
    }

    fn enrol(&self, kept: &mut Kept, body: &str) -> Result<String, TestKeysError> {
        let claims = signed::Unverified::parse(body, Enrol::TYP, Enrol::MAX_BYTES)
            .and_then(|enrol| enrol.verify_with(|enrol: &Enrol| &enrol.keys.dk))?;
        let ek = claims.keys.ek.clone();
        kept.phone = Some(claims.keys);
        let enrolled = Enrolled {
            iss: ISSUER.parse()?,
            aud: kept.audience()?,
            sub: "enrolment-1".parse()?,
            iat: kept.now,
            seq: kept.next(),
            enrol_hash: Digest::of(body.as_bytes()),
            handle: "handle-1".parse()?,
            account: Account { label: "alice".into(), issuer_name: "Example Bank".into() },
            policy: self.script.as_ref().map_or(ANY, |script| script.policy),
            state: EnrolmentState::Active,
            confirm_nonce: None,
        };
        Ok(seal(self.sign(&enrolled)?.as_bytes(), &ek)?)
    }

    fn decide(&self, kept: &mut Kept, body: &str) -> Result<String, TestKeysError> {
        let keys = kept.phone()?.clone();
        let signed_by = |kid| [&keys.uvk, &keys.dk].into_iter().find(|key| key.thumbprint() == kid);
        let decision = open::<Decision>(body, signed_by)?.message;
        kept.decision = Some(ReceivedDecision {
            approved: decision.decision == DecisionKind::Approve,
            reason: decision.reason.map(|reason| reason.as_str().to_owned()),
            shown_ms: decision.ceremony.shown_ms,
            call_active: decision.ceremony.call_active,
            binding: decision.binding,
        });
        self.sign(&Receipt {
            iss: ISSUER.parse()?,
            aud: kept.audience()?,
            sub: "enrolment-1".parse()?,
            iat: kept.now,
            seq: kept.next(),
            number: decision.number.get(),
            message_hash: Digest::of(body.as_bytes()),
            txn: Some(decision.txn),
            request_hash: Some(decision.request_hash),
            outcome: Outcome::Accepted,
            status: EnrolmentState::Active,
            proved: None,
        })
    }
}

impl Kept {
    fn phone(&self) -> Result<&KeySet, TestKeysError> {
        self.phone.as_ref().ok_or_else(|| TestKeysError::new("no phone is enrolled: enrol with an offer first"))
    }

    fn audience(&self) -> Result<DeviceAudience, TestKeysError> {
        Ok(DeviceAudience(self.phone()?.dk.thumbprint()))
    }

    fn next(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }
}
