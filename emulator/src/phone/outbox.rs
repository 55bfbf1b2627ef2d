//! Answers that are signed but have no receipt yet: the phone sends them again by itself until none is left.

use std::time::Duration;

use countersign_core::device::EntryState;

use super::device::Phone;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

impl Phone {
    /// Whether an answer waits for its receipt.
    pub(super) fn has_queued(&self) -> bool {
        let entries = self.device().requests();
        entries
            .iter()
            .any(|(enrolment, entry)| matches!(entry.state, EntryState::Queued(_)) && !self.is_revoked(enrolment))
    }
}

/// Refreshes, with pauses that grow while it does not help, as long as an answer is queued and the phone is online.
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
        pause = (pause * 2).min(LONGEST_PAUSE);
        if phone.switches().is_online() && phone.has_queued() {
            // What fails now is tried again after the next pause.
            let _ = phone.refresh().await;
        }
    }
}
