//! A phone in the small: software keys, the messages of core, no state of its own beyond them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_protocol::details::DetailTypes;
use countersign_protocol::jose::sealed::Sealed;
use countersign_protocol::jose::{Digest, JoseError, PublicKey, SigningKey, random};
use countersign_protocol::message::challenge::{Challenge, ChallengeRequest};
use countersign_protocol::message::claims::{DeviceAudience, EnrolmentId, Issuer, Jti, Locale, Nonce, Timestamp};
use countersign_protocol::message::decision::{Ceremony, Decision, DecisionKind, Verification};
use countersign_protocol::message::dpop::{self, Proof};
use countersign_protocol::message::enrolment::{
    DeviceInfo, Enrol, Enrolled, KeySetEvidence, KeySetProtection, Protection, PushAddress, PushKind, confirmation_code,
};
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::number::Number;
use countersign_protocol::message::offer::Offer;
use countersign_protocol::message::proof::{KeyProof, KeySet};
use countersign_protocol::message::receipt::Receipt;
use countersign_protocol::message::request::Request;
use countersign_protocol::message::{Message, open};
use countersign_protocol::review;
use reqwest::{Method, StatusCode};

use super::Bench;
use crate::clock::Clock;

pub(super) const JOSE: &str = "application/jose";
const MAX: usize = 512 * 1024;

pub(super) struct Device {
    http: reqwest::Client,
    pub(super) base: String,
    /// What the server signs with, as far as this phone knows.
    pub(super) server: Vec<PublicKey>,
    clock: Clock,
    pub(super) dk: SigningKey,
    pub(super) uvk: SigningKey,
    ek: p256::SecretKey,
    pub(super) id: Option<EnrolmentId>,
    nonce: Mutex<Option<String>>,
    /// The last number it signed something with.
    number: AtomicU64,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
}

impl Reply {
    /// The `code` of a problem document.
    pub(super) fn code(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let problem: serde_json::Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem["status"], self.status.as_u16());
        problem["code"].as_str().unwrap().to_owned()
    }

    pub(super) fn is_rejected(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.code() == "rejected"
    }
}

pub(super) fn key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap()
}

