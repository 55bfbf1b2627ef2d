//! Evidence files.

use countersign_core::details::DetailTypes;
use countersign_core::evidence::{Evidence, VerifiedRecord};
use serde_json::{Value, json};

use super::{Outcome, json, text};

pub(super) fn evidence(input: &Value) -> Outcome {
    let verdicts = Evidence::parse(text(input).as_bytes())
        .and_then(|evidence| evidence.verify(&DetailTypes::default()))
        .map_err(|error| error.code().to_owned())?;
    Ok(json!({ "records": verdicts.iter().map(proved).collect::<Vec<_>>() }))
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
        "number": verdict.number,
        "display_hash": verdict.display.as_ref().map(|display| display.hash.to_string()),
    })
}
