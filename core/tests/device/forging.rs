//! Forged evidence. The attacker has the files of two phones and the bank's signing key, and
//! recomputes everything that needs no key of a phone.

use std::sync::Arc;

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, id, push};
use countersign_core::details::DetailTypes;
use countersign_core::evidence::{Evidence, VerifiedEntry, VerifiedEvidence};
use countersign_core::jose::{Digest, SigningKey, base64url, signed};
use countersign_core::message::decision::DenyReason;
use countersign_core::{Authenticator, Outcome};
use serde_json::{Value, json};

/// The number of mutated files.
const FILES: usize = 12_000;

/// Pseudo-random numbers (xorshift64).
struct Dice(u64);

impl Dice {
    /// Returns a number below `limit`.
    fn roll(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// A bank and a file of its phone: a decision without a history, approvals and denials with one, a
/// decision without a receipt, and a replaced user-verification key.
async fn story() -> (Arc<Bank>, Evidence) {
    let bank = Bank::new();
    bank.kept.lock().unwrap().is_earlier = true;
    let (phone, device) = Phone::enrolled(&bank).await;
    decide(&bank, &device, true).await;
    bank.kept.lock().unwrap().is_earlier = false;
    phone.pass(86_401);
    decide(&bank, &device, true).await;
    decide(&bank, &device, false).await;
    let lost = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&lost, DenyReason::NotMe).await, Ok(Outcome::Queued));
    decide(&bank, &device, true).await;
    device.rotate_all_keys(&id()).await.unwrap();
    decide(&bank, &device, true).await;
    let evidence = device.evidence_of(&id()).unwrap().unwrap();
    (bank, evidence)
}

async fn decide(bank: &Bank, device: &Authenticator, yes: bool) {
    let txn = push(bank, device, &bank.payment());
    let decided = if yes { approve(device, &txn).await } else { device.deny(&txn, DenyReason::NotMe).await };
    assert_eq!(decided, Ok(Outcome::Confirmed));
}

fn verify(file: &str) -> Option<VerifiedEvidence> {
    Evidence::parse(file.as_bytes()).and_then(|evidence| evidence.verify(&DetailTypes::default())).ok()
}

/// Returns whether the file states nothing that the original does not state: the same, or a part of
/// it that names everything in between.
fn is_part_of(verified: &VerifiedEvidence, original: &VerifiedEvidence) -> bool {
    let whole = original.history.as_ref().unwrap();
    let history = verified.history.as_ref().is_none_or(|part| {
        part.enrol_hash == whole.enrol_hash
            && part.entries.iter().all(|entry| {
                let same_place = |known: &&VerifiedEntry| known.position() == entry.position();
                let known = whole.entries.iter().find(same_place);
                known.is_some_and(|known| known == entry || hash(known) == hash(entry) && is_withheld(entry))
            })
            && part.entries.windows(2).all(|pair| pair[0].position() + 1 == pair[1].position())
    });
    history && verified.unchained.iter().all(|record| original.unchained.contains(record))
}

fn is_withheld(entry: &VerifiedEntry) -> bool {
    matches!(entry, VerifiedEntry::Withheld { .. })
}

fn hash(entry: &VerifiedEntry) -> Digest {
    match entry {
        VerifiedEntry::Withheld { decision_hash, .. } => *decision_hash,
        VerifiedEntry::Answered { record, .. } => record.decision_hash,
    }
}

/// The attacker: files of two phones, the bank's key and a key of its own.
struct Forger<'a> {
    bank: &'a SigningKey,
    own: SigningKey,
    other: Value,
    dice: Dice,
}

const MESSAGES: [&str; 3] = ["request", "decision", "receipt"];

