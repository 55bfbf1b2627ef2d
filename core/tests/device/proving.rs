//! Evidence that is verified from the file alone.

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, bank_client, id, push};
use countersign_core::details::DetailTypes;
use countersign_core::evidence::{
    Evidence, EvidenceError, EvidenceFile, HistoryRecord, RecordError, VerifiedEvidence, VerifiedHistory,
};
use countersign_core::message::claims::Locale;
use countersign_core::message::decision::{DecisionKind, DenyReason};
use countersign_core::message::receipt;
use countersign_core::message::request::Request;
use countersign_core::{Authenticator, AuthenticatorError, Outcome};

/// Reads the evidence as another program does.
fn read(evidence: &Evidence) -> Evidence {
    Evidence::parse(&serde_json::to_vec_pretty(evidence).unwrap()).unwrap()
}

fn verify(evidence: &Evidence) -> VerifiedEvidence {
    read(evidence).verify(&DetailTypes::default()).unwrap()
}

fn history_of(device: &Authenticator) -> VerifiedHistory {
    verify(&device.evidence_of(&id()).unwrap().unwrap()).history.unwrap()
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
    let verified = verify(&device.evidence(&txn).unwrap().unwrap());
    let history = verified.history.as_ref().unwrap();
    assert_eq!((history.earlier(), history.entries.len()), (0, 1));
    assert_eq!(Some(history.enrol_hash), bank.kept.lock().unwrap().enrol_hash);
    let verdicts: Vec<_> = verified.records().collect();
    let [verdict] = verdicts.as_slice() else { panic!("{verdicts:?}") };
    assert_eq!((&verdict.txn, verdict.decision, verdict.reason), (&txn, DecisionKind::Approve, None));
    assert_eq!(verdict.outcome, receipt::Outcome::Accepted);
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
    assert_eq!(device.evidence_of(&id()), Ok(None));
    let [first, second, third] = [(); 3].map(|()| push(&bank, &device, &bank.payment()));
    assert_eq!(device.deny(&third, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    bank.rotate_signing_key();
    assert_eq!(approve(&device, &first).await, Ok(Outcome::Confirmed));
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&second, DenyReason::Other).await, Ok(Outcome::Queued));
    assert_eq!(device.evidence(&second), Ok(None), "no receipt, no evidence");
    let verified = verify(&device.evidence_of(&id()).unwrap().unwrap());
    let verdicts: Vec<_> = verified.records().collect();
    let actual: Vec<_> = verdicts.iter().map(|verdict| (&verdict.txn, verdict.decision)).collect();
    assert_eq!(actual, [(&third, DecisionKind::Deny), (&first, DecisionKind::Approve)]);
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
    assert_eq!(history_of(&device).entries.len(), 4);
    let changed = |change: &dyn Fn(&mut Vec<HistoryRecord>)| {
        let Some(Evidence::V2(EvidenceFile { history, unchained, .. })) = device.evidence_of(&id()).unwrap() else {
            panic!("another format");
        };
        let mut history = history.unwrap();
        change(&mut history.records);
        Evidence::of(Some(history), unchained).verify(&DetailTypes::default()).err()
    };
    let moved = |number| Some(EvidenceError::Record { number, error: RecordError::History });
    assert_eq!(changed(&|_| {}), None);
    assert_eq!(changed(&|records| drop(records.remove(1))), moved(2));
    assert_eq!(changed(&|records| records.swap(2, 3)), moved(3));
    assert_eq!(changed(&|records| records.insert(1, records[0].clone())), moved(2));
    assert_eq!(changed(&|records| drop(records.drain(..2))), None, "a part of the history");
}

#[tokio::test]
async fn decision_without_receipt_is_withheld_by_hash() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let [first, lost, last] = [(); 3].map(|()| push(&bank, &device, &bank.payment()));
    assert_eq!(approve(&device, &first).await, Ok(Outcome::Confirmed));
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&lost, DenyReason::NotMe).await, Ok(Outcome::Queued));
    assert_eq!(approve(&device, &last).await, Ok(Outcome::Confirmed));
    let history = history_of(&device);
    assert_eq!((history.entries.len(), history.withheld()), (3, 1));
    // Its receipt arrives, and the record is complete.
    assert_eq!(device.refresh().await.unwrap().failed, []);
    let history = history_of(&phone.start());
    assert_eq!((history.entries.len(), history.withheld()), (3, 0));
    assert_eq!(verify(&device.evidence(&last).unwrap().unwrap()).history.unwrap().earlier(), 2);
}

#[tokio::test]
async fn denial_that_was_signed_again_is_in_the_history_twice() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let [denied, approved] = [(); 2].map(|()| push(&bank, &device, &bank.payment()));
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&denied, DenyReason::NotMe).await, Ok(Outcome::Queued));
    assert_eq!(approve(&device, &approved).await, Ok(Outcome::Confirmed));
    device.rotate_keys(&id()).await.unwrap();
    assert_eq!(device.refresh().await.unwrap().failed, []);
    let history = history_of(&device);
    assert_eq!((history.earlier(), history.entries.len()), (1, 2), "the first bytes have no receipt");
    assert_eq!(verify(&device.evidence(&denied).unwrap().unwrap()).history.unwrap().earlier(), 2);
}

#[tokio::test]
async fn answered_records_survive_unanswered_requests() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    for _ in 0..3 {
        let txn = push(&bank, &device, &bank.payment());
        assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    }
    let before = history_of(&device);
    for _ in 0..1_000 {
        push(&bank, &device, &bank.payment());
        phone.pass(301);
    }
    assert_eq!(history_of(&device), before);
    assert_eq!(device.history(&id()).unwrap().len(), 3);
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
