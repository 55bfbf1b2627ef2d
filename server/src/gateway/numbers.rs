//! The numbers of what a phone signs: one that comes with other bytes than before counts for nothing, and stops the phone.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::EnrolmentId;
use countersign_protocol::message::number::Number;
use countersign_protocol::message::status::EnrolmentState;
use sqlx::SqliteConnection;

use super::phone::{Phone, state_text};
use super::{Fault, Gateway};
use crate::store::{StoreError, enrolments, numbers};

impl Gateway {
    /// Whether a message is the first with its number. If not, an older state of the phone was put back or a copy of it acts:
    /// neither may go on approving, so an active phone is suspended until the bank lifts that, and one that waits for its code is
    /// revoked. Runs under the write lock; the same bytes must have got their receipt before.
    pub(super) async fn number_counts(
        &self,
        db: &mut SqliteConnection,
        phone: &mut Phone,
        number: Number,
        hash: &Digest,
    ) -> Result<bool, Fault> {
        let stored = i64::try_from(number.get()).map_err(|_| StoreError::Unreadable("number"))?;
        if numbers::take(db, phone.id.as_str(), stored, &hash.to_string()).await? {
            return Ok(true);
        }
        let now = self.now();
        numbers::note_reuse(db, phone.id.as_str(), now).await?;
        match phone.state {
            EnrolmentState::Active => {
                let (from, to) = (state_text(EnrolmentState::Active), state_text(EnrolmentState::Suspended));
                enrolments::change_state(db, phone.id.as_str(), from, to, now).await?;
                phone.state = EnrolmentState::Suspended;
            }
            EnrolmentState::Pending => {
                self.revoke(db, phone).await?;
                phone.state = EnrolmentState::Revoked;
            }
            EnrolmentState::Suspended | EnrolmentState::Revoked => {}
        }
        tracing::warn!(enrolment = %phone.id, state = state_text(phone.state), "a phone used a number twice: a copy or an older state of it");
        Ok(false)
    }
}

/// The highest number that the phone used; 0 if none.
pub(super) async fn highest(db: &mut SqliteConnection, id: &EnrolmentId) -> Result<u64, Fault> {
    let number = numbers::highest(db, id.as_str()).await?;
    Ok(u64::try_from(number).map_err(|_| StoreError::Unreadable("number"))?)
}
