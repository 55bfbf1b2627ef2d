//! Status messages, inboxes and receipts.

use countersign_core::jose::Digest;
use serde_json::{Value, json};

use super::claims::{NOW, approval, audience, device, inbox, receipt, request, status, thumbprint};
use super::sign::{exactly, header, jws, raw};
use super::{Draft, Set, swap};

pub(super) fn cases() -> Vec<Draft> {
    let mut drafts = statuses();
    drafts.extend(inboxes());
    drafts.extend(receipts());
    drafts
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

/// Returns claims with one text replaced.
fn written(typ: &str, claims: &Value, from: &str, to: &str) -> String {
    raw(&header(typ, "server"), &swap(&claims.to_string(), from, to), "server")
}

fn statuses() -> Vec<Draft> {
    const TYP: &str = "adp-status+jwt";
    let mut set = Set::new("status", device());
    for state in ["active", "pending", "suspended", "revoked"] {
        let claims = with(status(), "status", state.into());
        set.good(&format!("status-{state}"), &format!("the enrolment is {state}"), jws(TYP, &claims, "server"));
    }
    let of = |name, value| jws(TYP, &with(status(), name, value), "server");
    set.bad("status-other-state", "a state that nobody knows", of("status", "deleted".into()), "claims");
    set.bad("status-other-issuer", "of another issuer", of("iss", "https://other.example".into()), "issuer");
    set.bad("status-other-device", "for another device", of("aud", audience("stranger").into()), "audience");
    set.bad("status-other-enrolment", "of another enrolment", of("sub", "enrolment-2".into()), "enrolment");
    set.bad(
        "status-revoked-by-stranger",
        "an end that a key of nobody signed",
        jws(TYP, &with(status(), "status", "revoked".into()), "stranger"),
        "kid",
    );
    set.bad("status-by-device", "signed by the device's own key", jws(TYP, &status(), "dk"), "kid");
    set.bad(
        "status-state-twice",
        "two states",
        written(TYP, &status(), r#""status":"active""#, r#""status":"active","status":"revoked""#),
        "claims",
    );
    set.drafts
}

fn inboxes() -> Vec<Draft> {
    const TYP: &str = "adp-inbox+jwt";
    let mut set = Set::new("inbox", with(device(), "nonce", "inbox-nonce".into()));
    let request_jws = jws("adp-request+jwt", &request(), "server");
    let of = |claims: &Value| jws(TYP, claims, "server");
    set.good("inbox-empty", "nothing waits, one request has ended", of(&inbox(&[])));
    set.good("inbox-one", "one request waits", of(&inbox(&[request_jws])));
    let many = |count: usize| inbox(&vec!["a.b.c".to_owned(); count]);
    set.good("inbox-16", "as many requests as an inbox may have; each is judged by itself", of(&many(16)));
    set.bad("inbox-17", "one request more than an inbox may have", of(&many(17)), "overfull");
    set.good("inbox-more-wait", "more wait than are in it", of(&with(inbox(&[]), "count", 40.into())));
    let counting = |listed: usize, count: u32| of(&with(many(listed), "count", count.into()));
    set.bad("inbox-count-15-of-16", "a count below the number of requests", counting(16, 15), "count");
    set.bad("inbox-count-0-of-1", "a request that is not counted", counting(1, 0), "count");
    let one = |name, value| of(&with(inbox(&[]), name, value));
    set.bad("inbox-old-nonce", "the answer to another call", one("nonce", "inbox-nonce-0".into()), "nonce");
    set.bad("inbox-nonce-case", "the nonce in capitals", one("nonce", "INBOX-NONCE".into()), "nonce");
    set.bad("inbox-other-issuer", "of another issuer", one("iss", "https://other.example".into()), "issuer");
    set.bad("inbox-other-device", "for another device", one("aud", audience("stranger").into()), "audience");
    set.bad("inbox-other-enrolment", "of another enrolment", one("sub", "enrolment-2".into()), "enrolment");
    set.good("inbox-no-number", "this enrolment has signed nothing yet", one("number", 0.into()));
    set.bad("inbox-number-missing", "no highest number", written(TYP, &inbox(&[]), r#""number":3,"#, ""), "claims");
    set.bad("inbox-number-negative", "a highest number below zero", one("number", (-1).into()), "claims");
    set.bad("inbox-number-text", "a highest number as text", one("number", "3".into()), "claims");
    set.bad("inbox-number-float", "a highest number with a fraction of nothing", one("number", 3.0.into()), "claims");
    set.bad("inbox-count-over-32-bits", "a count of 33 bits", one("count", 4_294_967_296_u64.into()), "claims");
    set.good(
        "inbox-policy-two",
        "a policy without its optional member",
        one("policy", json!({ "binding_floor": "scan", "min_shown_ms": 0 })),
    );
    set.bad("inbox-policy-null", "null for the policy", one("policy", Value::Null), "claims");
    set.bad(
        "inbox-policy-more",
        "a policy with a member that nobody knows",
        one("policy", json!({ "binding_floor": "none", "min_shown_ms": 0, "screens": "let" })),
        "claims",
    );
    set.bad(
        "inbox-closed-array",
        "an ended request's values as an array",
        one("closed", json!([["txn-0", "expired"]])),
        "claims",
    );
    set.bad(
        "inbox-closed-other-state",
        "an end that nobody knows",
        one("closed", json!([{ "txn": "t", "state": "approved" }])),
        "claims",
    );
    set.bad("inbox-requests-null", "no list of requests but null", one("requests", Value::Null), "claims");
    set.bad("inbox-by-stranger", "signed by a key of nobody", jws(TYP, &inbox(&[]), "stranger"), "kid");
    set.bad("inbox-typ-request", "under the type of a request", jws("adp-request+jwt", &inbox(&[]), "server"), "type");
    let sized = |length| {
        exactly(length, |grow, adjust| {
            let claims = inbox(&["a".repeat(grow)]);
            raw(&(header(TYP, "server") + &" ".repeat(adjust)), &claims.to_string(), "server")
        })
    };
    set.bad("inbox-262145-bytes", "one byte longer than an inbox may be", sized(262_145), "size");
    set.drafts
}

fn receipts() -> Vec<Draft> {
    const TYP: &str = "adp-receipt+jwt";
    let request_jws = jws("adp-request+jwt", &request(), "server");
    let decision_jws = jws("adp-decision+jwt", &approval(&request_jws, &Digest::of(b"display").to_string()), "uvk");
    let valid = receipt(&request_jws, &decision_jws);
    let mut set =
        Set::new("receipt", with(device(), "answered", json!({ "request": request_jws, "decision": decision_jws })));
    let of = |name, value| jws(TYP, &with(valid.clone(), name, value), "server");
    for outcome in ["accepted", "binding_mismatch", "expired", "already_decided", "cancelled", "policy", "number_used"]
    {
        set.good(
            &format!("receipt-{outcome}").replace('_', "-"),
            &format!("the answer is {outcome}"),
            of("outcome", outcome.into()),
        );
    }
    let other = Digest::of(b"other").to_string();
    set.bad(
        "receipt-other-decision",
        "for other bytes than were sent",
        of("message_hash", other.clone().into()),
        "receipt",
    );
    set.bad("receipt-other-request", "for another request", of("request_hash", other.into()), "receipt");
    set.bad("receipt-other-txn", "for another txn", of("txn", "txn-2".into()), "receipt");
    let mut update = valid.clone();
    update.as_object_mut().unwrap().remove("txn");
    update.as_object_mut().unwrap().remove("request_hash");
    set.bad(
        "receipt-of-update",
        "a receipt for an update where one for a decision is due",
        jws(TYP, &update, "server"),
        "receipt",
    );
    set.bad("receipt-other-issuer", "of another issuer", of("iss", "https://other.example".into()), "issuer");
    set.bad("receipt-other-device", "for another device", of("aud", audience("stranger").into()), "audience");
    set.bad("receipt-other-enrolment", "of another enrolment", of("sub", "enrolment-2".into()), "enrolment");
    set.bad("receipt-other-outcome", "an outcome that nobody knows", of("outcome", "approved".into()), "claims");
    set.bad("receipt-number-missing", "no highest number", written(TYP, &valid, r#""number":4,"#, ""), "claims");
    set.bad("receipt-number-text", "a highest number as text", of("number", "4".into()), "claims");
    set.bad("receipt-number-null", "null for the highest number", of("number", Value::Null), "claims");
    set.bad("receipt-by-stranger", "signed by a key of nobody", jws(TYP, &valid, "stranger"), "kid");
    set.bad("receipt-by-device", "signed by the device's own key", jws(TYP, &valid, "dk"), "kid");
    set.bad("receipt-txn-null", "null where a txn may be absent", of("txn", Value::Null), "claims");
    set.bad("receipt-hash-hex", "a digest in hexadecimal", of("message_hash", "00".repeat(32).into()), "claims");
    let added = written(TYP, &valid, r#""seq":10"#, &format!(r#""seq":10,"exp":{}"#, NOW + 300));
    set.bad("receipt-member-unknown", "a member that a receipt does not have", added, "claims");
    let unasked = of("proved", proved("enrol", "uvk"));
    set.bad("receipt-proved-unasked", "names the keys for a decision without a history", unasked, "receipt");
    set.given = device();
    set.good("receipt-for-update", "for an update: no request", jws(TYP, &update, "server"));
    set.drafts.extend(receipts_of_history());
    set.drafts
}

/// Returns the member `proved` for the enrolment message `enrol` and the key of this role.
fn proved(enrol: &str, role: &str) -> Value {
    json!({ "enrol_hash": Digest::of(enrol.as_bytes()).to_string(), "uvk": thumbprint(role).to_string() })
}

/// Receipts of a decision with a history.
fn receipts_of_history() -> Vec<Draft> {
    const TYP: &str = "adp-receipt+jwt";
    let request_jws = jws("adp-request+jwt", &request(), "server");
    let mut decision = approval(&request_jws, &Digest::of(b"display").to_string());
    decision["history"] = json!({ "count": 0, "head": Digest::from_bytes([0; 32]).to_string() });
    let decision_jws = jws("adp-decision+jwt", &decision, "uvk");
    let without = receipt(&request_jws, &decision_jws);
    let answered = with(device(), "answered", json!({ "request": request_jws, "decision": decision_jws }));
    let mut set = Set::new("receipt", with(answered, "enrol_hash", Digest::of(b"enrol").to_string().into()));
    let names = |proved| jws(TYP, &with(without.clone(), "proved", proved), "server");
    set.good("receipt-proved", "names the enrolment message and UVK", names(proved("enrol", "uvk")));
    set.bad("receipt-proved-missing", "does not name them", jws(TYP, &without, "server"), "receipt");
    set.bad("receipt-proved-other-enrolment", "another enrolment message", names(proved("other", "uvk")), "receipt");
    set.bad("receipt-proved-other-uvk", "another user-verification key", names(proved("enrol", "stranger")), "receipt");
    set.bad("receipt-proved-dk", "DK in place of UVK", names(proved("enrol", "dk")), "receipt");
    let mut more = proved("enrol", "uvk");
    more["dk"] = thumbprint("dk").to_string().into();
    set.bad("receipt-proved-member-unknown", "a member more", names(more), "claims");
    set.drafts
}
