//! Evidence files: as received, and with correctly signed records of any claims in one history.

use countersign_core::details::DetailTypes;
use countersign_core::evidence::{
    Evidence, EvidenceFile, HistoryEvidence, HistoryRecord, Record, VerifiedEntry, VerifiedEvidence,
};
use countersign_core::jose::{Digest, SigningKey};
use countersign_core::message::decision::DecisionKind;
use countersign_core::message::history::History;

use crate::keys::{keys, raw, signed};

/// Checks a file. `c` and lines of claims: three lines for each record (request, decision,
/// receipt), with `$request` and `$decision` for their hashes, `$head` for the head of the history
/// and `$uvk` for the user-verification key. Anything else is a file.
pub fn run(input: &[u8]) {
    let file = match crate::choice(input) {
        Some((b'c', text)) => written(text),
        _ => input.to_vec(),
    };
    let Ok(evidence) = Evidence::parse(&file) else { return };
    let again = serde_json::to_vec(&evidence).unwrap();
    assert!(Evidence::parse(&again).is_ok_and(|again| again == evidence));
    let types = DetailTypes::default();
    let Ok(verified) = evidence.verify(&types) else { return };
    assert!(verified.records().next().is_some());
    for record in verified.records() {
        let shown = record.display.as_ref();
        assert!(
            record.decision == DecisionKind::Deny || shown.is_some_and(|display| display.approvable.is_ok()),
            "approval without a display"
        );
    }
    assert_consecutive(&verified);
    if let Evidence::V2(file) = &evidence {
        changed(file, &types);
    }
}

fn assert_consecutive(verified: &VerifiedEvidence) {
    let Some(history) = &verified.history else { return };
    let positions: Vec<u64> = history.entries.iter().map(VerifiedEntry::position).collect();
    assert!(positions.windows(2).all(|pair| pair[0] + 1 == pair[1]), "a gap in the history");
}

fn written(text: &str) -> Vec<u8> {
    let lines: Vec<&str> = text.split('\n').collect();
    let (mut history, mut chained, mut unchained) = (History::default(), Vec::new(), Vec::new());
    for claims in lines.chunks_exact(3) {
        let Some(record) = record(claims, &history) else { break };
        if claims[1].contains("$head") {
            history = history.after(&Digest::of(record.decision.as_bytes()));
            chained.push(HistoryRecord::Answered(Box::new(record)));
        } else {
            unchained.push(record);
        }
    }
    let enrol_hash = Digest::of(b"enrol");
    let history = (!chained.is_empty()).then(|| HistoryEvidence { enrol_hash, replacements: vec![], records: chained });
    serde_json::to_vec(&Evidence::of(history, unchained)).unwrap()
}

fn record(claims: &[&str], history: &History) -> Option<Record> {
    let sign = |typ: &str, claims: &str, key: &SigningKey| Some(signed(typ, &raw(claims)?, key));
    let hash = |jws: &str| Digest::of(jws.as_bytes());
    let request = sign("adp-request+jwt", claims[0], &keys().server)?;
    let asked = hash(&request).to_string();
    let key = if claims[1].contains("\"deny\"") { &keys().dk } else { &keys().uvk };
    let decision = claims[1].replace("$request", &asked).replace("$head", &history.head.to_string());
    let decision = sign("adp-decision+jwt", &decision, key)?;
    let receipt = claims[2].replace("$request", &asked).replace("$decision", &hash(&decision).to_string());
    let receipt = receipt.replace("$uvk", &keys().uvk.public().thumbprint().to_string());
    let receipt = sign("adp-receipt+jwt", &receipt, &keys().server)?;
    Some(Record {
        request_key: keys().server.public().clone(),
        decision_key: key.public().clone(),
        receipt_key: keys().server.public().clone(),
        request,
        decision,
        receipt,
    })
}

/// Checks that changed files are rejected.
fn changed(file: &EvidenceFile, types: &DetailTypes) {
    let verify = |file: &EvidenceFile| Evidence::V2(file.clone()).verify(types).is_ok();
    let with = |change: &dyn Fn(&mut Record)| {
        let mut other = file.clone();
        let chained = other.history.as_mut().and_then(|history| history.records.first_mut());
        match chained {
            Some(HistoryRecord::Answered(record)) => change(record),
            _ => other.unchained.first_mut().into_iter().for_each(change),
        }
        verify(&other)
    };
    assert!(!with(&|record| record.decision_key = keys().stranger.public().clone()), "other phone key accepted");
    assert!(!with(&|record| record.request_key = keys().stranger.public().clone()), "other issuer key accepted");
    assert!(!with(&|record| record.receipt.clone_from(&record.decision)), "record without a receipt accepted");
    let mut other = file.clone();
    let Some(history) = &mut other.history else { return };
    history.enrol_hash = Digest::of(b"other");
    assert!(!verify(&other), "other enrolment accepted");
    let mut other = file.clone();
    let Some(history) = &mut other.history else { return };
    history.records.extend(history.records.first().cloned());
    assert!(!verify(&other), "repeated record accepted");
}
