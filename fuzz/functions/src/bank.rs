//! A bank whose messages are defined by the input: correct messages with changed members and a
//! valid signature.
//!
//! Claims are JSON and not types of the core, so that an input can contain anything. The test
//! `plain_scripts_reach_the_end` (`tests/corpora.rs`) fails if a message of the protocol changes
//! and this module does not.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use countersign_core::device::clock::TrustedClock;
use countersign_core::device::{Enrolment, State, seal};
use countersign_core::jose::sealed::seal as seal_to;
use countersign_core::jose::{Digest, PublicKey, base64url};
use countersign_core::message::claims::{DeviceAudience, Timestamp};
use countersign_core::message::dpop;
use countersign_core::message::enrolment::Enrol;
use countersign_core::platform::{ClockReading, HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::keys::{STATE_SEALING_KEY, keys, raw, signed};

pub(crate) const ISSUER: &str = "https://bank.example";
/// The time at which every run starts, in seconds since 1970.
pub(crate) const START_SECS: i64 = 1_800_000_000;

/// A line of the input: a status, a kind of body, and members that replace those of the body.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) kind: u8,
    pub(crate) members: String,
}

/// The state of the bank.
#[derive(Default)]
pub(crate) struct Bank {
    /// The seconds since [`START_SECS`].
    pub(crate) passed: AtomicU64,
    seq: AtomicU64,
    requests: AtomicU64,
    /// The DK of the last DPoP proof, the EK of the last enrolment, and the last request.
    last: Mutex<Last>,
    /// True if the bank has signed that an enrolment has ended.
    pub(crate) signed_revoked: AtomicBool,
    /// True if the bank has signed that a decision was accepted.
    pub(crate) signed_accepted: AtomicBool,
}

#[derive(Default, Clone)]
struct Last {
    dk: Option<PublicKey>,
    ek: Option<PublicKey>,
    txn: Option<String>,
    request_hash: Option<Digest>,
}

impl Bank {
    fn now(&self) -> i64 {
        START_SECS + i64::try_from(self.passed.load(Ordering::SeqCst)).unwrap_or(0)
    }

    fn seq(&self) -> u64 {
        1 + self.seq.fetch_add(1, Ordering::SeqCst)
    }

    fn aud(&self) -> String {
        let dk = self.last.lock().unwrap().dk.clone();
        DeviceAudience(dk.as_ref().unwrap_or(keys().dk.public()).thumbprint()).into()
    }

    /// Responds to a call.
    pub(crate) fn respond(&self, response: &Response, call: &HttpRequest) -> HttpResponse {
        let body = String::from_utf8_lossy(&call.body).into_owned();
        let proof = call.headers.iter().find(|(name, _)| *name == "dpop").map(|(_, value)| value.as_str());
        if let Some(proof) = proof {
            let (claims, key) = dpop::open(proof).unwrap_or_else(|error| panic!("invalid DPoP proof: {error}"));
            assert_eq!(
                (claims.htm.as_str(), claims.htu.as_str()),
                (call.method.as_str(), call.url.split('?').next().unwrap())
            );
            self.last.lock().unwrap().dk = Some(key);
        }
        assert!(call.url.starts_with(ISSUER), "call of another host: {}", call.url);
        let body = self.body(response, call, &body);
        let nonce = (response.kind == b'n').then(|| "server-nonce".to_owned());
        HttpResponse { status: response.status, dpop_nonce: nonce, body: body.into_bytes() }
    }

