//! Evidence files: request, decision and receipt.

use countersign_core::details::DetailTypes;
use countersign_core::jose::{Digest, base64url::decode_array, json as strict};
use countersign_core::message::claims::Locale;
use countersign_core::review::{Model, display};
use serde_json::{Value, json};

use super::claims::{NOW, approval, audience, receipt, request};
use super::sign::jws;
use super::{Draft, Set};
use crate::keys::public_jwk;

/// The head before the first record.
const NOTHING: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("evidence", Value::Null);
    let first = Parties::new(1).record(1, NOTHING);
    let head = first["link"]["head"].as_str().unwrap().to_owned();
    let second = Parties::new(2).record(2, &head);
    set.good("evidence-approval", "one approved payment", file(std::slice::from_ref(&first)));
    let after_first = Parties::numbered(2, 5).record(2, &head);
    set.good(
        "evidence-two-records",
        "two records, the second directly after the first",
        file(&[first.clone(), after_first]),
    );
    let mut rotated = Parties::new(1);
    rotated.receipt = vec![("aud", audience("stranger").into())];
    set.good(
        "evidence-receipt-to-another-dk",
        "a receipt to the device key that replaced the one in the request",
        file(&[rotated.record(1, NOTHING)]),
    );
    let mut denial = Parties::new(1);
    for name in ["binding", "payments", "display_hash"] {
        denial.decision.as_object_mut().unwrap().remove(name);
    }
    (denial.decision["decision"], denial.decision["reason"]) = ("deny".into(), "not_me".into());
    denial.signer = "dk";
    let mut unseen = denial.clone();
    unseen.decision["display_model"] = json!({ "version": "4" });
    set.good("evidence-denial-unseen", "a denial of what was not looked at", file(&[denial.record(1, NOTHING)]));
    let named = Parties::shown_by(1, Model::V4);
    set.good("evidence-model-4", "a display of model 4", file(&[named.record(1, NOTHING)]));
    let mut bad_case = |name: &str, about: &str, file: String, code: &str| {
        set.bad(&format!("evidence-{name}"), about, file, code);
    };
    bad_case("no-record", "no record", file(&[]), "empty");
    bad_case("twice", "one record twice", file(&[first.clone(), first.clone()]), "gap");
    bad_case(
        "two",
        "two records whose decisions have the same number",
        file(&[first.clone(), second.clone()]),
        "repeated",
    );
    bad_case(
        "twice-linked",
        "one record twice, with links that were computed again",
        file(&[first.clone(), Parties::new(1).record(2, &head)]),
        "repeated",
    );
    let third = Parties::new(3).record(3, &head);
    bad_case("left-out", "a record between two was left out", file(&[first.clone(), third]), "gap");
    bad_case(
        "other-format",
        "a format that nobody knows",
        file(std::slice::from_ref(&first)).replace("evidence/1", "evidence/2"),
        "unreadable",
    );
    bad_case("unknown-member", "a member more", file(&[with(&first, "note", "x".into())]), "unreadable");
    bad_case(
        "other-request-key",
        "another key for the request",
        file(&[with(&first, "request_key", public_jwk("stranger"))]),
        "request",
    );
    bad_case(
        "other-phone-key",
        "another key for the decision",
        file(&[with(&first, "decision_key", public_jwk("stranger"))]),
        "decision",
    );
    bad_case(
        "other-receipt-key",
        "another key for the receipt",
        file(&[with(&first, "receipt_key", public_jwk("stranger"))]),
        "receipt",
    );
    bad_case(
        "other-request",
        "the request of another record",
        file(&[with(&first, "request", second["request"].clone())]),
        "other_request",
    );
    bad_case(
        "other-receipt",
        "the receipt of another record",
        file(&[with(&first, "receipt", second["receipt"].clone())]),
        "other_decision",
    );
    bad_case("other-link", "the link of another record", file(&[with(&first, "link", second["link"].clone())]), "link");
    let mut other = Parties::shown_by(1, Model::V4);
    other.decision["display_model"]["version"] = "3".into();
    bad_case("model-other", "another model than the display has", file(&[other.record(1, NOTHING)]), "display");
    let mut later = Parties::shown_by(1, Model::V4);
    later.decision["display_model"]["version"] = "99".into();
    bad_case("model-later", "a model that nobody knows yet", file(&[later.record(1, NOTHING)]), "display_model");
    bad_case("model-no-display", "a model, and no display", file(&[unseen.record(1, NOTHING)]), "display");
    let told = |change: &dyn Fn(&mut Parties)| {
        let mut story = Parties::new(1);
        change(&mut story);
        file(&[story.record(1, NOTHING)])
    };
    bad_case(
        "other-display",
        "a display that this request does not have",
        told(&|story| story.decision["display_hash"] = NOTHING.into()),
        "display",
    );
    bad_case(
        "other-payment",
        "another amount than was shown",
        told(&|story| story.decision["payments"][0]["amount"] = "4250.00".into()),
        "approval",
    );
    bad_case(
        "approval-unverified",
        "an approval without a verified user",
        told(&|story| story.decision["ceremony"]["verification"] = "none".into()),
        "approval",
    );
    bad_case(
        "approval-with-reason",
        "an approval with a reason to deny",
        told(&|story| story.decision["reason"] = "other".into()),
        "approval",
    );
    for (name, about, signer) in [
        ("approval-by-device-key", "an approval by the device key that the request names", "dk"),
        ("approval-by-server-key", "an approval by the key that signed request and receipt", "server"),
    ] {
        bad_case(name, about, told(&|story| story.signer = signer), "approval");
    }
    bad_case(
        "denial-by-server-key",
        "a denial by the key that signed request and receipt",
        told(&|story| {
            story.signer = "server";
            story.decision.as_object_mut().unwrap().retain(|name, _| name != "binding" && name != "payments");
            (story.decision["decision"], story.decision["reason"]) = ("deny".into(), "not_me".into());
        }),
        "decision",
    );
    bad_case(
        "approval-without-binding",
        "an approval without the code that the request asks for",
        told(&|story| {
            story.decision.as_object_mut().unwrap().remove("binding");
        }),
        "approval",
    );
    bad_case(
        "approval-binding-five",
        "an approval with five digits for six",
        told(&|story| story.decision["binding"] = "12345".into()),
        "approval",
    );
    for (name, about, member, value) in [
        ("receipt-before-request", "a receipt from 61 seconds before the request", "iat", json!(NOW - 61)),
        ("receipt-lower-number", "a receipt that does not know the number of the decision", "number", json!(3)),
        ("receipt-to-server-key", "a receipt to the key that signed it", "aud", json!(audience("server"))),
    ] {
        bad_case(name, about, told(&|story| story.receipt = vec![(member, value.clone())]), "other_decision");
    }
    bad_case(
        "receipt-to-approving-key",
        "a receipt to the key that signed the approval",
        told(&|story| story.receipt = vec![("aud", audience("uvk").into())]),
        "approval",
    );
    bad_case(
        "too-late",
        "an answer two minutes after the end of the request",
        told(&|story| story.decision["iat"] = (NOW + 420).into()),
        "other_request",
    );
    set.drafts
}

