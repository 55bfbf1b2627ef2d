//! What this phone can prove.

use super::Authenticator;
use crate::device::{Entry, EntryState};
use crate::error::AuthenticatorError;
use countersign_protocol::evidence::{Evidence, Record};
use countersign_protocol::message::claims::{EnrolmentId, Txn};

impl Authenticator {
    /// Evidence of one answer: request, decision and receipt with the keys that signed them. Nothing while it has no receipt,
    /// or if it was answered by a version that did not keep the keys.
    pub fn evidence(&self, txn: &Txn) -> Result<Option<Evidence>, AuthenticatorError> {
        let state = self.inner.state();
        let (_, entry) = state.entry(txn)?;
        Ok(record(entry).map(|record| Evidence::of(vec![record])))
    }

    /// Evidence of the latest answers of an enrolment, in the order in which their receipts came: of all that are still kept
    /// (the last fifty and younger ones) and follow one another without a gap. Nothing if there is none.
    pub fn evidence_of(&self, enrolment: &EnrolmentId) -> Result<Option<Evidence>, AuthenticatorError> {
        let state = self.inner.state();
        let mut records: Vec<Record> = state.enrolment(enrolment)?.entries.iter().filter_map(record).collect();
        drop(state);
        records.sort_by_key(|record| record.link.number);
        // Requests are forgotten in the order in which they came, receipts come in another one.
        let gap = records.windows(2).rposition(|pair| matches!(pair, [one, next] if !next.link.follows(&one.link)));
        let records = records.split_off(gap.map_or(0, |at| at + 1));
        Ok((!records.is_empty()).then(|| Evidence::of(records)))
    }
}

fn record(entry: &Entry) -> Option<Record> {
    let EntryState::Settled(settled) = &entry.state else { return None };
    Some(Record {
        request: entry.jws.clone(),
        decision: settled.answer.jws.clone(),
        receipt: settled.receipt.clone(),
        request_key: entry.request_key.clone()?,
        decision_key: settled.answer.key.clone()?,
        receipt_key: settled.receipt_key.clone()?,
        link: settled.link?,
    })
}
