//! What the user answered.

use super::Authenticator;
use crate::device::{Entry, EntryState};
use crate::error::AuthenticatorError;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp, Txn};
use countersign_protocol::message::decision::{DecisionKind, DenyReason};
use countersign_protocol::message::receipt;
use countersign_protocol::text;

/// One answer. The value that the user typed or chose is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The request's name on this device.
    pub txn: Txn,
    /// Who asked, as it was shown.
    pub client: String,
    /// What the user said.
    pub answer: DecisionKind,
    /// Why, if it was a denial.
    pub reason: Option<DenyReason>,
    /// What became of it; nothing while it waits for its receipt.
    pub outcome: Option<receipt::Outcome>,
    /// When it was answered, by trusted time.
    pub at: Timestamp,
}

impl Authenticator {
    /// The answers given for an enrolment that are still kept (the last fifty and younger ones), oldest first.
    pub fn history(&self, enrolment: &EnrolmentId) -> Result<Vec<HistoryEntry>, AuthenticatorError> {
        let state = self.inner.state();
        let mut answers: Vec<HistoryEntry> = state.enrolment(enrolment)?.entries.iter().filter_map(answered).collect();
        drop(state);
        answers.sort_by_key(|entry| entry.at);
        Ok(answers)
    }
}

fn answered(entry: &Entry) -> Option<HistoryEntry> {
    let (answer, outcome) = match &entry.state {
        EntryState::Queued(answer) => (answer, None),
        EntryState::Settled(settled) => (&settled.answer, Some(settled.outcome)),
        EntryState::Pending | EntryState::Ended(_) => return None,
    };
    Some(HistoryEntry {
        txn: entry.request.txn.clone(),
        client: text::name(&entry.request.client.name).shown().to_owned(),
        answer: answer.answer,
        reason: answer.reason,
        outcome,
        at: answer.at.unwrap_or(entry.received_at),
    })
}
