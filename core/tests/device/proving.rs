//! Evidence that is verified from the file alone.

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, bank_client, push};
use countersign_core::details::DetailTypes;
use countersign_core::evidence::{Evidence, EvidenceError, RecordError};
use countersign_core::message::claims::Locale;
use countersign_core::message::decision::{DecisionKind, DenyReason};
use countersign_core::message::receipt;
use countersign_core::message::request::Request;
use countersign_core::{AuthenticatorError, Outcome};

/// Reads the evidence as another program does.
fn read(evidence: &Evidence) -> Evidence {
    Evidence::parse(&serde_json::to_vec_pretty(evidence).unwrap()).unwrap()
}

#[tokio::test]
async fn approved_payment_is_verified_from_the_evidence_file() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(device.evidence(&txn), Ok(None), "nothing was answered yet");
    phone.pass(10);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    drop(device);
    let device = phone.start();
    let verdicts = read(&device.evidence(&txn).unwrap().unwrap()).verify(&DetailTypes::default()).unwrap();
    let [verdict] = verdicts.as_slice() else { panic!("{verdicts:?}") };
    assert_eq!((&verdict.txn, verdict.decision, verdict.reason), (&txn, DecisionKind::Approve, None));
    assert_eq!((verdict.outcome, verdict.number), (receipt::Outcome::Accepted, 1));
    assert_eq!(verdict.decided_at.since(verdict.requested_at), 10);
    assert_eq!((verdict.ceremony.shown_ms, verdict.ceremony.locale), (1000, Locale::En));
    let shown: Vec<&str> = verdict.display.as_ref().unwrap().fields.iter().map(|field| &*field.value).collect();
    assert!(shown.contains(&"ACME Shop") && shown.iter().any(|value| value.contains("42.50")), "{shown:?}");
    assert_eq!(device.evidence(&"unknown".parse().unwrap()), Err(AuthenticatorError::UnknownRequest));
}

#[tokio::test]
async fn evidence_spans_a_rotation_of_the_signing_key() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let id = Bank::enrolment_id();
    assert_eq!(device.evidence_of(&id), Ok(None));
    let [first, second, third] = [(); 3].map(|()| push(&bank, &device, &bank.payment()));
    assert_eq!(device.deny(&third, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    bank.rotate_signing_key();
    assert_eq!(approve(&device, &first).await, Ok(Outcome::Confirmed));
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&second, DenyReason::Other).await, Ok(Outcome::Queued));
    assert_eq!(device.evidence(&second), Ok(None), "no receipt, no evidence");
    let verdicts = read(&device.evidence_of(&id).unwrap().unwrap()).verify(&DetailTypes::default()).unwrap();
    let actual: Vec<_> = verdicts.iter().map(|verdict| (verdict.number, &verdict.txn, verdict.decision)).collect();
    assert_eq!(actual, [(1, &third, DecisionKind::Deny), (2, &first, DecisionKind::Approve)]);
    assert_eq!((&verdicts[0].display, verdicts[0].reason), (&None, Some(DenyReason::NotMe)), "denied unseen");
    let [asked_by, received_by] = verdicts[1].issuer_keys;
    assert_ne!(asked_by, received_by, "the key rotations in between");
    assert_eq!(verdicts[0].issuer_keys, [asked_by, asked_by]);
    assert_ne!(verdicts[0].device_key, verdicts[1].device_key, "DK denies, UVK approves");
}

#[tokio::test]
async fn evidence_with_missing_or_moved_record_is_rejected() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    for _ in 0..4 {
        let txn = push(&bank, &device, &bank.payment());
        assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    }
    let whole = device.evidence_of(&Bank::enrolment_id()).unwrap().unwrap();
    assert_eq!(whole.verify(&DetailTypes::default()).unwrap().len(), 4);
    let gap = |number| Err(EvidenceError::Record { number, error: RecordError::Gap });
    let mut without = whole.clone();
    without.records.remove(1);
    assert_eq!(without.verify(&DetailTypes::default()), gap(2));
    let mut turned = whole.clone();
    turned.records.swap(2, 3);
    assert_eq!(turned.verify(&DetailTypes::default()), gap(3));
    let mut twice = whole.clone();
    twice.records.insert(1, whole.records[0].clone());
    assert_eq!(twice.verify(&DetailTypes::default()), gap(2));
    let mut renumbered = whole.clone();
    renumbered.records.remove(1);
    renumbered.records[1].link = whole.records[1].link;
    assert_eq!(
        renumbered.verify(&DetailTypes::default()),
        Err(EvidenceError::Record { number: 2, error: RecordError::Link })
    );
}

#[tokio::test]
async fn evidence_with_a_changed_character_is_rejected() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &Request { client: bank_client("Ä"), ..bank.payment() });
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    let text = serde_json::to_string(&device.evidence(&txn).unwrap().unwrap()).unwrap();
    let mut tried = 0;
    // Every third byte, because a full run takes a minute.
    for at in (0..text.len()).step_by(3) {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let proved = Evidence::parse(&changed).and_then(|evidence| evidence.verify(&DetailTypes::default()));
        assert!(proved.is_err(), "{at}: {}", String::from_utf8_lossy(&changed));
        tried += 1;
    }
    assert!(tried > 500, "{tried}");
}
