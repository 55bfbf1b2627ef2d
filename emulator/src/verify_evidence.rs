//! `countersign verify-evidence FILE`.

use std::io::Read as _;
use std::path::Path;

use countersign_core::details::DetailTypes;
use countersign_core::evidence::{
    Evidence, EvidenceError, MAX_EVIDENCE_BYTES, VerifiedEntry, VerifiedEvidence, VerifiedHistory, VerifiedRecord,
};
use countersign_core::jose::{Digest, Thumbprint};
use countersign_core::message::decision::{DecisionKind, DenyReason, Verification};
use countersign_core::message::receipt::Outcome;
use countersign_core::review::rfc3339;
use serde::Serialize;

use crate::cli;
use crate::failure::Failure;
use crate::phone::declared_types;
use crate::say::Voice;

/// The document that `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    ok: bool,
    /// Why verification failed; absent if it succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a Problem>,
    /// True if the issuer's keys were compared with keys from the command line.
    issuer_known: bool,
    /// The signed history; absent if the file has no decision with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<History>,
    /// The records of the history in their order, then the records without a position.
    records: Vec<Proved>,
}

/// The facts about the order of the decisions.
#[derive(Serialize)]
struct History {
    /// The SHA-256 of the enrolment message.
    enrol_hash: Digest,
    /// The number of decisions before the first record of the file.
    earlier: u64,
    /// The decisions between the records that the file names only by their hash.
    withheld: Vec<Withheld>,
}

#[derive(Serialize)]
struct Withheld {
    position: u64,
    decision_hash: Digest,
}

/// The reason why a file was rejected.
#[derive(Serialize)]
struct Problem {
    code: &'static str,
    /// The number of the rejected record, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<usize>,
    text: String,
}

/// The content of one verified record.
#[derive(Serialize)]
struct Proved {
    /// The number of decisions of the enrolment before this one; absent if the file does not prove
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    issuer: String,
    enrolment: String,
    txn: String,
    requested_at: String,
    decided_at: String,
    received_at: String,
    decision: DecisionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<DenyReason>,
    outcome: Outcome,
    /// True if the issuer accepted the decision. An approval that was not accepted approves
    /// nothing.
    counts: bool,
    shown_ms: u64,
    locale: String,
    verification: Verification,
    /// The fields on the screen; absent if the user denied without opening the request.
    display: Option<Vec<Shown>>,
    request_key: Thumbprint,
    receipt_key: Thumbprint,
    phone_key: Thumbprint,
    /// The user-verification key that the issuer named in the receipt; absent without a position.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_verification_key: Option<Thumbprint>,
}

#[derive(Serialize)]
struct Shown {
    id: String,
    label: String,
    value: String,
}

pub(crate) fn run(options: &cli::VerifyEvidence, voice: Voice) -> Result<(), Failure> {
    let file = read(&options.file)?;
    let issuer_known = !options.issuer_key.is_empty();
    let mut documents = options.types.iter().map(|file| declared_types(file)).collect::<Result<Vec<_>, _>>()?;
    let types = documents.pop().unwrap_or_default().with_earlier(documents);
    match verify(&file, &types, &options.issuer_key) {
        Ok(verified) => {
            let records = records(&verified);
            let history = verified.history.as_ref().map(history);
            print_history(history.as_ref(), voice);
            for record in &records {
                print(record, voice);
            }
            voice.say(if issuer_known {
                "The evidence is valid. The issuer's keys are among the keys you named."
            } else {
                "The evidence is valid if the keys belong to the issuer: compare them with the published keys, or name them with \
                 --issuer-key."
            });
            voice.document(&Document { ok: true, problem: None, issuer_known, history, records })
        }
        Err(problem) if options.json => {
            let document =
                Document { ok: false, problem: Some(&problem), issuer_known, history: None, records: vec![] };
            voice.document(&document)?;
            voice.say(&problem.text);
            Err(Failure::Reported)
        }
        Err(problem) => Err(Failure::Failed(problem.text)),
    }
}

/// Reads a file, or standard input for `-`. Reads at most one byte more than evidence may have.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::Usage(format!("{} cannot be read: {error}", file.display()));
    let input: Box<dyn std::io::Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(failed)?)
    };
    let most = u64::try_from(MAX_EVIDENCE_BYTES).map_or(u64::MAX, |most| most.saturating_add(1));
    let mut bytes = Vec::new();
    input.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn verify(file: &[u8], types: &DetailTypes, issuer: &[Thumbprint]) -> Result<VerifiedEvidence, Problem> {
    let verified = Evidence::parse(file).and_then(|evidence| evidence.verify(types)).map_err(|error| {
        let record = if let EvidenceError::Record { number, .. } = &error { Some(*number) } else { None };
        Problem { code: error.code(), record, text: error.to_string() }
    })?;
    let strange = |verdict: &VerifiedRecord| verdict.issuer_keys.iter().any(|key| !issuer.contains(key));
    let stranger = (1..).zip(verified.records()).find(|(_, verdict)| !issuer.is_empty() && strange(verdict));
    match stranger {
        Some((number, verdict)) => {
            let [asked, received] = verdict.issuer_keys;
            let text = format!(
                "record {number}: the request is signed by {asked} and the receipt by {received}, not by the keys you named"
            );
            Err(Problem { code: "issuer_key", record: Some(number), text })
        }
        None => Ok(verified),
    }
}

