//! Records that are correctly signed but must be rejected.

use super::{Chain, Evidence, EvidenceError, Link, Record, RecordError};
use crate::details::DetailTypes;
use crate::jose::{Digest, JoseError, SigningKey};
use crate::message::Message as _;
use crate::message::claims::{DeviceAudience, Jti, Locale, Nonce, Timestamp, Txn};
use crate::message::decision::{Ceremony, Decision, DecisionKind, DenyReason, Payment, Verification};
use crate::message::receipt::{Outcome, Receipt};
use crate::message::request::{Binding, Client, Request, Uv};
use crate::message::status::EnrolmentState;
use crate::review::display;

/// The messages of three honest parties. Tests change them before they are signed.
struct Parties {
    request: Request,
    decision: Decision,
    receipt: Receipt,
    link: Option<Link>,
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
        Self { request, decision, receipt, link: None }
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
        let decision = self.decision.sign(&key(2)).unwrap();
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
            decision_key: key(2).public().clone(),
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
    let deny = |parties: &mut Parties| {
        parties.decision.decision = DecisionKind::Deny;
        parties.decision.reason = Some(DenyReason::NotMe);
        parties.decision.ceremony.verification = Verification::None;
    };
    assert_eq!(rejection(deny), None);
    let denied_unseen = |parties: &mut Parties| {
        deny(parties);
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
