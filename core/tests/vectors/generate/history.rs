//! Evidence files of version 2, whose decisions sign the history before them.

use countersign_core::details::DetailTypes;
use countersign_core::jose::{Digest, json as strict};
use countersign_core::message::claims::Locale;
use countersign_core::message::history::History;
use countersign_core::review::{Model, display};
use serde_json::{Value, json};

use super::claims::{approval, audience, proof, receipt, request, thumbprint};
use super::sign::jws;
use super::{Draft, Set};
use crate::keys::public_jwk;

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("evidence", Value::Null);
    good(&mut set);
    bad(&mut set);
    keys(&mut set);
    set.drafts
}

fn good(set: &mut Set) {
    let records = approvals(4);
    let [first, second, third, fourth] = records.as_slice() else { panic!("four records") };
    set.good("history-approval", "one approved payment", file(&[first.answered()]));
    set.good(
        "history-withheld",
        "the second to the fourth decision, without the content of the third",
        file(&[second.answered(), third.withheld(), fourth.answered()]),
    );
    let denied = told(&[&|_| {}, &|parties| parties.deny("dk")]);
    set.good("history-denial", "an approval by UVK and a denial by DK", answered(&denied));
    let old = Parties::new(9, None).record();
    set.good("history-unchained", "a record of a decision without a history", unchained(&[&old]));
    let mut both: Value = serde_json::from_str(&answered(&denied)).unwrap();
    both["unchained"] = json!([old.record]);
    set.good("history-and-unchained", "records with and without a history", both.to_string());
    set.good("history-replaced-uvk", "an approval by each of two UVKs", across(&[replacement("uvk", "next")]));
}

fn bad(set: &mut Set) {
    let records = approvals(3);
    let [a, b, c] = records.as_slice() else { panic!("three records") };
    let mut bad = |name: &str, about: &str, file: String, code: &str| {
        set.bad(&format!("history-{name}"), about, file, code);
    };
    bad("no-record", "no record", file(&[]), "empty");
    bad("left-out", "the second of three records is missing", file(&[a.answered(), c.answered()]), "history");
    bad("twice", "one record twice", file(&[a.answered(), a.answered()]), "history");
    bad("turned", "records in reverse order", file(&[c.answered(), b.answered(), a.answered()]), "history");
    bad("withheld-first", "a hash at the beginning", file(&[a.withheld(), b.answered()]), "history");
    bad("withheld-last", "a hash at the end", file(&[a.answered(), b.withheld()]), "history");
    bad("withheld-other", "another hash in between", file(&[a.answered(), c.withheld(), c.answered()]), "history");
    let other = told(&[&|parties| parties.rename(7), &|parties| parties.rename(8)]);
    bad("other-chain", "the second record of another phone", file(&[a.answered(), other[1].answered()]), "history");
    bad("in-unchained", "a decision with a history in another place", unchained(&[a]), "history");
    let without = Parties::new(9, None).record();
    bad("without", "a decision without a history", file(&[a.answered(), without.answered()]), "history");
    let numbered = told(&[&|parties| parties.number(5), &|parties| parties.number(5)]);
    bad("number", "a message number that does not rise", answered(&numbered), "history");
    let impossible = told(&[&|parties| parties.decision["history"]["count"] = 1.into()]);
    bad("impossible", "an earlier decision, and the head of none", answered(&impossible), "history");
    let linked = json!({ "format": "countersign-evidence/1", "records": [a.record] }).to_string();
    bad("without-link", "version 1 without a link", linked, "unreadable");
}

fn keys(set: &mut Set) {
    let second = |change: &dyn Fn(&mut Parties)| answered(&told(&[&|_| {}, change, &|_| {}]));
    let mut bad = |name: &str, about: &str, file: String, code: &str| {
        set.bad(&format!("history-{name}"), about, file, code);
    };
    bad("approval-by-dk", "an approval by DK", second(&|parties| parties.signer = "dk"), "approval");
    bad("approval-by-stranger", "an approval by another key", second(&|parties| parties.signer = "stranger"), "proved");
    let swapped = |parties: &mut Parties| {
        parties.signer = "stranger";
        parties.names("enrol", "stranger");
    };
    bad("swapped-uvk", "the issuer names another UVK without a proof", second(&swapped), "proved");
    bad("other-enrolment", "another enrolment message", second(&|parties| parties.names("other", "uvk")), "proved");
    bad("not-proved", "a receipt without keys", second(&|parties| parties.proved = Value::Null), "proved");
    bad("denial-by-stranger", "a denial by another key", second(&|parties| parties.deny("stranger")), "proved");
    let other_sub = |parties: &mut Parties| parties.sub = "enrolment-2";
    bad("other-sub", "the record of another enrolment", second(&other_sub), "other_enrolment");
    let right = replacement("uvk", "next");
    bad("replaced-without-proof", "another UVK without a replacement", across(&[]), "proved");
    let forged = |name: &str, value: Value| {
        let mut replacement = right.clone();
        replacement["proofs"][name] = value;
        across(&[replacement])
    };
    let proofs = replacement("stranger", "next")["proofs"].clone();
    bad("replaced-by-stranger", "the old UVK did not sign", forged("old", proofs["old"].clone()), "replacement");
    bad("replaced-other-claims", "different claims", forged("new", proofs["new"].clone()), "replacement");
    bad("replaced-twice", "a replacement that no record needs", across(&[right.clone(), right.clone()]), "replacement");
}

/// A record before it is signed.
struct Parties {
    request: Value,
    decision: Value,
    sub: &'static str,
    signer: &'static str,
    /// The member `proved` of the receipt.
    proved: Value,
}

