//! Evidence files.

use countersign_core::details::DetailTypes;
use countersign_core::evidence::{Evidence, VerifiedEntry, VerifiedHistory, VerifiedRecord};
use serde_json::{Value, json};

use super::{Outcome, json, text};

pub(super) fn evidence(input: &Value) -> Outcome {
    let evidence = Evidence::parse(text(input).as_bytes()).map_err(|error| error.code().to_owned())?;
    let verified = evidence.verify(&DetailTypes::default()).map_err(|error| error.code().to_owned())?;
    let unchained: Vec<Value> = verified.unchained.iter().map(proved).collect();
    Ok(match evidence {
        Evidence::V1(file) => {
            let numbered = file.records.iter().zip(unchained).map(|(record, mut proved)| {
                proved["number"] = record.link.number.into();
                proved
            });
            json!({ "records": numbered.collect::<Vec<_>>() })
        }
        Evidence::V2(_) => json!({ "history": verified.history.as_ref().map(history), "unchained": unchained }),
    })
}

fn history(history: &VerifiedHistory) -> Value {
    let entry = |entry: &VerifiedEntry| match entry {
        VerifiedEntry::Answered { position, uvk, record } => {
            let mut proved = proved(record);
            proved["position"] = (*position).into();
            proved["uvk"] = json(uvk);
            proved
        }
        VerifiedEntry::Withheld { position, decision_hash } => {
            json!({ "position": position, "withheld": json(decision_hash) })
        }
    };
    json!({
        "enrol_hash": json(&history.enrol_hash),
        "records": history.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn proved(verdict: &VerifiedRecord) -> Value {
    json!({
        "issuer": json(&verdict.issuer),
        "enrolment": json(&verdict.enrolment),
        "txn": json(&verdict.txn),
        "asked_at": json(&verdict.requested_at),
        "answered_at": json(&verdict.decided_at),
        "received_at": json(&verdict.received_at),
        "answer": json(&verdict.decision),
        "reason": json(&verdict.reason),
        "outcome": json(&verdict.outcome),
        "issuer_keys": json(&verdict.issuer_keys),
        "phone_key": json(&verdict.device_key),
        "display_hash": verdict.display.as_ref().map(|display| display.hash.to_string()),
    })
}