fn file(records: &[Value]) -> String {
    json!({ "format": "countersign-evidence/1", "records": records }).to_string()
}

fn with(record: &Value, name: &str, value: Value) -> Value {
    let mut record = record.clone();
    record[name] = value;
    record
}

/// A request, its decision and its receipt before they are signed.
#[derive(Clone)]
struct Parties {
    request: String,
    decision: Value,
    signer: &'static str,
    /// Members of the receipt that replace the right ones.
    receipt: Vec<(&'static str, Value)>,
}

impl Parties {
    fn new(number: u32) -> Self {
        let mut parties = Self::shown_by(number, Model::V3);
        parties.decision.as_object_mut().unwrap().remove("display_model");
        parties
    }

    /// Returns parties whose decision names this model.
    fn shown_by(number: u32, model: Model) -> Self {
        let mut claims = request();
        claims["txn"] = format!("txn-{number}").into();
        claims["jti"] = format!("request-{number}").into();
        let shown =
            display(&strict::from_str(&claims.to_string()).unwrap(), Locale::En, &DetailTypes::default(), model);
        let request = jws("adp-request+jwt", &claims, "server");
        let mut decision = approval(&request, &shown.hash.to_string());
        decision["txn"] = claims["txn"].clone();
        decision["display_model"] = json!({ "version": model.as_str() });
        Self { request, decision, signer: "uvk", receipt: Vec::new() }
    }

    /// Returns parties whose decision has this message number.
    fn numbered(number: u32, message_number: u64) -> Self {
        let mut parties = Self::new(number);
        parties.decision["number"] = message_number.into();
        parties.receipt = vec![("number", message_number.into())];
        parties
    }

    fn record(self, number: u64, previous: &str) -> Value {
        let Self { request, decision, signer, receipt: changes } = self;
        let txn = decision["txn"].clone();
        let decision = jws("adp-decision+jwt", &decision, signer);
        let mut receipt = receipt(&request, &decision);
        receipt["txn"] = txn;
        for (member, value) in changes {
            receipt[member] = value;
        }
        let receipt = jws("adp-receipt+jwt", &receipt, "server");
        let hashes = [&request, &decision, &receipt].map(|jws| *Digest::of(jws.as_bytes()).as_bytes()).concat();
        let before: [u8; 32] = decode_array(previous).unwrap();
        let head = Digest::of_parts(&[b"ADP1-history\0", &number.to_be_bytes(), &before, &hashes]);
        json!({
            "request": request,
            "decision": decision,
            "receipt": receipt,
            "request_key": public_jwk("server"),
            "decision_key": public_jwk(signer),
            "receipt_key": public_jwk("server"),
            "link": { "number": number, "previous": previous, "head": head.to_string() },
        })
    }
}
