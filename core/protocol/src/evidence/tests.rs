//! Files that are correctly signed but must be rejected.

mod history;
mod links;
mod records;

use super::{Evidence, EvidenceError, HistoryEvidence, HistoryRecord, Record, RecordError, Replacement};
use crate::details::DetailTypes;
use crate::jose::{Digest, JoseError, SigningKey, Thumbprint};
use crate::message::Message as _;
use crate::message::claims::{DeviceAudience, Jti, Locale, Nonce, Timestamp, Txn};
use crate::message::decision::{Ceremony, Decision, DecisionKind, DenyReason, Payment, Verification};
use crate::message::history::History;
use crate::message::receipt::{Outcome, Proved, Receipt};
use crate::message::request::{Binding, Charset, Client, Request, Uv};
use crate::message::status::EnrolmentState;
use crate::review::{Model, display};

/// The messages of three honest parties. Tests change them before they are signed.
struct Parties {
    request: Request,
    decision: Decision,
    receipt: Receipt,
    /// The key that signs the decision.
    signer: u8,
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_scalar(&[byte; 32]).unwrap()
}

fn thumbprint(byte: u8) -> Thumbprint {
    key(byte).public().thumbprint()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + seconds)
}

impl Parties {
    fn new() -> Self {
        let request = Request {
            iss: "https://bank.example".parse().unwrap(),
            aud: DeviceAudience(key(1).public().thumbprint()),
            sub: "enrolment-1".parse().unwrap(),
            jti: Jti::random().unwrap(),
            txn: Txn::random().unwrap(),
            iat: at(0),
            exp: at(300),
            seq: 1,
            client: Client { id: "shop".into(), name: "ACME".into() },
            scope: None,
            acr: None,
            uv: Uv::Required,
            binding: Binding::None,
            message: None,
            details: None,
            context: None,
            nonce: Nonce::random().unwrap(),
            ext: None,
        };
        let decision = Decision {
            iss: request.sub.clone(),
            aud: request.iss.clone(),
            jti: Jti::random().unwrap(),
            number: 1.try_into().unwrap(),
            iat: at(10),
            exp: request.exp,
            txn: request.txn.clone(),
            request_hash: Digest::of(b""),
            display_hash: Some(Digest::of(b"")),
            decision: DecisionKind::Approve,
            reason: None,
            binding: None,
            payments: None,
            nonce: request.nonce.clone(),
            ceremony: Ceremony {
                shown_ms: 1,
                locale: Locale::De,
                verification: Verification::Biometric,
                call_active: false,
            },
            history: None,
            display_model: None,
        };
        let receipt = Receipt {
            iss: request.iss.clone(),
            aud: request.aud,
            sub: request.sub.clone(),
            iat: at(11),
            seq: 2,
            number: 1,
            message_hash: Digest::of(b""),
            txn: Some(request.txn.clone()),
            request_hash: None,
            outcome: Outcome::Accepted,
            status: EnrolmentState::Active,
            proved: None,
        };
        Self { request, decision, receipt, signer: 2 }
    }

    /// Gives the decision this history and a number that fits it. The receipt names the enrolment
    /// and key 2.
    fn chain(&mut self, history: History) {
        self.decision.history = Some(history);
        self.decision.number = (history.count + 1).try_into().unwrap();
        self.receipt.number = history.count + 1;
        self.receipt.proved = Some(Proved { enrol_hash: Digest::of(b"enrol"), uvk: thumbprint(2) });
    }

    /// Signs all three messages with the hashes of the previous ones, except for the hash that
    /// `other` leaves wrong.
    fn record(mut self, wrong: WrongHash) -> Record {
        let request = self.request.sign(&key(3)).unwrap();
        let request_hash = Digest::of(request.as_bytes());
        if wrong != WrongHash::RequestHash {
            self.decision.request_hash = request_hash;
        }
        if self.decision.display_hash.is_some() && wrong != WrongHash::DisplayHash {
            let model = self.decision.model().unwrap_or(Model::LATEST);
            let display = display(&self.request, self.decision.ceremony.locale, &DetailTypes::default(), model);
            self.decision.display_hash = Some(display.hash);
        }
        let decision = self.decision.sign(&key(self.signer)).unwrap();
        if wrong != WrongHash::MessageHash {
            self.receipt.message_hash = Digest::of(decision.as_bytes());
        }
        if wrong != WrongHash::ReceiptRequestHash {
            self.receipt.request_hash = Some(request_hash);
        }
        let receipt = self.receipt.sign(&key(4)).unwrap();
        Record {
            request,
            decision,
            receipt,
            request_key: key(3).public().clone(),
            decision_key: key(self.signer).public().clone(),
            receipt_key: key(4).public().clone(),
        }
    }
}

/// The hash that is left wrong.
#[derive(PartialEq)]
enum WrongHash {
    None,
    RequestHash,
    DisplayHash,
    MessageHash,
    ReceiptRequestHash,
}

#[test]
fn evidence_file_with_another_format_is_rejected() {
    let good = Evidence::of(None, vec![Parties::new().record(WrongHash::None)]).text().unwrap();
    assert!(Evidence::parse(good.as_bytes()).unwrap().verify(&DetailTypes::default()).is_ok());
    for bad in [
        String::new(),
        "{}".into(),
        good.replace("evidence/2", "evidence/1"),
        good.replace("evidence/2", "evidence/3"),
        good.replacen('{', r#"{"more":1,"#, 1),
        good.replacen('{', r#"{"unchained":[],"#, 1),
        good.replacen('{', r#"{"history":null,"#, 1),
        format!("{good}{good}"),
    ] {
        assert_eq!(Evidence::parse(bad.as_bytes()).err(), Some(EvidenceError::Unreadable), "{bad}");
    }
    let blank = |bytes: usize| Evidence::parse(&vec![b' '; bytes]).unwrap_err().code();
    assert_eq!((blank(4_194_304), blank(4_194_305)), ("unreadable", "too_large"));
    let empty = HistoryEvidence { enrol_hash: Digest::of(b"enrol"), replacements: vec![], records: vec![] };
    for history in [None, Some(empty)] {
        assert_eq!(Evidence::of(history, vec![]).verify(&DetailTypes::default()).unwrap_err().code(), "empty");
    }
}
