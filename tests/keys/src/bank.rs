//! A bank in the same process, for phones in Kotlin and Swift that are to receive and answer more than a server would send them:
//! it enrols one phone, pushes as many requests as wanted, and gives each answer its receipt.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_core::jose::sealed::seal;
use countersign_core::jose::{Digest, SigningKey, random, signed};
use countersign_core::message::challenge::{Challenge, ChallengeRequest};
use countersign_core::message::claims::{DeviceAudience, Jti, Nonce, OfferId, Timestamp, Txn};
use countersign_core::message::decision::Decision;
use countersign_core::message::enrolment::{Account, CallPolicy, Enrol, Enrolled, EnrolmentPolicy};
use countersign_core::message::metadata::{Endpoints, Jwks, Metadata, PATH};
use countersign_core::message::offer::{Offer, OfferCode};
use countersign_core::message::proof::KeySet;
use countersign_core::message::push::{Push, PushContent};
use countersign_core::message::receipt::{Outcome, Receipt};
use countersign_core::message::request::{Binding, BindingMode, Charset, Client, Request, Uv};
use countersign_core::message::status::EnrolmentState;
use countersign_core::message::{Message as _, open};

use crate::TestKeysError;

const ISSUER: &str = "https://bank.example";
/// The bank's time when it opens.
const BEGIN: i64 = 1_800_000_000;
/// From one request to the next, in seconds.
const STEP: i64 = 11;
/// How long a request lives: it is over before the next one comes, so that the phone need not keep it.
const LIFETIME: i64 = 10;
/// The bank's metadata counts for longer than any test asks for requests.
const METADATA_LIFETIME: i64 = 10 * 365 * 86_400;
const PAYMENT: &str = r#"{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"42.50"},"creditorName":"ACME GmbH","creditorAccount":{"iban":"DE89370400440532013000"},"remittanceInformationUnstructured":"Invoice 2026-0117"}"#;

/// A bank with one customer.
#[derive(uniffi::Object)]
pub struct Bank {
    signer: SigningKey,
    kept: Mutex<Kept>,
}

struct Kept {
    now: Timestamp,
    seq: u64,
    phone: Option<KeySet>,
}

#[uniffi::export]
impl Bank {
    /// Opens it with keys of its own.
    #[uniffi::constructor]
    pub fn new() -> Result<Arc<Self>, TestKeysError> {
        let signer = SigningKey::from_scalar(&random::bytes()?)?;
        let kept = Kept { now: Timestamp::from_seconds(BEGIN), seq: 0, phone: None };
        Ok(Arc::new(Self { signer, kept: Mutex::new(kept) }))
    }

    /// What the wall clock of its customer's phone shows, in milliseconds since 1970. It may stand still.
    #[must_use]
    pub fn wall_ms(&self) -> i64 {
        BEGIN * 1000
    }

    /// A link to enrol with.
    pub fn offer(&self) -> Result<String, TestKeysError> {
        let offer = Offer {
            issuer: ISSUER.parse()?,
            id: OfferId::random()?,
            code: OfferCode::random()?,
            pins: vec![self.signer.public().thumbprint()],
        };
        Ok(offer.to_link("https://app.example"))
    }

    /// The data of a push with a new payment, to be approved by six digits. Time has gone on since the last one.
    pub fn push(&self) -> Result<HashMap<String, String>, TestKeysError> {
        let mut kept = self.kept();
        kept.now = kept.now.plus(STEP);
        let jws = self.sign(&self.payment(&mut kept)?)?;
        let sealed = seal(jws.as_bytes(), &kept.phone()?.ek)?;
        let push = Push { handle: "handle-1".parse()?, content: PushContent::Sealed(sealed) };
        Ok(push.to_map().into_iter().collect())
    }

    /// The body of the answer to this call, whose status is 200.
    pub fn answer(&self, url: String, body: Vec<u8>) -> Result<Vec<u8>, TestKeysError> {
        let path = url.strip_prefix(ISSUER).unwrap_or_default();
        let body = String::from_utf8(body)?;
        let mut kept = self.kept();
        let text = match path {
            PATH => self.sign(&self.metadata(&kept)?),
            "/challenge" => self.challenge(&kept, &body),
            "/enrolments" => self.enrol(&mut kept, &body),
            "/decisions" => self.decide(&mut kept, &body),
            _ => Err(TestKeysError::new(format!("nothing is at {url}"))),
        };
        text.map(String::into_bytes)
    }
}

impl Bank {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign<M: countersign_core::message::Message>(&self, message: &M) -> Result<String, TestKeysError> {
        Ok(message.sign(&self.signer)?)
    }

    fn payment(&self, kept: &mut Kept) -> Result<Request, TestKeysError> {
        let detail = serde_json::from_str(PAYMENT)?;
        Ok(Request {
            iss: ISSUER.parse()?,
            aud: kept.audience()?,
            sub: "enrolment-1".parse()?,
            jti: Jti::random()?,
            txn: Txn::random()?,
            iat: kept.now,
            exp: kept.now.plus(LIFETIME),
            seq: kept.next(),
            client: Client { id: "shop".into(), name: "ACME Shop".into() },
            scope: Some("openid".into()),
            acr: None,
            uv: Uv::Required,
            binding: Binding::Entry { length: 6, charset: Charset::Digits },
            message: None,
            details: Some(vec![detail]),
            context: None,
            nonce: Nonce::random()?,
            ext: None,
        })
    }

    fn metadata(&self, kept: &Kept) -> Result<Metadata, TestKeysError> {
        let endpoint = |name: &str| format!("{ISSUER}/{name}");
        Ok(Metadata {
            iss: ISSUER.parse()?,
            iat: kept.now,
            exp: kept.now.plus(METADATA_LIFETIME),
            epoch: 1,
            signer: self.signer.public().clone(),
            keys: Jwks { keys: vec![self.signer.public().clone()] },
            pins: vec![self.signer.public().thumbprint()],
            endpoints: Endpoints {
                challenge: endpoint("challenge"),
                enrolments: endpoint("enrolments"),
                requests: endpoint("requests"),
                decisions: endpoint("decisions"),
                device: endpoint("device"),
                stream: endpoint("stream"),
            },
            binding_modes: vec![BindingMode::None, BindingMode::Display, BindingMode::Choice, BindingMode::Entry],
            min_app_version: None,
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
            policy: EnrolmentPolicy { binding_floor: BindingMode::None, min_shown_ms: 0, calls: CallPolicy::Allow },
            state: EnrolmentState::Active,
            confirm_nonce: None,
        };
        Ok(seal(self.sign(&enrolled)?.as_bytes(), &ek)?)
    }

    fn decide(&self, kept: &mut Kept, body: &str) -> Result<String, TestKeysError> {
        let keys = kept.phone()?.clone();
        let signed_by = |kid| [&keys.uvk, &keys.dk].into_iter().find(|key| key.thumbprint() == kid);
        let decision = open::<Decision>(body, signed_by)?.message;
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
        })
    }
}

impl Kept {
    fn phone(&self) -> Result<&KeySet, TestKeysError> {
        self.phone.as_ref().ok_or_else(|| TestKeysError::new("no phone is enrolled"))
    }

    fn audience(&self) -> Result<DeviceAudience, TestKeysError> {
        Ok(DeviceAudience(self.phone()?.dk.thumbprint()))
    }

    fn next(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }
}