impl Forger<'_> {
    /// Changes a file. Returns its text.
    fn forge(&mut self, file: &Value) -> String {
        let mut file = file.clone();
        for _ in 0..=self.dice.roll(2) {
            self.change(&mut file);
        }
        let text = file.to_string();
        if self.dice.roll(4) == 0 { self.change_bytes(text) } else { text }
    }

    fn change(&mut self, file: &mut Value) {
        let (choice, at, to) = (self.dice.roll(14), self.record(file), self.record(file));
        let other_at = self.dice.roll(self.other["history"]["records"].as_array().unwrap().len());
        let foreign = self.other["history"]["records"][other_at].clone();
        let Some(records) = file["history"]["records"].as_array_mut() else { return };
        if records.is_empty() {
            return;
        }
        match choice {
            0 => drop(records.remove(at)),
            1 => records.insert(to, records[at].clone()),
            2 => records.swap(at, to),
            3 => records[at] = foreign,
            4 => records.insert(at, foreign),
            5 => records.insert(at, json!({ "withheld": Digest::of(b"made up").to_string() })),
            6 => {
                let decision = records[at]["answered"]["decision"].as_str().unwrap_or_default();
                let hash = Digest::of(decision.as_bytes()).to_string();
                records[at] = json!({ "withheld": hash });
            }
            7 => self.exchange(records, at, to, foreign),
            8 => self.exchange_keys(&mut records[at]),
            9 => self.sign_again(&mut records[at]),
            10 => {
                let record = records.remove(at)["answered"].take();
                file["unchained"].as_array_mut().unwrap().push(record);
            }
            11 => {
                let record = file["unchained"][0].clone();
                file["history"]["records"].as_array_mut().unwrap().insert(at, json!({ "answered": record }));
            }
            12 => self.change_replacements(file),
            _ => file["history"]["enrol_hash"] = self.other["history"]["enrol_hash"].clone(),
        }
    }

    fn record(&mut self, file: &Value) -> usize {
        self.dice.roll(file["history"]["records"].as_array().map_or(0, Vec::len))
    }

    /// Replaces one message of a record by that of another record.
    fn exchange(&mut self, records: &mut [Value], at: usize, to: usize, foreign: Value) {
        let from = if self.dice.roll(2) == 0 { records[to].clone() } else { foreign };
        let name = MESSAGES[self.dice.roll(3)];
        if records[at]["answered"].is_object() && from["answered"].is_object() {
            records[at]["answered"][name] = from["answered"][name].clone();
            records[at]["answered"][format!("{name}_key")] = from["answered"][format!("{name}_key")].clone();
        }
    }

    fn exchange_keys(&mut self, record: &mut Value) {
        let key = if self.dice.roll(2) == 0 { self.bank } else { &self.own };
        let jwk = serde_json::to_value(key.public()).unwrap();
        let name = format!("{}_key", MESSAGES[self.dice.roll(3)]);
        if record["answered"].is_object() {
            record["answered"][name] = jwk;
        }
    }

    /// Changes the claims of a message, signs it with a key of the attacker, and makes the later
    /// messages of the record fit, as far as no key of the phone is needed. The decision of a
    /// record can be signed by the attacker only.
    fn sign_again(&mut self, record: &mut Value) {
        let record = &mut record["answered"];
        if !record.is_object() {
            return;
        }
        match self.dice.roll(3) {
            0 => {
                let mut request = claims(&record["request"]);
                request["client"]["name"] = "Another shop".into();
                self.put(record, "request", "adp-request+jwt", &request);
            }
            1 => {
                let mut decision = claims(&record["decision"]);
                let (member, value) = [
                    ("decision", json!("approve")),
                    ("number", json!(1 + self.dice.roll(20))),
                    ("history", json!({ "count": self.dice.roll(7), "head": Digest::of(b"head").to_string() })),
                    ("iat", json!(decision["iat"].as_i64().unwrap() + 1)),
                ][self.dice.roll(4)]
                .clone();
                decision[member] = value;
                self.put(record, "decision", "adp-decision+jwt", &decision);
                let mut receipt = claims(&record["receipt"]);
                let hash = Digest::of(record["decision"].as_str().unwrap().as_bytes());
                receipt["message_hash"] = hash.to_string().into();
                if self.dice.roll(2) == 0 && receipt["proved"].is_object() {
                    // The bank says that the attacker's key is the user-verification key.
                    receipt["proved"]["uvk"] = self.signer_of(&record["decision_key"]).into();
                }
                self.put(record, "receipt", "adp-receipt+jwt", &receipt);
            }
            _ => {
                let mut receipt = claims(&record["receipt"]);
                let foreign = self.own.public().thumbprint().to_string();
                let approver = receipt["proved"]["uvk"].as_str().unwrap_or_default().to_owned();
                match self.dice.roll(6) {
                    0 => receipt["iat"] = 0.into(),
                    1 => receipt["number"] = 0.into(),
                    2 => receipt["sub"] = "enrolment-2".into(),
                    3 => receipt["aud"] = format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{approver}").into(),
                    4 => receipt["proved"] = json!({ "enrol_hash": receipt["proved"]["enrol_hash"], "uvk": foreign }),
                    _ => receipt["proved"] = json!({ "enrol_hash": foreign, "uvk": receipt["proved"]["uvk"] }),
                }
                self.put(record, "receipt", "adp-receipt+jwt", &receipt);
            }
        }
    }

    fn signer_of(&self, key: &Value) -> String {
        let is_bank = serde_json::to_value(self.bank.public()).unwrap() == *key;
        let key = if is_bank { self.bank } else { &self.own };
        key.public().thumbprint().to_string()
    }

    fn put(&mut self, record: &mut Value, name: &str, typ: &'static str, claims: &Value) {
        let by_bank = name != "decision" || self.dice.roll(2) == 0;
        let key = if by_bank { self.bank } else { &self.own };
        record[name] = signed::sign(typ, claims, key).unwrap().into();
        record[format!("{name}_key")] = serde_json::to_value(key.public()).unwrap();
    }

    fn change_replacements(&mut self, file: &mut Value) {
        let foreign = self.other["history"]["replacements"][0].clone();
        let replacements = file["history"]["replacements"].as_array_mut().unwrap();
        match self.dice.roll(4) {
            0 => replacements.clear(),
            1 => replacements.push(foreign),
            2 => replacements.extend(replacements.clone()),
            _ => {
                let Some(replacement) = replacements.first_mut() else { return };
                let mut proof = claims(&replacement["proofs"]["new"]);
                proof["keys"]["uvk"] = self.own.public().thumbprint().to_string().into();
                replacement["proofs"]["new"] = signed::sign("adp-proof+jwt", &proof, &self.own).unwrap().into();
                replacement["new_key"] = serde_json::to_value(self.own.public()).unwrap();
            }
        }
    }

    fn change_bytes(&mut self, text: String) -> String {
        let mut bytes = text.into_bytes();
        let at = self.dice.roll(bytes.len());
        let byte = b"ABCZaz09-_\"{}[],: "[self.dice.roll(18)];
        match self.dice.roll(4) {
            0 => bytes.insert(at, byte),
            1 => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            _ => bytes[at] = byte,
        }
        String::from_utf8(bytes).unwrap()
    }
}