fn history(verified: &VerifiedHistory) -> History {
    let withheld = verified.entries.iter().filter_map(|entry| match entry {
        VerifiedEntry::Withheld { position, decision_hash } => {
            Some(Withheld { position: *position, decision_hash: *decision_hash })
        }
        VerifiedEntry::Answered { .. } => None,
    });
    History { enrol_hash: verified.enrol_hash, earlier: verified.earlier(), withheld: withheld.collect() }
}

/// Returns every record: those of the history in their order, then the others.
fn records(verified: &VerifiedEvidence) -> Vec<Proved> {
    let entries = verified.history.iter().flat_map(|history| &history.entries);
    let chained = entries.filter_map(|entry| match entry {
        VerifiedEntry::Answered { position, uvk, record } => {
            Some(Proved { position: Some(*position), user_verification_key: Some(*uvk), ..proved(record) })
        }
        VerifiedEntry::Withheld { .. } => None,
    });
    chained.chain(verified.unchained.iter().map(proved)).collect()
}

fn proved(verdict: &VerifiedRecord) -> Proved {
    let locale = verdict.ceremony.locale;
    let [request_key, receipt_key] = verdict.issuer_keys;
    let shown = |display: &countersign_core::review::Display| {
        let field = |field: &countersign_core::review::Field| Shown {
            id: field.id.to_string(),
            label: field.label(locale).to_owned(),
            value: field.value.clone(),
        };
        display.fields.iter().map(field).collect()
    };
    Proved {
        position: None,
        issuer: verdict.issuer.to_string(),
        enrolment: verdict.enrolment.to_string(),
        txn: verdict.txn.to_string(),
        requested_at: rfc3339(verdict.requested_at),
        decided_at: rfc3339(verdict.decided_at),
        received_at: rfc3339(verdict.received_at),
        decision: verdict.decision,
        reason: verdict.reason,
        outcome: verdict.outcome,
        counts: verdict.outcome == Outcome::Accepted,
        shown_ms: verdict.ceremony.shown_ms,
        locale: locale.as_str().to_owned(),
        verification: verdict.ceremony.verification,
        display: verdict.display.as_ref().map(shown),
        request_key,
        receipt_key,
        phone_key: verdict.device_key,
        user_verification_key: None,
    }
}

/// Prints which decisions the file does not show.
fn print_history(history: Option<&History>, voice: Voice) {
    let Some(History { enrol_hash, earlier, withheld }) = history else { return };
    voice.say(format!("Enrolment message {enrol_hash}"));
    match earlier {
        0 => voice.say("  The file begins with the first decision of the phone."),
        earlier => voice.say(format!("  Decisions of the phone before the first one of this file: {earlier}")),
    }
    for Withheld { position, decision_hash } in withheld {
        voice.say(format!("  Decision {} is not shown: {decision_hash}", position.saturating_add(1)));
    }
    voice.say("  The phone may have signed more decisions after the last one of this file.");
}

/// Prints a record for people. The values come from the display model, which makes deceptive
/// characters visible.
fn print(record: &Proved, voice: Voice) {
    let decision = describe(record.decision, record.outcome);
    let place = record.position.map_or("A decision without a position".to_owned(), |position| {
        format!("Decision {}", position.saturating_add(1))
    });
    voice.say(format!("{place} of {} at {}: {decision}", record.enrolment, record.issuer));
    voice.say(format!("  requested {}, request {}", record.requested_at, record.txn));
    voice.say(format!("  decided   {}, shown for {} ms in {}", record.decided_at, record.shown_ms, record.locale));
    voice.say(format!("  receipt   {}: {}", record.received_at, record.outcome.as_str()));
    match &record.display {
        Some(fields) => {
            for field in fields {
                voice.say(format!("  screen    {}: {}", field.label, field.value));
            }
        }
        None => voice.say("  screen    denied without opening the request"),
    }
    voice.say(format!("  keys      request  {}", record.request_key));
    voice.say(format!("            decision {}", record.phone_key));
    voice.say(format!("            receipt  {}", record.receipt_key));
}

/// Returns the decision and whether it counts.
const fn describe(decision: DecisionKind, outcome: Outcome) -> &'static str {
    match (decision, outcome) {
        (DecisionKind::Approve, Outcome::Accepted) => "approved",
        (DecisionKind::Deny, Outcome::Accepted) => "denied",
        (DecisionKind::Approve, _) => "an approval that DOES NOT COUNT",
        (DecisionKind::Deny, _) => "a denial that does not count",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_accepted_approval_reads_as_approved() {
        assert_eq!(describe(DecisionKind::Approve, Outcome::Accepted), "approved");
        for refused in
            [Outcome::BindingMismatch, Outcome::Expired, Outcome::AlreadyDecided, Outcome::Cancelled, Outcome::Policy]
        {
            assert!(describe(DecisionKind::Approve, refused).contains("NOT COUNT"), "{refused:?}");
        }
    }
}
