//! A phone as the gateway works with it: a stored enrolment, read back into types.

use countersign_protocol::jose::json;
use countersign_protocol::message::claims::{ClaimError, DeviceAudience, EnrolmentId, RoutingHandle};
use countersign_protocol::message::enrolment::{DeviceInfo, PushAddress};
use countersign_protocol::message::proof::KeySet;
use countersign_protocol::message::status::EnrolmentState;
use sqlx::SqliteConnection;

use super::Fault;
use crate::store::StoreError;
use crate::store::enrolments::{self, EnrolmentRow};

/// One phone of one account.
pub(super) struct Phone {
    pub(super) id: EnrolmentId,
    pub(super) handle: RoutingHandle,
    pub(super) state: EnrolmentState,
    pub(super) keys: KeySet,
    /// Where its pushes go.
    pub(super) push: PushAddress,
    pub(super) row: EnrolmentRow,
}

impl Phone {
    /// Reads a stored enrolment.
    pub(super) fn read(row: EnrolmentRow) -> Result<Self, Fault> {
        let unreadable = |_: ClaimError| StoreError::Unreadable("enrolment");
        Ok(Self {
            id: row.id.parse().map_err(unreadable)?,
            handle: row.handle.parse().map_err(unreadable)?,
            state: state_from(&row.state).ok_or(StoreError::Unreadable("state of an enrolment"))?,
            keys: KeySet { dk: json::from_str(&row.dk)?, uvk: json::from_str(&row.uvk)?, ek: json::from_str(&row.ek)? },
            push: json::from_str(&row.push)?,
            row,
        })
    }

    /// The phone of that enrolment, if there is one.
    pub(super) async fn find(db: &mut SqliteConnection, id: &str) -> Result<Option<Self>, Fault> {
        enrolments::find(db, id).await?.map(Self::read).transpose()
    }

    /// `aud` of messages to it.
    pub(super) fn audience(&self) -> DeviceAudience {
        DeviceAudience(self.keys.dk.thumbprint())
    }

    /// What it says of itself, for people: untrusted text.
    pub(super) fn description(&self) -> Result<String, Fault> {
        let device: DeviceInfo = serde_json::from_str(&self.row.device)?;
        Ok(if device.model.is_empty() { device.platform } else { device.model })
    }
}

/// A state as stored.
pub(super) const fn state_text(state: EnrolmentState) -> &'static str {
    match state {
        EnrolmentState::Pending => "pending",
        EnrolmentState::Active => "active",
        EnrolmentState::Suspended => "suspended",
        EnrolmentState::Revoked => "revoked",
    }
}

/// The next number for a message to that phone; it starts at 1 and never repeats.
pub(super) async fn next_seq(db: &mut SqliteConnection, id: &EnrolmentId) -> Result<u64, Fault> {
    let seq = enrolments::next_seq(db, id.as_str()).await?;
    Ok(u64::try_from(seq).map_err(|_| StoreError::Unreadable("counter"))?)
}

fn state_from(text: &str) -> Option<EnrolmentState> {
    use EnrolmentState::{Active, Pending, Revoked, Suspended};
    [Pending, Active, Suspended, Revoked].into_iter().find(|state| state_text(*state) == text)
}