impl Device {
    pub(super) fn new(bench: &Bench) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            base: bench.base.clone(),
            server: vec![bench.key.clone()],
            clock: bench.clock.clone(),
            dk: key(),
            uvk: key(),
            ek: p256::SecretKey::from_slice(&random::bytes::<32>().unwrap()).unwrap(),
            id: None,
            nonce: Mutex::new(None),
            number: AtomicU64::new(0),
        }
    }

    pub(super) fn issuer(&self) -> Issuer {
        self.base.parse().unwrap()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn keys(&self) -> KeySet {
        use p256::elliptic_curve::sec1::ToEncodedPoint as _;
        let ek = self.ek.public_key().to_encoded_point(false);
        KeySet {
            dk: self.dk.public().clone(),
            uvk: self.uvk.public().clone(),
            ek: PublicKey::from_sec1(ek.as_bytes()).unwrap(),
        }
    }

    // The wire.

    /// A proof that is right for this call, to be bent by tests.
    pub(super) fn proof(&self, method: &Method, path: &str) -> Proof {
        Proof {
            jti: Jti::random().unwrap(),
            htm: method.to_string(),
            htu: format!("{}{}", self.base, path.split('?').next().unwrap()),
            iat: self.now(),
            nonce: self.nonce.lock().unwrap().clone(),
        }
    }

    pub(super) fn sign_proof(&self, proof: &Proof) -> String {
        let input = proof.signing_input(self.dk.public()).unwrap();
        dpop::finish(&input, &self.dk.sign(input.as_bytes()).unwrap())
    }

    /// One call with these headers as they are.
    pub(super) async fn raw(&self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
        let mut call = self.http.request(method, format!("{}{path}", self.base)).body(body);
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        let response = call.send().await.unwrap();
        if let Some(nonce) = response.headers().get("dpop-nonce") {
            *self.nonce.lock().unwrap() = Some(nonce.to_str().unwrap().to_owned());
        }
        Reply { status: response.status(), headers: response.headers().clone(), text: response.text().await.unwrap() }
    }

    /// One call with a right proof; asks again once it has the server's nonce.
    pub(super) async fn call(&self, method: Method, path: &str, body: String) -> Reply {
        loop {
            let proof = self.sign_proof(&self.proof(&method, path));
            let headers = [("dpop", proof.as_str()), ("content-type", JOSE)];
            let reply = self.raw(method.clone(), path, &headers, body.clone()).await;
            if reply.status != StatusCode::UNAUTHORIZED {
                return reply;
            }
            assert_eq!(reply.code(), "use_dpop_nonce");
        }
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, String::new()).await
    }

    pub(super) async fn post(&self, path: &str, body: String) -> Reply {
        self.call(Method::POST, path, body).await
    }

    /// An open stream of pushes.
    pub(super) async fn stream(&self) -> reqwest::Response {
        self.inbox().await; // for a nonce
        let proof = self.sign_proof(&self.proof(&Method::GET, "/adp/v1/stream"));
        let call = self.http.get(format!("{}/adp/v1/stream", self.base)).header("dpop", proof);
        call.send().await.unwrap()
    }

    /// A message of the server, its signature checked.
    pub(super) fn read<M: Message>(&self, compact: &str) -> M {
        self.try_read(compact).unwrap()
    }

    /// As [`Self::read`], for a message by a key that this phone may not know yet.
    pub(super) fn try_read<M: Message>(&self, compact: &str) -> Result<M, JoseError> {
        open::<M>(compact, |kid| self.server.iter().find(|key| key.thumbprint() == kid)).map(|opened| opened.message)
    }

    /// The inside of a sealed message.
    pub(super) fn unseal(&self, compact: &str) -> String {
        let sealed = Sealed::parse(compact, MAX).unwrap();
        assert_eq!(sealed.kid(), self.keys().ek.thumbprint());
        let peer = p256::PublicKey::from_sec1_bytes(sealed.epk().as_sec1()).unwrap();
        let shared = p256::ecdh::diffie_hellman(self.ek.to_nonzero_scalar(), peer.as_affine());
        let secret: [u8; 32] = (*shared.raw_secret_bytes()).into();
        String::from_utf8(sealed.open(&secret).unwrap().to_vec()).unwrap()
    }

    // Enrolment.

    pub(super) async fn ask_challenge(&self, offer: &Offer, verifier: &Nonce) -> Reply {
        let body =
            ChallengeRequest { offer: offer.id.clone(), verifier_hash: Digest::of(verifier.as_str().as_bytes()) };
        let body = serde_json::to_string(&body).unwrap();
        self.raw(Method::POST, "/adp/v1/enrolments/challenge", &[("content-type", "application/json")], body).await
    }

    /// An enrolment that is right, to be bent by tests.
    pub(super) async fn enrolment(&self, offer: &Offer) -> Enrol {
        let verifier = Nonce::random().unwrap();
        let reply = self.ask_challenge(offer, &verifier).await;
        assert_eq!(reply.headers["content-type"], JOSE);
        let challenge: Challenge = self.read(&reply.text);
        assert_eq!((&challenge.iss, &challenge.offer), (&self.issuer(), &offer.id));
        let proof = KeyProof { aud: self.issuer(), nonce: challenge.nonce.clone(), keys: self.keys().thumbprints() };
        Enrol {
            iss: self.dk.public().thumbprint(),
            aud: self.issuer(),
            iat: challenge.iat,
            offer: offer.id.clone(),
            code: offer.code.clone(),
            verifier,
            nonce: challenge.nonce,
            keys: self.keys(),
            protection: KeySetProtection {
                dk: Protection::Software,
                uvk: Protection::Software,
                ek: Protection::Software,
            },
            evidence: KeySetEvidence::default(),
            push: PushAddress { kind: PushKind::Stream, token: None },
            device: DeviceInfo {
                platform: "desktop".to_owned(),
                model: "Test phone".to_owned(),
                app: "tests 1".to_owned(),
                sdk: "0.1.0".to_owned(),
            },
            uv_proof: proof.sign(&self.uvk).unwrap(),
        }
    }

    pub(super) async fn post_enrolment(&self, enrol: &Enrol) -> Reply {
        self.post("/adp/v1/enrolments", enrol.sign(&self.dk).unwrap()).await
    }

    pub(super) async fn enrol(&mut self, link: &str) -> Enrolled {
        let enrol = self.enrolment(&Offer::parse(link).unwrap()).await;
        let compact = enrol.sign(&self.dk).unwrap();
        let reply = self.post("/adp/v1/enrolments", compact.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        let enrolled: Enrolled = self.read(&self.unseal(&reply.text));
        assert_eq!(enrolled.enrol_hash, Digest::of(compact.as_bytes()));
        assert_eq!(enrolled.aud, DeviceAudience(self.dk.public().thumbprint()));
        self.id = Some(enrolled.sub.clone());
        enrolled
    }

    pub(super) fn confirmation_code(&self, enrolled: &Enrolled) -> String {
        confirmation_code(&enrolled.enrol_hash, enrolled.confirm_nonce.as_ref().unwrap())
    }

    // Requests and decisions.

    pub(super) async fn inbox(&self) -> Inbox {
        let nonce = Nonce::random().unwrap();
        let reply = self.get(&format!("/adp/v1/requests?nonce={nonce}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        let inbox: Inbox = self.read(&reply.text);
        assert_eq!(inbox.nonce, nonce);
        assert_eq!(inbox.aud, DeviceAudience(self.dk.public().thumbprint()));
        inbox
    }

    /// The one request that waits.
    pub(super) async fn waiting(&self) -> String {
        let mut inbox = self.inbox().await;
        assert_eq!((inbox.requests.len(), inbox.count), (1, 1));
        inbox.requests.remove(0)
    }

    /// The next number of what it signs.
    pub(super) fn number(&self) -> Number {
        Number::after(self.number.fetch_add(1, Ordering::SeqCst)).unwrap()
    }

    /// A decision that is right, to be bent by tests.
    pub(super) fn decision(&self, compact: &str, decision: DecisionKind) -> Decision {
        let request: Request = self.read(compact);
        let display = review::display(&request, Locale::De, &DetailTypes::default());
        let approves = decision == DecisionKind::Approve;
        Decision {
            iss: self.id.clone().unwrap(),
            aud: self.issuer(),
            jti: Jti::random().unwrap(),
            number: self.number(),
            iat: self.now(),
            exp: request.exp,
            txn: request.txn,
            request_hash: Digest::of(compact.as_bytes()),
            display_hash: Some(display.hash),
            decision,
            reason: None,
            binding: None,
            payments: (approves && !display.payments.is_empty()).then_some(display.payments),
            nonce: request.nonce,
            ceremony: Ceremony {
                shown_ms: 2000,
                locale: Locale::De,
                verification: if approves { Verification::Biometric } else { Verification::None },
                call_active: false,
            },
        }
    }

    /// Sends a decision signed by the key that fits it.
    pub(super) async fn decide(&self, decision: &Decision) -> Reply {
        let key = if decision.decision == DecisionKind::Approve { &self.uvk } else { &self.dk };
        self.post("/adp/v1/decisions", decision.sign(key).unwrap()).await
    }

    pub(super) fn receipt(&self, reply: &Reply) -> Receipt {
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        assert_eq!(reply.headers["content-type"], JOSE);
        self.read(&reply.text)
    }
}
