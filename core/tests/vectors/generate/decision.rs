//! Decisions, updates and key proofs as a server receives them.

use countersign_core::jose::Digest;
use serde_json::{Value, json};

use super::claims::{approval, audience, device_keys, no_evidence, proof, request, software, update};
use super::sign::{Half, exactly, header, jws, raw, signature, with_signature};
use super::{Draft, Set, swap};
use crate::keys::{private_jwk, public_jwk};

pub(super) fn cases() -> Vec<Draft> {
    let mut drafts = decisions();
    drafts.extend(updates());
    drafts.extend(proofs());
    drafts
}

fn valid() -> Value {
    approval(&jws("adp-request+jwt", &request(), "server"), &Digest::of(b"display").to_string())
}

fn decisions() -> Vec<Draft> {
    const TYP: &str = "adp-decision+jwt";
    let mut set = Set::new("decision", json!({ "device": device_keys() }));
    let approve = valid();
    set.means("decision-approval", "an approval by UVK", jws(TYP, &approve, "uvk"), json!({ "signed_by": "uvk" }));
    let mut call = approve.clone();
    call["ceremony"]["call_active"] = true.into();
    set.good("decision-during-a-call", "a telephone call went on", jws(TYP, &call, "uvk"));
    let mut deny = approve.clone();
    for name in ["binding", "payments"] {
        deny.as_object_mut().unwrap().remove(name);
    }
    deny["decision"] = "deny".into();
    deny["ceremony"]["verification"] = "none".into();
    for reason in ["not_me", "wrong_details", "unexpected", "other"] {
        deny["reason"] = reason.into();
        let name = format!("decision-denial-{reason}").replace('_', "-");
        set.means(&name, "a denial by DK", jws(TYP, &deny, "dk"), json!({ "signed_by": "dk" }));
    }
    deny.as_object_mut().unwrap().remove("display_hash");
    set.good("decision-denial-unseen", "a denial of a request that was not looked at", jws(TYP, &deny, "dk"));
    set.means(
        "decision-approval-by-dk",
        "well-formed, but DK signed the approval: the server must refuse it by `signed_by`",
        jws(TYP, &approve, "dk"),
        json!({ "signed_by": "dk" }),
    );
    let mut last = approve.clone();
    last["number"] = 9_007_199_254_740_991_u64.into();
    set.good("decision-last-number", "the highest number", jws(TYP, &last, "uvk"));
    let start = Digest::from_bytes([0; 32]).to_string();
    let history = |history: Value| {
        let mut decision = approve.clone();
        decision["history"] = history;
        jws(TYP, &decision, "uvk")
    };
    let head = Digest::of(b"head").to_string();
    set.good(
        "decision-history-first",
        "the first decision with a history",
        history(json!({ "count": 0, "head": start })),
    );
    set.good("decision-history-later", "three earlier decisions", history(json!({ "count": 3, "head": head })));
    for (name, about, value) in [
        ("null", "null for no history", Value::Null),
        ("no-head", "a history without a head", json!({ "count": 3 })),
        ("count-text", "a count as text", json!({ "count": "3", "head": head })),
        ("count-negative", "a negative count", json!({ "count": -1, "head": head })),
        ("head-hex", "a head in hexadecimal", json!({ "count": 3, "head": "00".repeat(32) })),
        ("member-unknown", "a member more", json!({ "count": 3, "head": head, "length": 3 })),
    ] {
        set.bad(&format!("decision-history-{name}"), about, history(value), "claims");
    }
    let model = |model: Value| {
        let mut decision = approve.clone();
        decision["display_model"] = model;
        jws(TYP, &decision, "uvk")
    };
    let types = Digest::of(b"types").to_string();
    set.good("decision-model", "names the display model", model(json!({ "version": "4" })));
    set.good("decision-model-types", "and the declared types", model(json!({ "version": "4", "types": types })));
    set.good("decision-model-later", "a model that a later version has", model(json!({ "version": "99" })));
    for (name, about, value) in [
        ("null", "null for no model", Value::Null),
        ("text", "a version in place of the object", "4".into()),
        ("version-number", "a version as a number", json!({ "version": 4 })),
        ("version-missing", "no version", json!({ "types": types })),
        ("version-zero", "a version with a leading zero", json!({ "version": "04" })),
        ("types-null", "null for no declared types", json!({ "version": "4", "types": null })),
        ("types-hex", "a digest in hexadecimal", json!({ "version": "4", "types": "00".repeat(32) })),
        ("member-unknown", "a member more", json!({ "version": "4", "text": "1" })),
    ] {
        set.bad(&format!("decision-model-{name}"), about, model(value), "claims");
    }
    set.bad("decision-by-ek", "signed by a key that signs nothing", jws(TYP, &approve, "ek"), "kid");
    set.bad("decision-by-stranger", "signed by a key of nobody", jws(TYP, &approve, "stranger"), "kid");
    let lent = raw(&header(TYP, "uvk"), &approve.to_string(), "dk");
    set.bad("decision-dk-under-uvk", "DK signed under the name of UVK", lent, "signature");
    let good = jws(TYP, &approve, "uvk");
    let (input, _) = good.rsplit_once('.').unwrap();
    let upper = with_signature(&good, &signature(input, "uvk", Half::Upper));
    set.bad("decision-upper-half", "s in the upper half: other bytes for the same decision", upper, "signature");
    set.bad("decision-typ-request", "under the type of a request", jws("adp-request+jwt", &approve, "uvk"), "type");
    set.bad("decision-typ-update", "under the type of an update", jws("adp-update+jwt", &approve, "uvk"), "type");
    for (name, about, from, to) in [
        ("twice", "approve and deny", r#""decision":"approve""#, r#""decision":"deny","decision":"approve""#),
        ("other", "an answer that nobody knows", r#""decision":"approve""#, r#""decision":"abstain""#),
        ("true", "true for an answer", r#""decision":"approve""#, r#""decision":true"#),
        (
            "other-reason",
            "a reason that nobody knows",
            r#""decision":"approve""#,
            r#""decision":"deny","reason":"Not_me""#,
        ),
        ("other-locale", "a language that the display does not have", r#""locale":"en""#, r#""locale":"it""#),
        ("locale-region", "a language with a region", r#""locale":"en""#, r#""locale":"en-GB""#),
        ("shown-negative", "shown for less than no time", r#""shown_ms":4200"#, r#""shown_ms":-1"#),
        ("shown-float", "shown for a fraction of a millisecond", r#""shown_ms":4200"#, r#""shown_ms":4200.5"#),
        ("amount-number", "an amount as a number", r#""amount":"42.50""#, r#""amount":42.50"#),
        (
            "payment-unknown-member",
            "a payment with a member more",
            r#""currency":"EUR""#,
            r#""currency":"EUR","fee":"0.01""#,
        ),
        (
            "reason-null",
            "null where a reason may be absent",
            r#""decision":"approve""#,
            r#""decision":"approve","reason":null"#,
        ),
        (
            "binding-number",
            "the value as a number, which loses leading zeros",
            r#""binding":"123456""#,
            r#""binding":123456"#,
        ),
        (
            "hash-short",
            "a request hash of 31 bytes",
            &Digest::of(b"display").to_string(),
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
        (
            "hash-unused-bit",
            "a digest with an unused bit",
            &Digest::of(b"display").to_string(),
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
        ),
        ("number-missing", "no number", r#""number":4,"#, ""),
        ("number-zero", "a number before the first", r#""number":4"#, r#""number":0"#),
        ("number-negative", "a number below zero", r#""number":4"#, r#""number":-4"#),
        ("number-text", "a number as text", r#""number":4"#, r#""number":"4""#),
        ("number-float", "a number with a fraction of nothing", r#""number":4"#, r#""number":4.0"#),
        ("number-null", "null for a number", r#""number":4"#, r#""number":null"#),
        ("number-twice", "two numbers", r#""number":4"#, r#""number":4,"number":5"#),
        (
            "number-over-53-bits",
            "a number that not every reader keeps",
            r#""number":4"#,
            r#""number":9007199254740992"#,
        ),
        ("member-unknown", "a member that nobody knows", r#""nonce":"nonce-1""#, r#""nonce":"nonce-1","amr":["fpt"]"#),
        ("no-ceremony", "no ceremony", r#""ceremony":{"locale":"en","shown_ms":4200,"verification":"biometric"},"#, ""),
    ] {
        let claims = swap(&approve.to_string(), from, to);
        set.bad(&format!("decision-{name}"), about, raw(&header(TYP, "uvk"), &claims, "uvk"), "claims");
    }
    set.drafts
}

/// Returns an update with new DK and EK.
fn rotation() -> Value {
    let proof = jws("adp-proof+jwt", &proof("update-1", ["new-dk", "uvk", "new-ek"]), "new-dk");
    json!({ "keys": {
        "keys": { "dk": public_jwk("new-dk"), "uvk": public_jwk("uvk"), "ek": public_jwk("new-ek") },
        "protection": software(),
        "evidence": no_evidence(),
        "dk_proof": proof,
    } })
}

/// Returns an update with three new keys and the proofs of both UVKs.
fn rotation_of_all() -> Value {
    let roles = ["new-dk", "new-uvk", "new-ek"];
    let by = |role: &str| jws("adp-proof+jwt", &proof("update-1", roles), role);
    let mut change = rotation();
    change["keys"]["keys"]["uvk"] = public_jwk("new-uvk");
    change["keys"]["dk_proof"] = by("new-dk").into();
    change["keys"]["uvk_proofs"] = json!({ "old": by("uvk"), "new": by("new-uvk") });
    change
}

fn updates() -> Vec<Draft> {
    const TYP: &str = "adp-update+jwt";
    let mut set = Set::new("update", json!({ "device": device_keys() }));
    let by_dk = |change: Value| jws(TYP, &update(&change), "dk");
    let address = json!({ "push_address": { "kind": "fcm", "token": "token-1" } });
    set.good("update-push-address", "another push address", by_dk(address.clone()));
    set.good("update-keys", "new DK and EK with the proof of the new DK", by_dk(rotation()));
    set.good(
        "update-all-keys",
        "all three keys with the proofs of the new DK and of both UVKs",
        by_dk(rotation_of_all()),
    );
    for (name, about, proofs) in [
        ("old-missing", "no proof of the old UVK", json!({ "new": "x" })),
        ("new-missing", "no proof of the new UVK", json!({ "old": "x" })),
        ("unknown", "a third proof", json!({ "old": "x", "new": "x", "dk": "x" })),
        ("null", "null for proofs that are left out", Value::Null),
        ("array", "the proofs as an array", json!(["x", "x"])),
        ("text", "one proof alone", json!("x")),
        ("old-null", "null for a proof", json!({ "old": null, "new": "x" })),
        (
            "old-object",
            "claims without a signature",
            json!({ "old": proof("update-1", ["new-dk", "new-uvk", "new-ek"]), "new": "x" }),
        ),
    ] {
        let mut change = rotation_of_all();
        change["keys"]["uvk_proofs"] = proofs;
        set.bad(&format!("update-uvk-proofs-{name}"), about, by_dk(change), "claims");
    }
    let by_new = jws(TYP, &update(&rotation_of_all()), "new-dk");
    set.bad("update-all-by-new-dk", "all three keys signed by the new DK alone", by_new, "kid");
    let by_uvk = jws(TYP, &update(&rotation_of_all()), "uvk");
    set.bad("update-all-by-uvk", "all three keys signed by the old UVK instead of the old DK", by_uvk, "kid");
    set.good("update-unenrol", "the end of the enrolment", by_dk(json!({ "unenrol": {} })));
    set.bad("update-by-uvk", "signed by UVK", jws(TYP, &update(&address), "uvk"), "kid");
    set.bad("update-by-new-dk", "new keys signed by the new DK alone", jws(TYP, &update(&rotation()), "new-dk"), "kid");
    let mut two = address.clone();
    two["unenrol"] = json!({});
    for (name, about, change) in [
        ("two-changes", "two changes at once", two),
        ("no-change", "no change", json!({})),
        ("change-unknown", "a change that nobody knows", json!({ "rename": {} })),
        ("change-text", "the change's name alone", json!("unenrol")),
        ("change-array", "an array for the change's object", json!({ "unenrol": [] })),
        ("unenrol-member", "a member in an empty object", json!({ "unenrol": { "reason": "x" } })),
        (
            "push-kind-unknown",
            "a push service that nobody knows",
            json!({ "push_address": { "kind": "sms", "token": "1" } }),
        ),
        ("address-array", "the address's values as an array", json!({ "push_address": ["fcm", "token-1"] })),
    ] {
        set.bad(&format!("update-{name}"), about, by_dk(change), "claims");
    }
    for (name, about, to) in [
        ("missing", "no number", ""),
        ("zero", "a number before the first", r#","number":0"#),
        ("text", "a number as text", r#","number":"5""#),
        ("float", "a number with a fraction of nothing", r#","number":5.0"#),
    ] {
        let claims = swap(&update(&address).to_string(), r#","number":5"#, to);
        set.bad(&format!("update-number-{name}"), about, raw(&header(TYP, "dk"), &claims, "dk"), "claims");
    }
    let private = swap(&update(&rotation()).to_string(), r#""dk":{"#, r#""dk":{"d":"AA","#);
    set.bad("update-private-key", "a private key", raw(&header(TYP, "dk"), &private, "dk"), "claims");
    let point = public_jwk("new-ek")["y"].to_string();
    let off = swap(&update(&rotation()).to_string(), &point, &public_jwk("stranger")["y"].to_string());
    set.bad("update-key-off-curve", "a key that is not on the curve", raw(&header(TYP, "dk"), &off, "dk"), "claims");
    let sized = |length| {
        exactly(length, |grow, adjust| {
            let mut change = rotation();
            change["keys"]["evidence"]["dk"] = json!(["A".repeat(grow)]);
            raw(&(header(TYP, "dk") + &" ".repeat(adjust)), &update(&change).to_string(), "dk")
        })
    };
    set.good("update-9000-bytes", "longer than other messages may be", sized(9000));
    set.bad("update-65537-bytes", "one byte longer than an update may be", sized(65_537), "size");
    set.drafts
}

fn proofs() -> Vec<Draft> {
    const TYP: &str = "adp-proof+jwt";
    let mut set = Set::new("proof", json!({ "key": private_jwk("uvk") }));
    let valid = proof("challenge-nonce", ["dk", "uvk", "ek"]);
    set.good("proof-uvk", "UVK at an enrolment", jws(TYP, &valid, "uvk"));
    set.bad("proof-by-dk", "signed by another key of the set", jws(TYP, &valid, "dk"), "kid");
    let lent = raw(&header(TYP, "uvk"), &valid.to_string(), "dk");
    set.bad("proof-dk-under-uvk", "another key of the set under UVK's name", lent, "signature");
    set.bad("proof-typ-enrol", "under the type of an enrolment", jws("adp-enrol+jwt", &valid, "uvk"), "type");
    let mut keys = valid.clone();
    keys["keys"]["ek"] = public_jwk("ek");
    set.bad("proof-with-keys", "a key where its thumbprint belongs", jws(TYP, &keys, "uvk"), "claims");
    let mut two = valid.clone();
    two["keys"].as_object_mut().unwrap().remove("ek");
    set.bad("proof-of-two-keys", "two keys of three", jws(TYP, &two, "uvk"), "claims");
    let mut aud = valid;
    aud["aud"] = audience("dk").into();
    set.bad("proof-for-device", "an audience that is no issuer", jws(TYP, &aud, "uvk"), "claims");
    set.given = json!({ "key": private_jwk("new-dk") });
    let new = proof("update-1", ["new-dk", "uvk", "new-ek"]);
    set.good("proof-new-dk", "the new DK of an update", jws(TYP, &new, "new-dk"));
    let all = proof("update-1", ["new-dk", "new-uvk", "new-ek"]);
    for (role, name, about) in [
        ("uvk", "old-uvk", "the UVK that goes, of an update"),
        ("new-uvk", "new-uvk", "the UVK that comes, of an update"),
    ] {
        set.given = json!({ "key": private_jwk(role) });
        set.good(&format!("proof-{name}"), about, jws(TYP, &all, role));
        set.bad(
            &format!("proof-{name}-by-new-dk"),
            "signed by another key of the set",
            jws(TYP, &all, "new-dk"),
            "kid",
        );
    }
    set.drafts
}
