//! Single records.

use super::*;
use crate::evidence::VerifiedRecord;

fn verify(record: &Record) -> Result<VerifiedRecord, RecordError> {
    record.verify_unchained(&DetailTypes::default())
}

/// Returns the reason why a changed record is rejected.
fn rejection(change: impl FnOnce(&mut Parties)) -> Option<RecordError> {
    let mut parties = Parties::new();
    change(&mut parties);
    parties.record(WrongHash::None).verify_unchained(&DetailTypes::default()).err()
}

#[test]
fn valid_record_is_verified() {
    let verified = verify(&Parties::new().record(WrongHash::None)).unwrap();
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
    assert_eq!(Parties::new().record(WrongHash::RequestHash).verify_unchained(&DetailTypes::default()).err(), other);
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
    assert_eq!(Parties::new().record(WrongHash::MessageHash).verify_unchained(&DetailTypes::default()).err(), other);
    assert_eq!(
        Parties::new().record(WrongHash::ReceiptRequestHash).verify_unchained(&DetailTypes::default()).err(),
        other
    );
    assert_eq!(rejection(|parties| parties.receipt.iss = "https://other.example".parse().unwrap()), other);
    assert_eq!(rejection(|parties| parties.receipt.sub = "enrolment-2".parse().unwrap()), other);
    assert_eq!(rejection(|parties| parties.receipt.txn = None), other);
    assert_eq!(rejection(|parties| parties.receipt.txn = Some(Txn::random().unwrap())), other);
}

#[test]
fn approval_of_another_display_is_rejected() {
    assert_eq!(
        Parties::new().record(WrongHash::DisplayHash).verify_unchained(&DetailTypes::default()).err(),
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

pub(super) fn denial(parties: &mut Parties) {
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
        assert_eq!(record.verify_unchained(&DetailTypes::default()).err(), Some(expected));
    }
}
