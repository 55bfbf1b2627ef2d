//! Seed inputs: the published vectors in the form of each target, and additional inputs.

use std::collections::BTreeMap;
use std::path::Path;

use countersign_core::jose::base64url;
use serde_json::Value;

use crate::bank;

/// Two decisions with their receipts.
const PROVED: &str = ">200r\nP\nA123456\n>200r\nP\nD";
/// A script of the target `phone`: a payment is approved.
pub const APPROVED: &str = ">200r\nP\nA123 456";
/// A script: the phone enrols a second time.
pub const ENROLLED: &str = ">200m\n>200c\n>200e\nE";
/// A script: all keys are rotated, and the new keys approve.
pub const REPLACED: &str = ">200r\nV\nP\n>200r\nA123456";

const SCRIPTS: [&str; 21] = [
    APPROVED,
    ENROLLED,
    ">200m\n>200c\n>401n\n>200e\nE\nB\nR",
    ">200m\n>200c\n>200e{\"state\":\"active\",\"confirm_nonce\":null}\nE\nQ{\"sub\":\"enrolment-2\"}\nA123456",
    ">200m\n>500x{\"code\":\"internal\"}\nE",
    "P\nA123456\nT5\n>200r\n>200i\nR",
    "P\nA123456\n>403x{\"code\":\"rejected\"}\n>200i{\"closed\":[{\"txn\":\"txn-0\",\"state\":\"expired\"}]}\nR",
    "P\nA123456\n>503x\n>200r{\"outcome\":\"binding_mismatch\"}\nR",
    ">200I{\"binding\":{\"mode\":\"none\"}}\nR\nD\n>200r\nR",
    ">200q{\"binding\":{\"mode\":\"display\"},\"message\":\"K7\"}\nFtxn-0\nA",
    "P{\"binding\":{\"mode\":\"choice\",\"options\":[\"17\",\"42\"]}}\nA42",
    "P{\"binding\":{\"mode\":\"scan\"}}\nAabc",
    "C\nA123456\nT400\nR",
    "S{\"status\":\"suspended\"}\nP\nA1\nS{\"status\":\"revoked\",\"seq\":99}\nR\nB",
    ">200r\nK\nP\nD\n>401x\n>200r\nR",
    REPLACED,
    "V\n>200r\nR\nB\nP\nA123456",
    "V\nP\nA123456\n>401x\n>200r\n>200i\nR\nA123456",
    "K\nP\nA123456\n>403x\n>200r\n>200r\n>200i\nR",
    ">200r{\"status\":\"revoked\"}\nU\n>200r\nN",
    "P{\"details\":[{\"type\":\"unknown\"}],\"ext\":[\"x\"]}\nA\nD\nWtxn-9\nXeyJ.e.e\nT700\nR",
];

const CALLS: [&str; 7] = [
    "p{}\na*=123456",
    "p{\"binding\":{\"mode\":\"choice\",\"options\":[\"17\",\"42\"]}}\naclient,issuer=42\na*=42",
    "q\na*=1\ndtxn-0\nvtxn-0\nftxn-0",
    "mv=1&e=handle-1&w=txn-1\nrtxn-1\neenrolment-1\nlfield.client",
    "ohttps://app.bank.example/enrol#v=1&i=https%3A%2F%2Fbank.example&e=offer-1&c=AAECAwQFBgcICQoLDA0ODw&p=MRTTUZXdYsW9yRuFzBNbs5Uf8e46IunaKEzLuTN74Bw",
    "t[]\nt[{\"type\":\"x\"}]",
    "p{\"client\":{\"id\":\"a\",\"name\":\"A\u{202E}\"},\"context\":{\"ip\":\"192.0.2.1\",\"place\":\"Berlin\",\"agent\":\"x\",\"at\":1799999995}}\na*",
];

const STREAMS: [&str; 3] = [
    "data: {\"v\":\"1\"}\n\nevent: push\ndata: {\"v\":\"3\"}\n\ndata: {}\n\n",
    ": hello\n\nevent: push\ndata: {\"v\":\"1\",\"w\":\"t\"}\n\nevent:other\ndata:{}\n\n",
    "event: push\r\ndata: not json\r\n\r\nid: 1\nevent: push\ndata: {\"v\":\"2\"}\n\n",
];

