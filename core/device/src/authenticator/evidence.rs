//! Evidence of settled decisions.

use super::Authenticator;
use crate::device::{DecisionHistory, Enrolment, Entry, EntryState};
use crate::error::AuthenticatorError;
use countersign_protocol::evidence::{Evidence, HistoryEvidence, HistoryRecord, Record};
use countersign_protocol::jose::Thumbprint;
use countersign_protocol::message::claims::{EnrolmentId, Txn};
use countersign_protocol::message::open;
use countersign_protocol::message::receipt::Receipt;

impl Authenticator {
    /// Returns the evidence of one decision: request, decision and receipt with the keys that
    /// signed them.
    ///
    /// Returns `None` if the decision has no receipt, or if it was stored by a version that did not
    /// store the keys.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownRequest`] without such a request.
    pub fn evidence(&self, txn: &Txn) -> Result<Option<Evidence>, AuthenticatorError> {
        let state = self.inner.state();
        let (enrolment, entry) = state.entry(txn)?;
        Ok(file(&enrolment.history, std::slice::from_ref(entry)))
    }

    /// Returns the evidence of the stored decisions of an enrolment (at least the last fifty).
    ///
    /// Decisions with a history are in the order in which this device signed them, from the oldest
    /// stored one to the last one with a receipt. A decision in between that has no receipt, or
    /// that is no longer stored, is included as its hash. Decisions without a history are in no
    /// order. Returns `None` if there is no decision with a receipt.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn evidence_of(&self, enrolment: &EnrolmentId) -> Result<Option<Evidence>, AuthenticatorError> {
        let state = self.inner.state();
        let Enrolment { history, entries, .. } = state.enrolment(enrolment)?;
        Ok(file(history, entries))
    }
}

/// A record of a decision with a history.
struct Chained {
    count: u64,
    uvk: Thumbprint,
    record: Record,
}

/// Returns the file with these requests, as far as they have a receipt.
fn file(history: &DecisionHistory, entries: &[Entry]) -> Option<Evidence> {
    let mut unchained = Vec::new();
    let mut chained = Vec::new();
    for entry in entries {
        match record(entry) {
            Some((record, None)) => unchained.push(record),
            Some((record, Some(count))) => chained.extend(named_uvk(&record).map(|uvk| Chained { count, uvk, record })),
            None => {}
        }
    }
    chained.sort_by_key(|chained| chained.count);
    let history = consecutive(history, chained);
    (history.is_some() || !unchained.is_empty()).then(|| Evidence::of(history, unchained))
}

/// Returns the record of an entry and the number of decisions before its own.
fn record(entry: &Entry) -> Option<(Record, Option<u64>)> {
    let EntryState::Settled(settled) = &entry.state else { return None };
    let record = Record {
        request: entry.jws.clone(),
        decision: settled.decision.jws.clone(),
        receipt: settled.receipt.clone(),
        request_key: entry.request_key.clone()?,
        decision_key: settled.decision.key.clone()?,
        receipt_key: settled.receipt_key.clone()?,
    };
    Some((record, settled.decision.history.map(|history| history.count)))
}

fn named_uvk(record: &Record) -> Option<Thumbprint> {
    let receipt = open::<Receipt>(&record.receipt, |_| Some(&record.receipt_key)).ok()?;
    receipt.message.proved.map(|proved| proved.uvk)
}

/// Returns the records, which are in order, with the hashes of the decisions between them.
///
/// The oldest records are left out if the device no longer has the hash of a decision or the
/// replacement of a user-verification key that follows them.
fn consecutive(history: &DecisionHistory, chained: Vec<Chained>) -> Option<HistoryEvidence> {
    let mut evidence = HistoryEvidence { enrol_hash: history.enrol_hash()?, replacements: vec![], records: vec![] };
    let mut last: Option<(u64, Thumbprint)> = None;
    for Chained { count, uvk, record } in chained {
        let between = last.and_then(|(before, old)| {
            let hashes: Option<Vec<_>> = (before.checked_add(1)?..count).map(|count| history.hash_of(count)).collect();
            Some((hashes?, history.replacements_between(old, uvk)?))
        });
        match between {
            Some((hashes, replacements)) => {
                evidence.records.extend(hashes.into_iter().map(HistoryRecord::Withheld));
                evidence.replacements.extend(replacements.iter().cloned());
            }
            None => {
                evidence.records.clear();
                evidence.replacements.clear();
            }
        }
        evidence.records.push(HistoryRecord::Answered(Box::new(record)));
        last = Some((count, uvk));
    }
    (!evidence.records.is_empty()).then_some(evidence)
}