/// A record, and what the decision after it needs.
struct Signed {
    record: Value,
    decision_hash: Digest,
}

impl Signed {
    fn answered(&self) -> Value {
        json!({ "answered": self.record })
    }

    fn withheld(&self) -> Value {
        json!({ "withheld": self.decision_hash.to_string() })
    }
}

impl Parties {
    /// Returns the approval of a request with this name.
    fn new(name: u64, history: Option<History>) -> Self {
        let mut request = request();
        request["txn"] = format!("txn-{name}").into();
        request["jti"] = format!("request-{name}").into();
        let mut decision = approval("", "");
        decision["number"] = (4 + name).into();
        decision["jti"] = format!("decision-{name}").into();
        if let Some(history) = history {
            decision["history"] = serde_json::to_value(history).unwrap();
        }
        let mut parties = Self { request, decision, sub: "enrolment-1", signer: "uvk", proved: Value::Null };
        if history.is_some() {
            parties.names("enrol", "uvk");
        }
        parties
    }

    fn names(&mut self, enrol: &str, role: &str) {
        let enrol_hash = Digest::of(enrol.as_bytes()).to_string();
        self.proved = json!({ "enrol_hash": enrol_hash, "uvk": thumbprint(role).to_string() });
    }

    fn rename(&mut self, name: u64) {
        self.request["txn"] = format!("txn-{name}").into();
        self.request["jti"] = format!("request-{name}").into();
    }

    fn number(&mut self, number: u64) {
        self.decision["number"] = number.into();
    }

    /// Makes the decision a denial of what was not looked at.
    fn deny(&mut self, signer: &'static str) {
        for name in ["binding", "payments", "display_hash"] {
            self.decision.as_object_mut().unwrap().remove(name);
        }
        (self.decision["decision"], self.decision["reason"]) = ("deny".into(), "not_me".into());
        self.signer = signer;
    }

    fn record(mut self) -> Signed {
        self.request["sub"] = self.sub.into();
        let shown = display(
            &strict::from_str(&self.request.to_string()).unwrap(),
            Locale::En,
            &DetailTypes::default(),
            Model::V3,
        );
        let request = jws("adp-request+jwt", &self.request, "server");
        let members = [("iss", self.sub.into()), ("txn", self.request["txn"].clone())];
        for (name, value) in members {
            self.decision[name] = value;
        }
        self.decision["request_hash"] = Digest::of(request.as_bytes()).to_string().into();
        if self.decision["decision"] == "approve" {
            self.decision["display_hash"] = shown.hash.to_string().into();
        }
        let decision = jws("adp-decision+jwt", &self.decision, self.signer);
        let mut receipt = receipt(&request, &decision);
        (receipt["sub"], receipt["txn"]) = (self.sub.into(), self.request["txn"].clone());
        receipt["number"] = self.decision["number"].clone();
        receipt["aud"] = audience("dk").into();
        if !self.proved.is_null() {
            receipt["proved"] = self.proved;
        }
        let decision_hash = Digest::of(decision.as_bytes());
        let record = json!({
            "request": request,
            "decision": decision,
            "receipt": jws("adp-receipt+jwt", &receipt, "server"),
            "request_key": public_jwk("server"),
            "decision_key": public_jwk(self.signer),
            "receipt_key": public_jwk("server"),
        });
        Signed { record, decision_hash }
    }
}

/// Returns consecutive records, each changed before it is signed.
fn told(changes: &[&dyn Fn(&mut Parties)]) -> Vec<Signed> {
    let mut history = History::default();
    let record = |(name, change): (u64, &&dyn Fn(&mut Parties))| {
        let mut parties = Parties::new(name, Some(history));
        change(&mut parties);
        let record = parties.record();
        history = history.after(&record.decision_hash);
        record
    };
    (1..).zip(changes).map(record).collect()
}

fn approvals(count: usize) -> Vec<Signed> {
    let unchanged: &dyn Fn(&mut Parties) = &|_| {};
    told(&vec![unchanged; count])
}

/// Returns the replacement of one UVK by another, signed by both.
fn replacement(old: &str, new: &str) -> Value {
    let proof = |nonce: &str| proof(nonce, ["stranger", new, "former-ek"]);
    let signed = |role| jws("adp-proof+jwt", &proof(old), role);
    json!({
        "old_key": public_jwk(old),
        "new_key": public_jwk(new),
        "proofs": { "old": signed(old), "new": signed(new) },
    })
}

/// Returns a file with an approval by `uvk`, one by `next`, and these replacements.
fn across(replacements: &[Value]) -> String {
    let by_next = |parties: &mut Parties| {
        parties.signer = "next";
        parties.names("enrol", "next");
    };
    let mut file: Value = serde_json::from_str(&answered(&told(&[&|_| {}, &by_next]))).unwrap();
    file["history"]["replacements"] = replacements.into();
    file.to_string()
}

fn answered(records: &[Signed]) -> String {
    file(&records.iter().map(Signed::answered).collect::<Vec<_>>())
}

fn file(records: &[Value]) -> String {
    let enrol_hash = Digest::of(b"enrol").to_string();
    let history = json!({ "enrol_hash": enrol_hash, "replacements": [], "records": records });
    json!({ "format": "countersign-evidence/2", "history": history }).to_string()
}

fn unchained(records: &[&Signed]) -> String {
    let records: Vec<&Value> = records.iter().map(|signed| &signed.record).collect();
    json!({ "format": "countersign-evidence/2", "unchained": records }).to_string()
}
