//! Valid claims of each message, and the data that a device or server knows in advance.

use countersign_core::jose::{Digest, Thumbprint};
use serde_json::{Value, json};

use crate::keys::{key, private_jwk, public_jwk};

pub(super) const ISSUER: &str = "https://bank.example";
/// The time of all cases, in seconds since 1970.
pub(super) const NOW: i64 = 1_800_000_000;

pub(super) fn thumbprint(role: &str) -> Thumbprint {
    key(role).public().thumbprint()
}

/// Returns the audience of a device with this DK.
pub(super) fn audience(role: &str) -> String {
    format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", thumbprint(role))
}

/// Returns the three keys of a device with their private keys.
pub(super) fn device_keys() -> Value {
    json!({ "dk": private_jwk("dk"), "uvk": private_jwk("uvk"), "ek": private_jwk("ek") })
}

/// Returns the data that a device knows of its enrolment.
pub(super) fn device() -> Value {
    json!({
        "issuer": ISSUER,
        "enrolment": "enrolment-1",
        "device": device_keys(),
        "server_keys": [private_jwk("server")],
    })
}

pub(super) fn payment() -> Value {
    json!({
        "type": "payment_initiation",
        "instructedAmount": { "currency": "EUR", "amount": "42.50" },
        "creditorName": "ACME",
        "creditorAccount": { "iban": "DE02100100109307118603" },
        "remittanceInformationUnstructured": "Order 1001",
    })
}

/// Returns a payment request that is approved by typing six digits.
pub(super) fn request() -> Value {
    json!({
        "iss": ISSUER,
        "aud": audience("dk"),
        "sub": "enrolment-1",
        "jti": "request-1",
        "txn": "txn-1",
        "iat": NOW,
        "exp": NOW + 300,
        "seq": 7,
        "client": { "id": "shop", "name": "ACME Shop" },
        "scope": "openid",
        "uv": "required",
        "binding": { "mode": "entry", "length": 6, "charset": "digits" },
        "details": [payment()],
        "nonce": "nonce-1",
    })
}

pub(super) fn status() -> Value {
    json!({ "iss": ISSUER, "aud": audience("dk"), "sub": "enrolment-1", "iat": NOW, "seq": 8, "status": "active" })
}

pub(super) fn inbox(requests: &[String]) -> Value {
    json!({
        "iss": ISSUER,
        "aud": audience("dk"),
        "sub": "enrolment-1",
        "nonce": "inbox-nonce",
        "iat": NOW,
        "seq": 9,
        "number": 3,
        "count": requests.len(),
        "requests": requests,
        "closed": [{ "txn": "txn-0", "state": "expired" }],
        "policy": { "binding_floor": "entry", "min_shown_ms": 1500, "calls": "block" },
        "status": "active",
    })
}

/// Returns an approval of this request.
pub(super) fn approval(request: &str, display_hash: &str) -> Value {
    json!({
        "iss": "enrolment-1",
        "aud": ISSUER,
        "jti": "decision-1",
        "number": 4,
        "iat": NOW + 20,
        "exp": NOW + 300,
        "txn": "txn-1",
        "request_hash": Digest::of(request.as_bytes()).to_string(),
        "display_hash": display_hash,
        "decision": "approve",
        "binding": "123456",
        "payments": [{ "amount": "42.50", "currency": "EUR", "payee": "ACME", "account": "DE02100100109307118603" }],
        "nonce": "nonce-1",
        "ceremony": { "shown_ms": 4200, "locale": "en", "verification": "biometric" },
    })
}

pub(super) fn receipt(request: &str, decision: &str) -> Value {
    json!({
        "iss": ISSUER,
        "aud": audience("dk"),
        "sub": "enrolment-1",
        "iat": NOW + 21,
        "seq": 10,
        "number": 4,
        "message_hash": Digest::of(decision.as_bytes()).to_string(),
        "txn": "txn-1",
        "request_hash": Digest::of(request.as_bytes()).to_string(),
        "outcome": "accepted",
        "status": "active",
    })
}

pub(super) fn update(change: &Value) -> Value {
    json!({
        "iss": "enrolment-1",
        "aud": ISSUER,
        "jti": "update-1",
        "number": 5,
        "iat": NOW,
        "exp": NOW + 300,
        "change": change,
    })
}

/// Returns a key proof for a set of keys.
pub(super) fn proof(nonce: &str, [dk, uvk, ek]: [&str; 3]) -> Value {
    let keys = json!({
        "dk": thumbprint(dk).to_string(), "uvk": thumbprint(uvk).to_string(), "ek": thumbprint(ek).to_string(),
    });
    json!({ "aud": ISSUER, "nonce": nonce, "keys": keys })
}

pub(super) fn challenge() -> Value {
    json!({ "iss": ISSUER, "iat": NOW, "exp": NOW + 300, "offer": "offer-1", "nonce": "challenge-nonce" })
}

pub(super) fn software() -> Value {
    json!({ "dk": "software", "uvk": "software", "ek": "software" })
}

pub(super) fn no_evidence() -> Value {
    json!({ "dk": [], "uvk": [], "ek": [] })
}

pub(super) fn enrol(uv_proof: &str) -> Value {
    json!({
        "iss": thumbprint("dk").to_string(),
        "aud": ISSUER,
        "iat": NOW,
        "offer": "offer-1",
        "code": "AAECAwQFBgcICQoLDA0ODw",
        "verifier": "verifier-1",
        "nonce": "challenge-nonce",
        "keys": { "dk": public_jwk("dk"), "uvk": public_jwk("uvk"), "ek": public_jwk("ek") },
        "protection": software(),
        "evidence": no_evidence(),
        "push": { "kind": "stream" },
        "device": { "platform": "android", "model": "Model", "app": "Bank 1.0", "sdk": "countersign 0.1.0" },
        "uv_proof": uv_proof,
    })
}

pub(super) fn enrolled(enrol: &str) -> Value {
    json!({
        "iss": ISSUER,
        "aud": audience("dk"),
        "sub": "enrolment-1",
        "iat": NOW,
        "seq": 1,
        "enrol_hash": Digest::of(enrol.as_bytes()).to_string(),
        "handle": "handle-1",
        "account": { "label": "alice", "issuer_name": "Example Bank" },
        "policy": { "binding_floor": "display", "min_shown_ms": 1000 },
        "state": "pending",
        "confirm_nonce": "confirm-nonce",
    })
}

pub(super) fn metadata(signer: &str) -> Value {
    let endpoint = |name: &str| format!("{ISSUER}/adp/v1/{name}");
    json!({
        "iss": ISSUER,
        "iat": NOW,
        "exp": NOW + 86_400,
        "epoch": 2,
        "signer": public_jwk(signer),
        "keys": { "keys": [public_jwk("server")] },
        "pins": [thumbprint("server").to_string(), thumbprint("next").to_string(), thumbprint("recovery").to_string()],
        "endpoints": {
            "challenge": endpoint("enrolments/challenge"),
            "enrolments": endpoint("enrolments"),
            "requests": endpoint("requests"),
            "decisions": endpoint("decisions"),
            "device": endpoint("device"),
            "stream": endpoint("stream"),
        },
        "binding_modes": ["none", "display", "choice", "entry"],
    })
}
