//! Evidence of settled decisions.

use super::Authenticator;
use crate::device::{Entry, EntryState};
use crate::error::AuthenticatorError;
use countersign_protocol::evidence::{Evidence, Record};
use countersign_protocol::message::claims::{EnrolmentId, Txn};

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
        let (_, entry) = state.entry(txn)?;
        Ok(record(entry).map(|record| Evidence::of(vec![record])))
    }

    /// Returns the evidence of the latest decisions of an enrolment, in the order of their
    /// receipts.
    ///
    /// It covers the stored decisions (at least the last fifty) back to the first gap in the chain.
    /// Returns `None` if there is none.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn evidence_of(&self, enrolment: &EnrolmentId) -> Result<Option<Evidence>, AuthenticatorError> {
        let state = self.inner.state();
        let mut records: Vec<Record> = state.enrolment(enrolment)?.entries.iter().filter_map(record).collect();
        drop(state);
        records.sort_by_key(|record| record.link.number);
        // Old requests are dropped in the order of their arrival, which is not that of the
        // receipts.
        let gap = records.windows(2).rposition(|pair| matches!(pair, [one, next] if !next.link.follows(&one.link)));
        let records = records.split_off(gap.map_or(0, |at| at + 1));
        Ok((!records.is_empty()).then(|| Evidence::of(records)))
    }
}

fn record(entry: &Entry) -> Option<Record> {
    let EntryState::Settled(settled) = &entry.state else { return None };
    Some(Record {
        request: entry.jws.clone(),
        decision: settled.decision.jws.clone(),
        receipt: settled.receipt.clone(),
        request_key: entry.request_key.clone()?,
        decision_key: settled.decision.key.clone()?,
        receipt_key: settled.receipt_key.clone()?,
        link: settled.link?,
    })
}
