//! Records that are well signed and prove nothing all the same.

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

/// Three well-behaved parties that can be told to misbehave before they sign.
struct Story {
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

impl Story {
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

    /// Signs all three, each with the hashes of the ones before, unless it was given others.
    fn record(mut self, other: Other) -> Record {
        let request = self.request.sign(&key(3)).unwrap();
        let request_hash = Digest::of(request.as_bytes());
        if other != Other::RequestHash {
            self.decision.request_hash = request_hash;
        }
        if self.decision.display_hash.is_some() && other != Other::DisplayHash {
            self.decision.display_hash =
                Some(display(&self.request, self.decision.ceremony.locale, &DetailTypes::default()).hash);
        }
        let decision = self.decision.sign(&key(2)).unwrap();
        let decision_hash = Digest::of(decision.as_bytes());
        if other != Other::MessageHash {
            self.receipt.message_hash = decision_hash;
        }
        if other != Other::ReceiptRequestHash {
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

/// Which hash is left wrong.
#[derive(PartialEq)]
enum Other {
    None,
    RequestHash,
    DisplayHash,
    MessageHash,
    ReceiptRequestHash,
}

/// What is found wrong with the story once it was changed so.
fn rejection(change: impl FnOnce(&mut Story)) -> Option<RecordError> {
    let mut story = Story::new();
    change(&mut story);
    story.record(Other::None).verify(&DetailTypes::default()).err()
}

#[test]
fn an_honest_story_holds() {
    let verdict = Story::new().record(Other::None).verify(&DetailTypes::default()).unwrap();
    assert_eq!(verdict.issuer_keys, [key(3).public().thumbprint(), key(4).public().thumbprint()]);
    assert_eq!(verdict.device_key, key(2).public().thumbprint());
    assert_eq!(rejection(|story| story.receipt.outcome = Outcome::Expired), None, "a refusal is evidence too");
}

#[test]
fn a_decision_answers_its_own_request_only() {
    let other = Some(RecordError::OtherRequest);
    assert_eq!(Story::new().record(Other::RequestHash).verify(&DetailTypes::default()).err(), other);
    assert_eq!(rejection(|story| story.decision.iss = "enrolment-2".parse().unwrap()), other);
    assert_eq!(rejection(|story| story.decision.aud = "https://other.example".parse().unwrap()), other);
    assert_eq!(rejection(|story| story.decision.txn = Txn::random().unwrap()), other);
    assert_eq!(rejection(|story| story.decision.nonce = Nonce::random().unwrap()), other);
    assert_eq!(rejection(|story| story.decision.exp = at(301)), other);
}

#[test]
fn a_decision_lies_within_the_life_of_its_request() {
    let other = Some(RecordError::OtherRequest);
    for (seconds, expected) in [(-61, other), (-60, None), (0, None), (300, None), (360, None), (361, other)] {
        assert_eq!(rejection(|story| story.decision.iat = at(seconds)), expected, "{seconds}");
    }
    for (life, expected) in [(0, other), (1, None), (600, None), (601, other)] {
        let ends = |story: &mut Story| {
            story.request.exp = at(life);
            story.decision.exp = at(life);
        };
        assert_eq!(rejection(ends), expected, "{life}");
    }
}

#[test]
fn a_receipt_is_for_its_own_decision_only() {
    let other = Some(RecordError::OtherDecision);
    assert_eq!(Story::new().record(Other::MessageHash).verify(&DetailTypes::default()).err(), other);
    assert_eq!(Story::new().record(Other::ReceiptRequestHash).verify(&DetailTypes::default()).err(), other);
    assert_eq!(rejection(|story| story.receipt.iss = "https://other.example".parse().unwrap()), other);
    assert_eq!(rejection(|story| story.receipt.sub = "enrolment-2".parse().unwrap()), other);
    assert_eq!(rejection(|story| story.receipt.txn = None), other);
    assert_eq!(rejection(|story| story.receipt.txn = Some(Txn::random().unwrap())), other);
}

#[test]
fn an_approval_names_what_this_version_shows() {
    assert_eq!(
        Story::new().record(Other::DisplayHash).verify(&DetailTypes::default()).err(),
        Some(RecordError::Display)
    );
    let deny = |story: &mut Story| {
        story.decision.decision = DecisionKind::Deny;
        story.decision.reason = Some(DenyReason::NotMe);
        story.decision.ceremony.verification = Verification::None;
    };
    assert_eq!(rejection(deny), None);
    let denied_unseen = |story: &mut Story| {
        deny(story);
        story.decision.display_hash = None;
    };
    assert_eq!(rejection(denied_unseen), None);
}

#[test]
fn an_approval_is_one_that_a_phone_gives() {
    let never = Some(RecordError::Approval);
    assert_eq!(rejection(|story| story.decision.display_hash = None), never);
    assert_eq!(rejection(|story| story.decision.reason = Some(DenyReason::Other)), never);
    assert_eq!(rejection(|story| story.decision.ceremony.verification = Verification::None), never);
    assert_eq!(rejection(|story| story.request.uv = Uv::None), never);
    assert_eq!(rejection(|story| story.request.client.name = "A\u{202E}B".into()), never);
    let payment = Payment { amount: "1.00".into(), currency: "EUR".into(), payee: "ACME".into(), account: None };
    assert_eq!(
        rejection(|story| story.decision.payments = Some(vec![payment])),
        never,
        "a payment that nobody asked for"
    );
}

#[test]
fn each_part_is_signed_by_the_key_beside_it() {
    let honest = || Story::new().record(Other::None);
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
        Story { link, ..Story::new() }.record(Other::None).verify(&DetailTypes::default()).err(),
        Some(RecordError::Link)
    );
}

#[test]
fn a_file_is_its_format_and_nothing_else() {
    let good = serde_json::to_string(&Evidence::of(vec![Story::new().record(Other::None)])).unwrap();
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
    assert_eq!(Evidence::parse(&vec![b' '; super::MAX_EVIDENCE_BYTES + 1]).err(), Some(EvidenceError::TooLarge));
    assert_eq!(Evidence::of(vec![]).verify(&DetailTypes::default()).err(), Some(EvidenceError::Empty));
}