    fn body(&self, Response { kind, members, .. }: &Response, call: &HttpRequest, body: &str) -> String {
        match kind {
            b'm' => self.sign("adp-metadata+jwt", metadata(self.now()), members),
            b'c' => {
                let asked: Value = serde_json::from_str(body).unwrap_or_default();
                let claims = json!({ "iss": ISSUER, "iat": self.now(), "exp": self.now() + 300, "offer": asked["offer"], "nonce": "nonce-1" });
                self.sign("adp-challenge+jwt", claims, members)
            }
            b'e' => self.enrolled(members, body),
            b'i' => {
                let nonce = call.url.split_once("nonce=").map(|(_, nonce)| nonce);
                let requests: Vec<String> = Vec::new();
                let claims = json!({
                    "iss": ISSUER, "aud": self.aud(), "sub": "enrolment-1", "nonce": nonce, "iat": self.now(), "seq": self.seq(), "number": 0,
                    "count": 0, "requests": requests, "closed": [], "status": "active", "policy": { "binding_floor": "none", "min_shown_ms": 0 },
                });
                self.sign("adp-inbox+jwt", claims, members)
            }
            b'q' => self.request(members),
            b'I' => {
                // An inbox with an additional request.
                let request = self.request(members);
                let requests = json!({ "requests": [request], "count": 1 }).to_string();
                self.body(&Response { status: 200, kind: b'i', members: requests }, call, body)
            }
            b'r' => {
                let last = self.last.lock().unwrap().clone();
                let mut claims = json!({
                    "iss": ISSUER, "aud": self.aud(), "sub": "enrolment-1", "iat": self.now(), "seq": self.seq(), "number": number_of(body),
                    "message_hash": Digest::of(body.as_bytes()).to_string(), "outcome": "accepted", "status": "active",
                });
                if call.url.ends_with("/decisions") {
                    claims["txn"] = last.txn.into();
                    claims["request_hash"] = last.request_hash.map(|hash| hash.to_string()).into();
                }
                self.sign("adp-receipt+jwt", claims, members)
            }
            _ => members.clone(),
        }
    }

    fn enrolled(&self, members: &str, body: &str) -> String {
        use countersign_core::jose::signed::Unverified;
        use countersign_core::message::Message as _;
        let enrol = Unverified::parse(body, Enrol::TYP, Enrol::MAX_BYTES)
            .and_then(|jws| jws.verify_with(|enrol: &Enrol| &enrol.keys.dk));
        let Ok(enrol) = enrol else { return members.to_owned() };
        {
            let mut last = self.last.lock().unwrap();
            (last.dk, last.ek) = (Some(enrol.keys.dk), Some(enrol.keys.ek.clone()));
        }
        let claims = json!({
            "iss": ISSUER, "aud": self.aud(), "sub": "enrolment-2", "iat": self.now(), "seq": self.seq(),
            "enrol_hash": Digest::of(body.as_bytes()).to_string(), "handle": "handle-2",
            "account": { "label": "alice", "issuer_name": "Example Bank" }, "policy": { "binding_floor": "none", "min_shown_ms": 0 },
            "state": "pending", "confirm_nonce": "nonce-2",
        });
        seal_to(self.sign("adp-enrolled+jwt", claims, members).as_bytes(), &enrol.keys.ek).unwrap()
    }

    /// Returns a payment request with these members replaced.
    pub(crate) fn request(&self, members: &str) -> String {
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let mut claims = payment(self.now());
        claims["aud"] = self.aud().into();
        claims["seq"] = self.seq().into();
        claims["txn"] = format!("txn-{number}").into();
        claims["jti"] = format!("jti-{number}").into();
        let claims = merged(claims, members);
        let jws = self.signed("adp-request+jwt", &claims);
        let mut last = self.last.lock().unwrap();
        last.request_hash = Some(Digest::of(jws.as_bytes()));
        last.txn =
            serde_json::from_str::<Value>(&claims).ok().and_then(|claims| Some(claims["txn"].as_str()?.to_owned()));
        jws
    }

    pub(crate) fn status(&self, members: &str) -> String {
        let claims = json!({
            "iss": ISSUER, "aud": self.aud(), "sub": "enrolment-1", "iat": self.now(), "seq": self.seq(), "status": "active",
        });
        self.sign("adp-status+jwt", claims, members)
    }

    /// Seals to the phone's current encryption key, as far as the bank knows it.
    pub(crate) fn sealed(&self, text: &str, second: bool) -> String {
        let ek = self.last.lock().unwrap().ek.clone().filter(|_| second);
        seal_to(text.as_bytes(), ek.as_ref().unwrap_or(keys().ek.public())).unwrap()
    }

    fn sign(&self, typ: &str, claims: Value, members: &str) -> String {
        self.signed(typ, &merged(claims, members))
    }

    fn signed(&self, typ: &str, claims: &str) -> String {
        self.signed_revoked.fetch_or(claims.contains("evoked") || claims.contains("\\u"), Ordering::SeqCst);
        let accepts = typ == "adp-receipt+jwt" && (claims.contains("accepted") || claims.contains("\\u"));
        self.signed_accepted.fetch_or(accepts, Ordering::SeqCst);
        raw(claims).map_or_else(|| claims.to_owned(), |claims| signed(typ, &claims, &keys().server))
    }
}