fn claims(jws: &Value) -> Value {
    let claims = jws.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(claims).unwrap()).unwrap()
}

#[tokio::test]
async fn no_mutated_evidence_file_is_accepted() {
    let ((bank, evidence), (_, other)) = (story().await, story().await);
    let original = evidence.verify(&DetailTypes::default()).unwrap();
    let history = original.history.as_ref().unwrap();
    assert_eq!((history.entries.len(), history.withheld(), original.unchained.len()), (5, 1, 1));
    let file = serde_json::to_value(&evidence).unwrap();
    assert_eq!(file["history"]["replacements"].as_array().unwrap().len(), 1);
    let mut forger = Forger {
        bank: bank.signing_key(),
        own: SigningKey::from_scalar(&[9; 32]).unwrap(),
        other: serde_json::to_value(&other).unwrap(),
        dice: Dice(0x9E37_79B9_7F4A_7C15),
    };
    let written = file.to_string();
    let (mut parts, mut rejected) = (0_usize, 0_usize);
    while parts + rejected < FILES {
        let text = forger.forge(&file);
        if text == written {
            continue;
        }
        match verify(&text) {
            None => rejected += 1,
            Some(verified) => {
                assert!(is_part_of(&verified, &original), "accepted: {text}");
                parts += 1;
            }
        }
    }
    report(parts);
    assert!(rejected > 10_000, "{rejected}");
}

/// Prints the figures. They are shown with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the figures are the result of the test")]
fn report(parts: usize) {
    println!("{FILES} mutated files, 0 accepted; {parts} of them are the original or a part of it");
}
