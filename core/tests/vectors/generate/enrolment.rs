//! Challenges, enrolments and replies to enrolments.

use serde_json::{Value, json};

use super::claims::{ISSUER, audience, challenge, device_keys, enrol, enrolled, proof};
use super::seal::{Sealer, sealed};
use super::sign::{header, jws, raw};
use super::{Draft, Set, swap};
use crate::keys::private_jwk;

pub(super) fn cases() -> Vec<Draft> {
    let mut drafts = challenges();
    drafts.extend(enrolments());
    drafts.extend(answers());
    drafts
}

fn changed(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn challenges() -> Vec<Draft> {
    const TYP: &str = "adp-challenge+jwt";
    let mut set = Set::new("challenge", json!({ "issuer": ISSUER, "server_keys": [private_jwk("server")] }));
    let valid = challenge();
    set.good("challenge", "a nonce to enrol with", jws(TYP, &valid, "server"));
    set.bad(
        "challenge-by-stranger",
        "signed by a key that the metadata does not name",
        jws(TYP, &valid, "stranger"),
        "kid",
    );
    set.bad("challenge-typ-metadata", "under the type of metadata", jws("adp-metadata+jwt", &valid, "server"), "type");
    for (name, about, member, value) in [
        ("nonce-65", "a nonce of 65 characters", "nonce", json!("n".repeat(65))),
        ("nonce-empty", "an empty nonce", "nonce", json!("")),
        ("nonce-not-ascii", "a nonce with a letter that is not ASCII", "nonce", json!("n\u{f6}nce")),
        ("code", "a member that gives the one-time code away", "code", json!("AAECAwQFBgcICQoLDA0ODw")),
    ] {
        let claims = changed(valid.clone(), member, value);
        set.bad(&format!("challenge-{name}"), about, jws(TYP, &claims, "server"), "claims");
    }
    set.drafts
}

/// Returns the claims that a phone sends.
fn phone() -> Value {
    enrol(&jws("adp-proof+jwt", &proof("challenge-nonce", ["dk", "uvk", "ek"]), "uvk"))
}

fn enrolments() -> Vec<Draft> {
    const TYP: &str = "adp-enrol+jwt";
    let mut set = Set::new("enrol", json!({ "device": device_keys() }));
    let valid = phone();
    set.good("enrol", "a phone with keys in software", jws(TYP, &valid, "dk"));
    let mut hardware = valid.clone();
    hardware["protection"] = json!({ "dk": "strongbox", "uvk": "tee", "ek": "secure_enclave" });
    hardware["evidence"] = json!({ "dk": ["MIIB", "MIIC"], "uvk": ["MIIB"], "ek": [] });
    hardware["push"] = json!({ "kind": "apns", "token": "00112233" });
    set.good("enrol-hardware", "a phone with hardware, evidence and a push token", jws(TYP, &hardware, "dk"));
    set.bad("enrol-by-uvk", "signed by UVK", jws(TYP, &valid, "uvk"), "kid");
    set.bad(
        "enrol-by-stranger",
        "signed by another key than the proof of the call",
        jws(TYP, &valid, "stranger"),
        "kid",
    );
    set.bad("enrol-typ-update", "under the type of an update", jws("adp-update+jwt", &valid, "dk"), "type");
    for (name, about, from, to) in [
        ("code-15-bytes", "a code of 120 bits", "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0O"),
        ("code-unused-bit", "a code with an unused bit", "AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODx"),
        ("protection-unknown", "a place for keys that nobody knows", r#""software""#, r#""hardware""#),
        ("no-evidence", "no list of evidence", r#""dk":[],"#, ""),
        ("private-key", "a private key", r#""dk":{"#, r#""dk":{"d":"AA","#),
        (
            "device-array",
            "the device's values as an array",
            r#""device":{"app":"Bank 1.0","model":"Model","platform":"android","sdk":"countersign 0.1.0"}"#,
            r#""device":["android","Model","Bank 1.0","x"]"#,
        ),
        (
            "verifier-twice",
            "two verifiers",
            r#""verifier":"verifier-1""#,
            r#""verifier":"verifier-1","verifier":"verifier-2""#,
        ),
        ("push-two-tokens", "two tokens", r#""push":{"#, r#""push":{"token":"a","token":"b","#),
    ] {
        let claims = swap(&valid.to_string(), from, to);
        set.bad(&format!("enrol-{name}"), about, raw(&header(TYP, "dk"), &claims, "dk"), "claims");
    }
    set.drafts
}

fn answers() -> Vec<Draft> {
    const TYP: &str = "adp-enrolled+jwt";
    let enrol_jws = jws("adp-enrol+jwt", &phone(), "dk");
    let given = json!({
        "issuer": ISSUER, "device": device_keys(), "server_keys": [private_jwk("server")], "enrol": enrol_jws,
    });
    let mut set = Set::new("enrolled", given);
    let valid = enrolled(&enrol_jws);
    let of = |name: &str, claims: &Value| sealed(name, &jws(TYP, claims, "server"));
    set.good("enrolled-pending", "waits for the confirmation code", of("enrolled-pending", &valid));
    let mut active = changed(valid.clone(), "state", "active".into());
    active.as_object_mut().unwrap().remove("confirm_nonce");
    set.good("enrolled-active", "works at once, without a code", of("enrolled-active", &active));
    set.bad("enrolled-not-sealed", "signed and not sealed: nothing proves EK", jws(TYP, &valid, "server"), "parts");
    for (name, about, member, value, code) in [
        ("other-issuer", "of another issuer", "iss", json!("https://other.example"), "issuer"),
        ("other-device", "for another device", "aud", json!(audience("stranger")), "audience"),
        ("handle-empty", "an empty routing handle", "handle", json!(""), "claims"),
        (
            "floor-unknown",
            "a floor that nobody knows",
            "policy",
            json!({ "binding_floor": "voice", "min_shown_ms": 0 }),
            "claims",
        ),
        ("policy-array", "the policy's values as an array", "policy", json!(["none", 0]), "claims"),
        ("confirm-nonce-null", "null where no code is wanted", "confirm_nonce", Value::Null, "claims"),
        ("hash-number", "a number for the digest", "enrol_hash", json!(7), "claims"),
    ] {
        let name = format!("enrolled-{name}");
        set.bad(&name, about, of(&name, &changed(valid.clone(), member, value)), code);
    }
    let inner = sealed("enrolled-by-stranger", &jws(TYP, &valid, "stranger"));
    set.bad("enrolled-by-stranger", "signed by a key that the metadata does not name", inner, "kid");
    let inner = sealed("enrolled-typ-status", &jws("adp-status+jwt", &valid, "server"));
    set.bad("enrolled-typ-status", "under the type of a status", inner, "type");
    let text = jws(TYP, &valid, "server");
    let other = Sealer::new("enrolled-to-dk", "dk").seal(text.as_bytes()).join(".");
    set.bad("enrolled-to-dk", "sealed to DK", other, "kid");
    set.drafts
}