const DETAILS: [&str; 3] = [
    "\n{\"type\":\"https://bank.example/new_payee\",\"payee\":\"ACME\",\"limit\":{\"currency\":\"EUR\",\"amount\":\"5.00\"},\"number\":\"A-1\",\"note\":\"x y\",\"from\":\"2026-01-31\",\"account\":\"DE02100100109307118603\",\"bank\":\"DEUTDEFF\",\"speed\":\"instant\"}",
    "[]\n{\"type\":\"account_information\"}",
    "\n{\"type\":\"payment_initiation\",\"instructedAmount\":{\"currency\":\"EUR\",\"amount\":\"1.00\"},\"creditorName\":\"A\"}",
];

/// Returns all seeds by target. Each list has no duplicates.
#[must_use]
pub fn all(vectors: &Path) -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let mut seeds = Seeds::default();
    let mut paths: Vec<_> = std::fs::read_dir(vectors).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let case: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        seeds.of(case["kind"].as_str().unwrap_or_default(), &case);
    }
    seeds.own();
    for list in seeds.0.values_mut() {
        list.sort();
        list.dedup();
    }
    seeds.0
}

#[derive(Default)]
struct Seeds(BTreeMap<&'static str, Vec<Vec<u8>>>);

impl Seeds {
    fn add(&mut self, target: &'static str, input: impl Into<Vec<u8>>) {
        self.0.entry(target).or_default().push(input.into());
    }

    /// Adds an input with the byte that selects the variant.
    fn chosen(&mut self, target: &'static str, choice: u8, rest: &[u8]) {
        self.add(target, [&[choice], rest].concat());
    }

    fn of(&mut self, kind: &str, case: &Value) {
        let input = &case["input"];
        let text = input.as_str().unwrap_or_default();
        let claims = text.split('.').nth(1).and_then(|part| base64url::decode(part).ok()).unwrap_or_default();
        if let Some((choice, ..)) = crate::messages::KINDS.iter().find(|(_, name, _)| *name == kind) {
            self.chosen("messages", *choice, &claims);
        }
        match kind {
            "request" | "status" => {
                self.add("jose", text);
                self.chosen("sealed_push", kind.as_bytes()[0], &claims);
                if kind == "request" {
                    self.chosen("display", b'\x00', &claims);
                }
            }
            "decision" | "base64url" => self.add("jose", text),
            "sealed_push" => {
                self.add("jose", text);
                self.chosen("sealed_push", b'o', text.as_bytes());
                let inner = case["expect"]["ok"]["jws"].as_str().unwrap_or_default();
                self.chosen("sealed_push", b'x', inner.as_bytes());
            }
            "thumbprint" => self.add("jose", text),
            "point" => self.add("jose", base64url::decode(text).unwrap_or_default()),
            "enrolled" => {
                let claims = case["expect"]["ok"]["claims"].to_string();
                self.chosen("messages", b'd', claims.as_bytes());
            }
            "dpop" => {
                self.add("dpop", text);
                self.chosen("dpop", b'c', &claims);
            }
            "offer" => self.add("offer", text),
            "push" => {
                let members = input.as_object().into_iter().flatten();
                let lines: Vec<String> =
                    members.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
                self.add("push", lines.join("\n"));
            }
            "display" => {
                let claims = input["claims"].as_str().unwrap_or_default();
                self.chosen("display", b'\x01', claims.as_bytes());
                let details = serde_json::from_str::<Value>(claims).unwrap_or_default();
                for detail in details["details"].as_array().into_iter().flatten() {
                    self.add("detail_types", format!("\n{detail}"));
                }
            }
            "text" => self.add("text", input["text"].as_str().unwrap_or_default()),
            "money" => {
                let (amount, currency) = (input["amount"].as_str(), input["currency"].as_str());
                self.chosen("values", b'm', format!("{} {}", amount.unwrap_or(""), currency.unwrap_or("")).as_bytes());
            }
            "iban" => self.chosen("values", b'i', text.as_bytes()),
            "bic" => self.chosen("values", b'b', text.as_bytes()),
            "issuer" => self.chosen("values", b'u', text.as_bytes()),
            "evidence" => self.evidence(text),
            _ => {}
        }
    }

    fn evidence(&mut self, file: &str) {
        self.add("evidence", file);
        let Ok(file) = serde_json::from_str::<Value>(file) else { return };
        let chained = file["history"]["records"].as_array().into_iter().flatten().map(|record| &record["answered"]);
        let others = [&file["unchained"], &file["records"]].into_iter().filter_map(Value::as_array).flatten();
        let mut marked: Vec<String> = Vec::new();
        for record in chained.chain(others) {
            let lines = ["request", "decision", "receipt"].map(|name| claims_of(&record[name]));
            let hash = |name: &str| {
                let jws = record[name].as_str().unwrap_or_default();
                countersign_core::jose::Digest::of(jws.as_bytes()).to_string()
            };
            let member = |line: &str, names: [&str; 2]| {
                let claims: Value = serde_json::from_str(line).unwrap_or_default();
                claims[names[0]][names[1]].as_str().map(str::to_owned)
            };
            let head = member(&lines[1], ["history", "head"]);
            let uvk = member(&lines[2], ["proved", "uvk"]);
            marked.extend(lines.iter().map(|line| {
                let line = line.replace(&hash("request"), "$request").replace(&hash("decision"), "$decision");
                let line = head.iter().fold(line, |line, head| line.replace(head, "$head"));
                uvk.iter().fold(line, |line, uvk| line.replace(uvk, "$uvk"))
            }));
        }
        self.chosen("evidence", b'c', marked.join("\n").as_bytes());
    }

    fn own(&mut self) {
        for script in SCRIPTS {
            self.add("phone", script);
        }
        for calls in CALLS {
            self.add("ffi", calls);
        }
        let key = crate::keys::keys().dk.public().as_sec1().to_vec();
        self.chosen("ffi", b'b', &key);
        self.chosen("ffi", b'b', &[0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]);
        for stream in STREAMS {
            self.add("stream", stream);
        }
        for detail in DETAILS {
            self.add("detail_types", detail);
        }
        self.add("detail_types", format!("{}\n{{}}", crate::declared::DOCUMENT.replace('\n', "")));
        for time in ["0", "1800000000", "253402300799", "-1", "951782400"] {
            self.chosen("values", b's', time.as_bytes());
        }
        for name in ["amount.2", "txn-1", "de-AT", "QdLH0Y5EHbhtxAoyFXywhgcLNH1Xt_btsGQI1RC1M7M"] {
            self.chosen("values", b't', name.as_bytes());
        }
        self.evidence(&String::from_utf8_lossy(&crate::phone::evidence_of(PROVED)));
        self.evidence(&String::from_utf8_lossy(&crate::phone::evidence_of(APPROVED)));
        self.state();
    }

    fn state(&mut self) {
        let mut enrolment = bank::enrolment();
        let state = |enrolment: &Value| {
            let mut state = serde_json::to_value(countersign_core::device::State::default()).unwrap();
            state["enrolments"] = serde_json::json!([enrolment]);
            state.to_string()
        };
        for format in 0..4 {
            self.chosen("state", format, state(&enrolment).as_bytes());
        }
        // The position of format 8 in `state::FORMATS`.
        self.chosen("state", 7, enrolment.to_string().as_bytes());
        let bank = bank::Bank::default();
        let jws = bank.request("");
        enrolment["entries"] = serde_json::json!([{
            "jws": jws, "request_hash": countersign_core::jose::Digest::of(jws.as_bytes()).to_string(),
            "request": bank::payment(bank::START_SECS), "received_at": bank::START_SECS, "state": "pending",
        }]);
        self.chosen("state", 3, state(&enrolment).as_bytes());
        enrolment["entries"][0]["state"] =
            serde_json::json!({ "queued": { "jws": "a.b.c", "answer": "deny", "reason": "not_me" } });
        self.chosen("state", 3, state(&enrolment).as_bytes());
        self.chosen("state", b'x', &bank::sealed_state());
    }
}

/// Returns the claims of a JWS as text.
fn claims_of(jws: &Value) -> String {
    let part = jws.as_str().and_then(|jws| jws.split('.').nth(1));
    let bytes = part.and_then(|part| base64url::decode(part).ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
