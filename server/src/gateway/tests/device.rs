//! A small phone for tests: software keys and the messages of the protocol. The tests of the
//! provider use it too.

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
use countersign_protocol::review::{self, Display, Model};
use reqwest::{Method, StatusCode};

use super::Clock;

pub(crate) const JOSE: &str = "application/jose";
const MAX: usize = 512 * 1024;

pub(crate) struct Device {
    http: reqwest::Client,
    /// The address of the server.
    address: String,
    /// The issuer URL.
    pub(crate) base: String,
    /// The description of the phone.
    pub(crate) model: String,
    /// The keys of the server that this phone knows.
    pub(crate) server: Vec<PublicKey>,
    clock: Clock,
    pub(crate) dk: SigningKey,
    pub(crate) uvk: SigningKey,
    ek: p256::SecretKey,
    pub(crate) id: Option<EnrolmentId>,
    nonce: Mutex<Option<String>>,
    /// The number of the last signed message.
    number: AtomicU64,
}

/// A response of the server.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// Returns the `code` of a problem document.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let problem: serde_json::Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem["status"], self.status.as_u16());
        problem["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn is_rejected(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.code() == "rejected"
    }
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap()
}

impl Device {
    /// Makes a phone for the server at `address` with that issuer URL and signing keys.
    pub(crate) fn of(address: String, issuer: String, server: Vec<PublicKey>, clock: Clock) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            address,
            base: issuer,
            model: "Test phone".to_owned(),
            server,
            clock,
            dk: key(),
            uvk: key(),
            ek: p256::SecretKey::from_slice(&random::bytes::<32>().unwrap()).unwrap(),
            id: None,
            nonce: Mutex::new(None),
            number: AtomicU64::new(0),
        }
    }

    /// Sends all further calls with this client to this address.
    #[allow(dead_code, reason = "the checks behind a proxy use it")]
    pub(crate) fn through(self, http: reqwest::Client, address: String) -> Self {
        Self { http, address, ..self }
    }

    pub(crate) fn issuer(&self) -> Issuer {
        self.base.parse().unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn keys(&self) -> KeySet {
        use p256::elliptic_curve::sec1::ToEncodedPoint as _;
        let ek = self.ek.public_key().to_encoded_point(false);
        KeySet {
            dk: self.dk.public().clone(),
            uvk: self.uvk.public().clone(),
            ek: PublicKey::from_sec1(ek.as_bytes()).unwrap(),
        }
    }

    /// Returns a valid proof for this call. Tests change it.
    pub(crate) fn proof(&self, method: &Method, path: &str) -> Proof {
        Proof {
            jti: Jti::random().unwrap(),
            htm: method.to_string(),
            htu: format!("{}{}", self.base, path.split('?').next().unwrap()),
            iat: self.now(),
            nonce: self.nonce.lock().unwrap().clone(),
        }
    }

    pub(crate) fn sign_proof(&self, proof: &Proof) -> String {
        let input = proof.signing_input(self.dk.public()).unwrap();
        dpop::finish(&input, &self.dk.sign(input.as_bytes()).unwrap())
    }

    /// Sends one call with exactly these headers.
    pub(crate) async fn raw(&self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
        let mut call = self.http.request(method, format!("{}{path}", self.address)).body(body);
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        let response = call.send().await.unwrap();
        if let Some(nonce) = response.headers().get("dpop-nonce") {
            *self.nonce.lock().unwrap() = Some(nonce.to_str().unwrap().to_owned());
        }
        Reply { status: response.status(), headers: response.headers().clone(), text: response.text().await.unwrap() }
    }

    /// Sends one call with a valid proof. Repeats it with the server's nonce if needed.
    pub(crate) async fn call(&self, method: Method, path: &str, body: String) -> Reply {
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

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, String::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: String) -> Reply {
        self.call(Method::POST, path, body).await
    }

    /// Opens a stream of pushes.
    pub(crate) async fn stream(&self) -> reqwest::Response {
        self.inbox().await; // for a nonce
        let proof = self.sign_proof(&self.proof(&Method::GET, "/adp/v1/stream"));
        let call = self.http.get(format!("{}/adp/v1/stream", self.address)).header("dpop", proof);
        call.send().await.unwrap()
    }

    /// Verifies and returns a message of the server.
    pub(crate) fn read<M: Message>(&self, compact: &str) -> M {
        self.try_read(compact).unwrap()
    }

    /// Reads like [`Self::read`] a message whose key this phone may not know.
    pub(crate) fn try_read<M: Message>(&self, compact: &str) -> Result<M, JoseError> {
        open::<M>(compact, |kid| self.server.iter().find(|key| key.thumbprint() == kid)).map(|opened| opened.message)
    }

    /// Opens a sealed message.
    pub(crate) fn unseal(&self, compact: &str) -> String {
        let sealed = Sealed::parse(compact, MAX).unwrap();
        assert_eq!(sealed.kid(), self.keys().ek.thumbprint());
        let peer = p256::PublicKey::from_sec1_bytes(sealed.epk().as_sec1()).unwrap();
        let shared = p256::ecdh::diffie_hellman(self.ek.to_nonzero_scalar(), peer.as_affine());
        let secret: [u8; 32] = (*shared.raw_secret_bytes()).into();
        String::from_utf8(sealed.open(&secret).unwrap().to_vec()).unwrap()
    }

    pub(crate) async fn request_challenge(&self, offer: &Offer, verifier: &Nonce) -> Reply {
        let body =
            ChallengeRequest { offer: offer.id.clone(), verifier_hash: Digest::of(verifier.as_str().as_bytes()) };
        let body = serde_json::to_string(&body).unwrap();
        self.raw(Method::POST, "/adp/v1/enrolments/challenge", &[("content-type", "application/json")], body).await
    }

    /// Returns a valid enrolment message. Tests change it.
    pub(crate) async fn enrolment(&self, offer: &Offer) -> Enrol {
        let verifier = Nonce::random().unwrap();
        let reply = self.request_challenge(offer, &verifier).await;
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
                model: self.model.clone(),
                app: "tests 1".to_owned(),
                sdk: "0.1.0".to_owned(),
            },
            uv_proof: proof.sign(&self.uvk).unwrap(),
        }
    }

    pub(crate) async fn post_enrolment(&self, enrol: &Enrol) -> Reply {
        self.post("/adp/v1/enrolments", enrol.sign(&self.dk).unwrap()).await
    }

    pub(crate) async fn enrol(&mut self, link: &str) -> Enrolled {
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

    pub(crate) fn confirmation_code(&self, enrolled: &Enrolled) -> String {
        confirmation_code(&enrolled.enrol_hash, enrolled.confirm_nonce.as_ref().unwrap())
    }

    pub(crate) async fn inbox(&self) -> Inbox {
        let nonce = Nonce::random().unwrap();
        let reply = self.get(&format!("/adp/v1/requests?nonce={nonce}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        let inbox: Inbox = self.read(&reply.text);
        assert_eq!(inbox.nonce, nonce);
        assert_eq!(inbox.aud, DeviceAudience(self.dk.public().thumbprint()));
        inbox
    }

    /// Returns the only pending request.
    pub(crate) async fn waiting(&self) -> String {
        let mut inbox = self.inbox().await;
        assert_eq!((inbox.requests.len(), inbox.count), (1, 1));
        inbox.requests.remove(0)
    }

    /// Returns the next message number.
    pub(crate) fn number(&self) -> Number {
        Number::after(self.number.fetch_add(1, Ordering::SeqCst)).unwrap()
    }

    /// Returns a valid decision. Tests change it.
    pub(crate) fn decision(&self, compact: &str, decision: DecisionKind) -> Decision {
        let request: Request = self.read(compact);
        self.decision_of(compact, decision, review::display(&request, Locale::De, &DetailTypes::default(), Model::V3))
    }

    /// Returns a decision about this display. It names no model.
    pub(crate) fn decision_of(&self, compact: &str, decision: DecisionKind, display: Display) -> Decision {
        let request: Request = self.read(compact);
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
            history: None,
            display_model: None,
        }
    }

    /// Signs a decision with the right key and sends it.
    pub(crate) async fn decide(&self, decision: &Decision) -> Reply {
        let key = if decision.decision == DecisionKind::Approve { &self.uvk } else { &self.dk };
        self.post("/adp/v1/decisions", decision.sign(key).unwrap()).await
    }

    pub(crate) fn receipt(&self, reply: &Reply) -> Receipt {
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        assert_eq!(reply.headers["content-type"], JOSE);
        self.read(&reply.text)
    }
}
