//! Features that an issuer stops announcing, for example because it runs an earlier version again.
//!
//! The device follows the signed metadata. These functions fetch it earlier than it expires.

use super::Inner;
use crate::device::EntryState;
use crate::error::AuthenticatorError;
use crate::platform::DiagnosticEvent;
use countersign_protocol::message::claims::{EnrolmentId, Txn};
use countersign_protocol::message::features::Feature;

impl Inner {
    /// Refreshes metadata that no longer announces the history, although decisions of this
    /// enrolment had one. If the issuer announces it again, it does not accept approvals without
    /// it.
    pub(super) async fn refresh_lost_history(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let lost = {
            let state = self.state();
            let enrolment = state.enrolment(id)?;
            enrolment.history.is_used() && !enrolment.metadata.has(Feature::History)
        };
        if lost {
            self.try_refresh_metadata(id).await;
        }
        Ok(())
    }

    /// Refreshes the metadata after the server rejected a decision with a history. The server may
    /// not know the member any more. The decision stays in the outbox.
    pub(super) async fn refresh_after_rejection(&self, id: &EnrolmentId, txn: &Txn) -> Result<(), AuthenticatorError> {
        let has_history = {
            let state = self.state();
            let entry = state.enrolment(id)?.entry(txn);
            let queued = entry.map(|entry| &entry.state);
            matches!(queued, Some(EntryState::Queued(decision)) if decision.history.is_some())
        };
        if has_history {
            self.try_refresh_metadata(id).await;
        }
        Ok(())
    }

    async fn try_refresh_metadata(&self, id: &EnrolmentId) {
        if self.refresh_metadata(id).await.is_err() {
            self.platform.diagnostics.record(DiagnosticEvent { during: "metadata", code: "not_renewed" });
        }
    }
}
