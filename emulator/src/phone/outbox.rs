//! Sends queued decisions again until each has a receipt.

use std::time::Duration;

use countersign_core::device::EntryState;

use super::device::Phone;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(15);

impl Phone {
    /// Returns whether a decision waits for its receipt.
    pub(super) fn has_queued(&self) -> bool {
        let entries = self.device().requests();
        entries
            .iter()
            .any(|(enrolment, entry)| matches!(entry.state, EntryState::Queued(_)) && !self.is_revoked(enrolment))
    }
}

/// Refreshes with growing pauses while a decision is queued and the phone is online.
pub(super) async fn keep_sending(phone: Phone) {
    let mut changes = phone.changes();
    let mut pause = FIRST_PAUSE;
    loop {
        changes.mark_unchanged();
        if !phone.has_queued() {
            pause = FIRST_PAUSE;
            if changes.changed().await.is_err() {
                return;
            }
            continue;
        }
        if !phone.switches().is_online() {
            pause = FIRST_PAUSE;
            phone.switches().until_online(true).await;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
        if phone.switches().is_online() && phone.has_queued() {
            // A failure is retried after the next pause.
            let _ = phone.refresh().await;
        }
    }
}
