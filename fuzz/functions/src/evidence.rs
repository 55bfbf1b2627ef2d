//! Evidence files: as received, and with correctly signed and linked records of any claims.

use countersign_core::details::DetailTypes;
use countersign_core::evidence::{Chain, Evidence, Record};
use countersign_core::jose::{Digest, SigningKey};
use countersign_core::message::decision::DecisionKind;

use crate::keys::{keys, raw, signed};

/// Checks a file. `c` and lines of claims: three lines for each record (request, decision,
/// receipt), with `$request` and `$decision` for their hashes. Anything else is a file.
pub fn run(input: &[u8]) {
    let file = match crate::choice(input) {
        Some((b'c', text)) => written(text),
        _ => input.to_vec(),
    };
    let Ok(evidence) = Evidence::parse(&file) else { return };
    let again = serde_json::to_vec(&evidence).unwrap();
    assert!(Evidence::parse(&again).is_ok_and(|again| again == evidence));
    let types = DetailTypes::default();
    let Ok(verdicts) = evidence.verify(&types) else { return };
    assert!(!verdicts.is_empty() && verdicts.len() == evidence.records.len());
    for verdict in &verdicts {
        let shown = verdict.display.as_ref();
        assert!(
            verdict.decision == DecisionKind::Deny || shown.is_some_and(|display| display.approvable.is_ok()),
            "approval without a display"
        );
    }
    changed(&evidence, &types);
}

fn written(text: &str) -> Vec<u8> {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut chain = Chain::default();
    let records: Vec<Record> = lines.chunks_exact(3).map_while(|claims| record(claims, &mut chain)).collect();
    serde_json::to_vec(&Evidence::of(records)).unwrap()
}

fn record(claims: &[&str], chain: &mut Chain) -> Option<Record> {
    let sign = |typ: &str, claims: &str, key: &SigningKey| Some(signed(typ, &raw(claims)?, key));
    let hash = |jws: &str| Digest::of(jws.as_bytes());
    let request = sign("adp-request+jwt", claims[0], &keys().server)?;
    let asked = hash(&request).to_string();
    let key = if claims[1].contains("\"deny\"") { &keys().dk } else { &keys().uvk };
    let decision = sign("adp-decision+jwt", &claims[1].replace("$request", &asked), key)?;
    let receipt = claims[2].replace("$request", &asked).replace("$decision", &hash(&decision).to_string());
    let receipt = sign("adp-receipt+jwt", &receipt, &keys().server)?;
    Some(Record {
        request_key: keys().server.public().clone(),
        decision_key: key.public().clone(),
        receipt_key: keys().server.public().clone(),
        link: chain.extend(hash(&request), hash(&decision), hash(&receipt)),
        request,
        decision,
        receipt,
    })
}

/// Checks that changed files are rejected.
fn changed(evidence: &Evidence, types: &DetailTypes) {
    let with = |change: &dyn Fn(&mut Record)| {
        let mut other = evidence.clone();
        change(&mut other.records[0]);
        other.verify(types).is_ok()
    };
    assert!(!with(&|record| record.link.number += 1), "other position in the history accepted");
    assert!(!with(&|record| record.decision_key = keys().stranger.public().clone()), "other phone key accepted");
    assert!(!with(&|record| record.request_key = keys().stranger.public().clone()), "other issuer key accepted");
    assert!(!with(&|record| record.receipt.clone_from(&record.decision)), "record without a receipt accepted");
}