/// Replaces members of the claims. A text that is not an object replaces the whole claims.
fn merged(mut claims: Value, members: &str) -> String {
    if members.is_empty() {
        return claims.to_string();
    }
    let Ok(Value::Object(given)) = serde_json::from_str::<Value>(members) else { return members.to_owned() };
    for (name, value) in given {
        match claims.as_object_mut() {
            Some(object) if value.is_null() => drop(object.remove(&name)),
            Some(object) => drop(object.insert(name, value)),
            None => {}
        }
    }
    claims.to_string()
}

/// Returns a payment request that is approved by typing six digits.
pub(crate) fn payment(now: i64) -> Value {
    json!({
        "iss": ISSUER, "aud": String::from(DeviceAudience(keys().dk.public().thumbprint())), "sub": "enrolment-1", "jti": "jti", "txn": "txn",
        "iat": now, "exp": now + 300, "seq": 1, "client": { "id": "shop", "name": "ACME Shop" }, "scope": "openid", "uv": "required",
        "binding": { "mode": "entry", "length": 6, "charset": "digits" }, "nonce": "nonce",
        "details": [{
            "type": "payment_initiation", "instructedAmount": { "currency": "EUR", "amount": "42.50" }, "creditorName": "ACME",
            "creditorAccount": { "iban": "DE02100100109307118603" }, "remittanceInformationUnstructured": "Order 1001",
        }],
    })
}

/// Returns the message number of a decision or an update, or 1.
fn number_of(body: &str) -> u64 {
    let claims = body.split('.').nth(1).and_then(|claims| base64url::decode(claims).ok());
    let claims: Option<Value> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    claims.and_then(|claims| claims["number"].as_u64()).unwrap_or(1)
}

fn metadata(now: i64) -> Value {
    let server = keys().server.public();
    let endpoint = |name: &str| format!("{ISSUER}/adp/v1/{name}");
    json!({
        "iss": ISSUER, "iat": now, "exp": now + 86_400, "epoch": 1, "signer": server, "keys": { "keys": [server] },
        "pins": [server.thumbprint()],
        "endpoints": {
            "challenge": endpoint("enrolments/challenge"), "enrolments": endpoint("enrolments"), "requests": endpoint("requests"),
            "decisions": endpoint("decisions"), "device": endpoint("device"), "stream": endpoint("stream"),
        },
        "binding_modes": ["none", "display", "choice", "entry"],
    })
}

/// Returns the enrolment that the phone has at the start, in the form of an early state format.
pub(crate) fn enrolment() -> Value {
    let mut clock = TrustedClock::default();
    let reading = ClockReading { monotonic_ms: 0, boot_id: "boot".into(), wall: Timestamp::from_seconds(0) };
    clock.observe_live(Timestamp::from_seconds(START_SECS), &reading);
    json!({
        "id": "enrolment-1", "issuer": ISSUER, "account": { "label": "alice", "issuer_name": "Example Bank" }, "state": "active",
        "confirm_code": null, "handle": "handle-1", "policy": { "binding_floor": "none", "min_shown_ms": 0 },
        "keys": {
            "public": { "dk": keys().dk.public(), "uvk": keys().uvk.public(), "ek": keys().ek.public() },
            "dk": "dk", "uvk": "uvk", "ek": "ek", "protection": { "dk": "software", "uvk": "software", "ek": "software" },
            "verification": "biometric",
        },
        "metadata": metadata(START_SECS), "clock": clock, "status_seq": 0, "entries": [],
    })
}

/// Returns the same enrolment as a type of the core.
pub(crate) fn first_enrolment() -> &'static Enrolment {
    static ENROLLED: OnceLock<Enrolment> = OnceLock::new();
    ENROLLED.get_or_init(|| serde_json::from_value(enrolment()).unwrap())
}

/// Returns the sealed state of a phone with one enrolment.
pub(crate) fn sealed_state() -> Vec<u8> {
    let state = State { enrolments: vec![Arc::new(first_enrolment().clone())], ..State::default() };
    seal::seal(&state, &STATE_SEALING_KEY).unwrap()
}
