//! Records that are correctly signed but must be rejected.

use super::{Chain, Evidence, EvidenceError, Link, Record, RecordError};
use crate::details::DetailTypes;
use crate::jose::{Digest, JoseError, SigningKey};
use crate::message::Message as _;
use crate::message::claims::{DeviceAudience, Jti, Locale, Nonce, Timestamp, Txn};
use crate::message::decision::{Ceremony, Decision, DecisionKind, DenyReason, Payment, Verification};
use crate::message::receipt::{Outcome, Receipt};
use crate::message::request::{Binding, Charset, Client, Request, Uv};
use crate::message::status::EnrolmentState;
use crate::review::display;

/// The messages of three honest parties. Tests change them before they are signed.
struct Parties {
    request: Request,
    decision: Decision,
    receipt: Receipt,
    link: Option<Link>,
    /// The key that signs the decision.
    signer: u8,
}

fn key(byte: u8) -> SigningKey {
    SigningKey::from_scalar(&[byte; 32]).unwrap()
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
        };
        Self { request, decision, receipt, link: None, signer: 2 }
    }

    fn txn_of(record: &Record) -> Txn {
        record.verify(&DetailTypes::default()).unwrap().txn
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
            self.decision.display_hash =
                Some(display(&self.request, self.decision.ceremony.locale, &DetailTypes::default()).hash);
        }
        let decision = self.decision.sign(&key(self.signer)).unwrap();
        let decision_hash = Digest::of(decision.as_bytes());
        if wrong != WrongHash::MessageHash {
            self.receipt.message_hash = decision_hash;
        }
        if wrong != WrongHash::ReceiptRequestHash {
            self.receipt.request_hash = Some(request_hash);
        }
        let receipt = self.receipt.sign(&key(4)).unwrap();
        let link = Chain::default().extend(request_hash, decision_hash, Digest::of(receipt.as_bytes()));
        Record {
            request,
            decision,
            receipt,
            request_key: key(3).public().clone(),
            decision_key: key(self.signer).public().clone(),
            receipt_key: key(4).public().clone(),
            link: self.link.unwrap_or(link),
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

/// Returns the reason why a changed record is rejected.
fn rejection(change: impl FnOnce(&mut Parties)) -> Option<RecordError> {
    let mut parties = Parties::new();
    change(&mut parties);
    parties.record(WrongHash::None).verify(&DetailTypes::default()).err()
}

#[test]
fn valid_record_is_verified() {
    let verified = Parties::new().record(WrongHash::None).verify(&DetailTypes::default()).unwrap();
    assert_eq!(verified.issuer_keys, [key(3).public().thumbprint(), key(4).public().thumbprint()]);
    assert_eq!(verified.device_key, key(2).public().thumbprint());
    assert_eq!(
        rejection(|parties| parties.receipt.outcome = Outcome::Expired),
        None,
        "a rejected decision is evidence as well"
    );
}

#[test]
fn decision_for_another_request_is_rejected() {
    let other = Some(RecordError::OtherRequest);
    assert_eq!(Parties::new().record(WrongHash::RequestHash).verify(&DetailTypes::default()).err(), other);
    assert_eq!(rejection(|parties| parties.decision.iss = "enrolment-2".parse().unwrap()), other);
    assert_eq!(rejection(|parties| parties.decision.aud = "https://other.example".parse().unwrap()), other);
    assert_eq!(rejection(|parties| parties.decision.txn = Txn::random().unwrap()), other);
    assert_eq!(rejection(|parties| parties.decision.nonce = Nonce::random().unwrap()), other);
    assert_eq!(rejection(|parties| parties.decision.exp = at(301)), other);
}

#[test]
fn decision_outside_request_lifetime_is_rejected() {
    let other = Some(RecordError::OtherRequest);
    for (seconds, expected) in [(-61, other), (-60, None), (0, None), (300, None), (360, None), (361, other)] {
        assert_eq!(rejection(|parties| parties.decision.iat = at(seconds)), expected, "{seconds}");
    }
    for (life, expected) in [(0, other), (1, None), (600, None), (601, other)] {
        let ends = |parties: &mut Parties| {
            parties.request.exp = at(life);
            parties.decision.exp = at(life);
        };
        assert_eq!(rejection(ends), expected, "{life}");
    }
}

#[test]
fn receipt_for_another_decision_is_rejected() {
    let other = Some(RecordError::OtherDecision);
    assert_eq!(Parties::new().record(WrongHash::MessageHash).verify(&DetailTypes::default()).err(), other);
    assert_eq!(Parties::new().record(WrongHash::ReceiptRequestHash).verify(&DetailTypes::default()).err(), other);
    assert_eq!(rejection(|parties| parties.receipt.iss = "https://other.example".parse().unwrap()), other);
    assert_eq!(rejection(|parties| parties.receipt.sub = "enrolment-2".parse().unwrap()), other);
    assert_eq!(rejection(|parties| parties.receipt.txn = None), other);
    assert_eq!(rejection(|parties| parties.receipt.txn = Some(Txn::random().unwrap())), other);
}

#[test]
fn approval_of_another_display_is_rejected() {
    assert_eq!(
        Parties::new().record(WrongHash::DisplayHash).verify(&DetailTypes::default()).err(),
        Some(RecordError::Display)
    );
    assert_eq!(rejection(denial), None);
    let denied_unseen = |parties: &mut Parties| {
        denial(parties);
        parties.decision.display_hash = None;
    };
    assert_eq!(rejection(denied_unseen), None);
}

#[test]
fn impossible_approval_is_rejected() {
    let never = Some(RecordError::Approval);
    assert_eq!(rejection(|parties| parties.decision.display_hash = None), never);
    assert_eq!(rejection(|parties| parties.decision.reason = Some(DenyReason::Other)), never);
    assert_eq!(rejection(|parties| parties.decision.ceremony.verification = Verification::None), never);
    assert_eq!(rejection(|parties| parties.request.uv = Uv::None), never);
    assert_eq!(rejection(|parties| parties.request.client.name = "A\u{202E}B".into()), never);
    let payment = Payment { amount: "1.00".into(), currency: "EUR".into(), payee: "ACME".into(), account: None };
    assert_eq!(
        rejection(|parties| parties.decision.payments = Some(vec![payment])),
        never,
        "a payment that is not in the request"
    );
}

fn denial(parties: &mut Parties) {
    parties.decision.decision = DecisionKind::Deny;
    parties.decision.reason = Some(DenyReason::NotMe);
    parties.decision.ceremony.verification = Verification::None;
}

#[test]
fn decision_by_key_with_another_role_is_rejected() {
    // 1 is the device key that the request names. 3 and 4 are the issuer's.
    for signer in [1, 3, 4] {
        assert_eq!(rejection(|parties| parties.signer = signer), Some(RecordError::Approval), "{signer}");
    }
    let denied_by = |signer| {
        rejection(|parties| {
            denial(parties);
            parties.signer = signer;
        })
    };
    assert_eq!((denied_by(1), denied_by(2)), (None, None));
    for signer in [3, 4] {
        assert_eq!(denied_by(signer), Some(RecordError::Decision(JoseError::Kid)), "{signer}");
    }
}

#[test]
fn receipt_for_key_with_another_role_is_rejected() {
    let addressed_to =
        |byte| rejection(|parties| parties.receipt.aud = DeviceAudience(key(byte).public().thumbprint()));
    assert_eq!((addressed_to(1), addressed_to(5)), (None, None), "5 is a device key that replaced 1");
    assert_eq!(addressed_to(2), Some(RecordError::Approval), "an approval by the device key");
    assert_eq!(
        (addressed_to(3), addressed_to(4)),
        (Some(RecordError::OtherDecision), Some(RecordError::OtherDecision))
    );
}

#[test]
fn approval_without_binding_of_its_mode_is_rejected() {
    let entry = Binding::Entry { length: 6, charset: Charset::Digits };
    let choice = Binding::Choice { options: vec!["17".into(), "42".into(), "80".into()] };
    let secret = "b5TVKQ3gM_kW8-fZp1xYtA";
    for (binding, value, valid) in [
        (Binding::None, None, true),
        (Binding::None, Some("123456"), false),
        (entry.clone(), Some("123456"), true),
        (entry.clone(), None, false),
        (entry.clone(), Some("12345"), false),
        (entry, Some("12345a"), false),
        (choice.clone(), Some("42"), true),
        (choice.clone(), None, false),
        (choice, Some("43"), false),
        (Binding::Scan, Some(secret), true),
        (Binding::Scan, None, false),
        (Binding::Scan, Some("123456"), false),
    ] {
        let rejected = rejection(|parties| {
            parties.request.binding = binding.clone();
            parties.decision.binding = value.map(str::to_owned);
        });
        assert_eq!(rejected, (!valid).then_some(RecordError::Approval), "{binding:?} {value:?}");
    }
}

#[test]
fn receipt_that_contradicts_its_messages_is_rejected() {
    let other = Some(RecordError::OtherDecision);
    for (seconds, expected) in [(-61, other), (-60, None), (0, None)] {
        assert_eq!(rejection(|parties| parties.receipt.iat = at(seconds)), expected, "{seconds}");
    }
    for (number, expected) in [(6, other), (7, None), (8, None)] {
        let numbered = |parties: &mut Parties| {
            parties.decision.number = 7.try_into().unwrap();
            parties.receipt.number = number;
        };
        assert_eq!(rejection(numbered), expected, "{number}");
    }
}

/// Computes the links of these records again, as anyone can.
fn linked(records: &[Record]) -> Result<usize, EvidenceError> {
    let mut chain = Chain::default();
    let mut records = records.to_vec();
    for record in &mut records {
        let [request, decision, receipt] = record.digests();
        record.link = chain.extend(request, decision, receipt);
    }
    Evidence::of(records).verify(&DetailTypes::default()).map(|verified| verified.len())
}

#[test]
fn repeated_record_is_rejected_in_spite_of_new_links() {
    let numbered = |number: u64| {
        let mut parties = Parties::new();
        parties.decision.number = number.try_into().unwrap();
        parties.receipt.number = number;
        parties
    };
    let [one, two, three] = [1, 2, 3].map(|number| numbered(number).record(WrongHash::None));
    let repeated = |number| Err(EvidenceError::Record { number, error: RecordError::Repeated });
    assert_eq!(linked(&[one.clone(), two.clone(), three.clone()]), Ok(3));
    assert_eq!(linked(&[one.clone(), one.clone()]), repeated(2));
    assert_eq!(linked(&[one.clone(), two.clone(), one.clone()]), repeated(3));
    let same_number = numbered(1).record(WrongHash::None);
    assert_eq!(linked(&[one.clone(), same_number]), repeated(2));
    let mut asked_again = numbered(4);
    asked_again.request.txn = Parties::txn_of(&one);
    asked_again.decision.txn = Parties::txn_of(&one);
    asked_again.receipt.txn = Some(Parties::txn_of(&one));
    assert_eq!(linked(&[one.clone(), asked_again.record(WrongHash::None)]), repeated(2));
    // The limit that the documentation names: links are not signed.
    assert_eq!(linked(&[three, one]), Ok(2));
}

#[test]
fn part_signed_by_another_key_is_rejected() {
    let honest = || Parties::new().record(WrongHash::None);
    let kid = JoseError::Kid;
    let cases = [
        (Record { request_key: key(9).public().clone(), ..honest() }, RecordError::Request(kid)),
        (Record { decision_key: key(9).public().clone(), ..honest() }, RecordError::Decision(kid)),
        (Record { receipt_key: key(9).public().clone(), ..honest() }, RecordError::Receipt(kid)),
        (Record { request: honest().decision, ..honest() }, RecordError::Request(JoseError::Type)),
        (Record { receipt: String::new(), ..honest() }, RecordError::Receipt(JoseError::Parts)),
        (Record { request: honest().request, ..honest() }, RecordError::OtherRequest),
    ];
    for (record, expected) in cases {
        assert_eq!(record.verify(&DetailTypes::default()).err(), Some(expected));
    }
    let link = Some(Link { number: 2, ..honest().link });
    assert_eq!(
        Parties { link, ..Parties::new() }.record(WrongHash::None).verify(&DetailTypes::default()).err(),
        Some(RecordError::Link)
    );
}

#[test]
fn evidence_file_with_another_format_is_rejected() {
    let good = serde_json::to_string(&Evidence::of(vec![Parties::new().record(WrongHash::None)])).unwrap();
    assert!(Evidence::parse(good.as_bytes()).unwrap().verify(&DetailTypes::default()).is_ok());
    for bad in [
        String::new(),
        "{}".into(),
        good.replace("evidence/1", "evidence/2"),
        good.replacen('{', r#"{"more":1,"#, 1),
        good.replacen('{', r#"{"records":[],"#, 1),
        format!("{good}{good}"),
    ] {
        assert_eq!(Evidence::parse(bad.as_bytes()).err(), Some(EvidenceError::Unreadable), "{bad}");
    }
    let blank = |bytes: usize| Evidence::parse(&vec![b' '; bytes]).unwrap_err().code();
    assert_eq!((blank(4_194_304), blank(4_194_305)), ("unreadable", "too_large"));
    assert_eq!(Evidence::of(vec![]).verify(&DetailTypes::default()).unwrap_err().code(), "empty");
}
