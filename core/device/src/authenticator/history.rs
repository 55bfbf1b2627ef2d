//! The user's decisions, for a list in the app.

use super::Authenticator;
use crate::device::{Entry, EntryState};
use crate::error::AuthenticatorError;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp, Txn};
use countersign_protocol::message::decision::{DecisionKind, DenyReason};
use countersign_protocol::message::receipt;
use countersign_protocol::text;

/// A decision of the user. It does not contain the binding value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The id of the request.
    pub txn: Txn,
    /// The name of the client as it was shown.
    pub client: String,
    /// Approval or denial.
    pub decision: DecisionKind,
    /// The reason of a denial.
    pub reason: Option<DenyReason>,
    /// The outcome that the receipt states. `None` while the decision waits for its receipt, and if
    /// it was abandoned.
    pub outcome: Option<receipt::Outcome>,
    /// True if the decision was abandoned: it has no receipt and can no longer be accepted. The
    /// issuer has not confirmed whether an earlier transmission was accepted.
    pub abandoned: bool,
    /// The trusted time of the decision.
    pub at: Timestamp,
}

impl Authenticator {
    /// Returns the stored decisions of an enrolment (at least the last fifty), oldest first.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn history(&self, enrolment: &EnrolmentId) -> Result<Vec<HistoryEntry>, AuthenticatorError> {
        let state = self.inner.state();
        let mut entries: Vec<HistoryEntry> = state.enrolment(enrolment)?.entries.iter().filter_map(decided).collect();
        drop(state);
        entries.sort_by_key(|entry| entry.at);
        Ok(entries)
    }
}

fn decided(entry: &Entry) -> Option<HistoryEntry> {
    let (decision, outcome) = match &entry.state {
        EntryState::Queued(decision) | EntryState::Abandoned(decision) => (decision, None),
        EntryState::Settled(settled) => (&settled.decision, Some(settled.outcome)),
        EntryState::Pending | EntryState::Ended(_) => return None,
    };
    Some(HistoryEntry {
        txn: entry.request.txn.clone(),
        client: text::name(&entry.request.client.name).shown().to_owned(),
        decision: decision.kind,
        reason: decision.reason,
        outcome,
        abandoned: matches!(entry.state, EntryState::Abandoned(_)),
        at: decision.at.unwrap_or(entry.received_at),
    })
}
