//! Deletes expired rows every minute, in small batches, so that no writer waits long.

use std::time::Duration;

use countersign_protocol::message::claims::Timestamp;
use tokio::time::MissedTickBehavior;

use crate::clock::Clock;
use crate::shutdown::Shutdown;
use crate::store::{Expired, Store, StoreError};

/// The time between two sweeps.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// The number of rows that one transaction deletes.
const MAX_BATCH_ROWS: u32 = 500;

/// The pause between two batches, in which other writers get their turn.
const BATCH_PAUSE: Duration = Duration::from_millis(5);

/// The time for which an expired authentication request is kept, in seconds. A late poll gets
/// `expired_token` and not `invalid_grant`.
const CIBA_REQUEST_KEPT_SECS: i64 = 3_600;

const DAY_SECS: i64 = 24 * 3_600;

/// The job that deletes expired rows.
#[derive(Clone, Debug)]
pub(crate) struct Sweep {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    /// The days for which requests, decisions and receipts are kept as evidence.
    pub(crate) evidence_days: u32,
}

impl Sweep {
    /// Sweeps until the server stops. The last batch of an interrupted sweep has no effect.
    pub(crate) async fn run(self, stop: Shutdown) {
        let mut timer = tokio::time::interval(SWEEP_INTERVAL);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.requested() => return,
                _ = timer.tick() => {}
            }
            let swept = tokio::select! {
                () = stop.requested() => return,
                swept = self.delete_expired(self.clock.now()) => swept,
            };
            if let Err(error) = swept {
                tracing::warn!(%error, "expired rows could not be deleted; the next sweep tries again");
            }
        }
    }

    /// Deletes the rows that have expired at `now`. Decided requests are kept for `evidence_days`.
    /// Undecided requests and offers are kept for a day.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails. Batches deleted before stay deleted.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(crate) async fn delete_expired(&self, now: Timestamp) -> Result<(), StoreError> {
        let evidence = DAY_SECS.saturating_mul(self.evidence_days.into());
        for (kind, kept) in [
            (Expired::CibaRequests, CIBA_REQUEST_KEPT_SECS),
            (Expired::Tokens, 0),
            (Expired::Assertions, 0),
            (Expired::Sessions, 0),
            (Expired::SignIns, 0),
            (Expired::Proofs, 0),
            (Expired::Offers, DAY_SECS),
            (Expired::UndecidedApprovals, DAY_SECS),
            (Expired::Approvals, evidence),
        ] {
            while self.delete_batch(kind, now.plus(-kept)).await? >= MAX_BATCH_ROWS {
                tokio::time::sleep(BATCH_PAUSE).await;
            }
        }
        Ok(())
    }

    async fn delete_batch(&self, kind: Expired, before: Timestamp) -> Result<u32, StoreError> {
        // Usually there are no expired rows. Finding that out needs no transaction.
        if !self.store.read().await?.has_expired(kind, before).await? {
            return Ok(0);
        }
        let mut tx = self.store.begin().await?;
        let deleted = tx.delete_expired(kind, before, MAX_BATCH_ROWS).await?;
        tx.commit().await?;
        Ok(deleted)
    }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::jose::Digest;

    use super::*;
    use crate::folder::DataFolder;
    use crate::model::{Secret, Session};

    #[tokio::test]
    async fn sweep_ends_when_no_expired_row_is_left() {
        let parent = tempfile::tempdir().unwrap();
        let store = Store::open(DataFolder::take(&parent.path().join("data")).unwrap()).await.unwrap();
        let at = Timestamp::from_seconds;
        let mut tx = store.begin().await.unwrap();
        for number in 0..1_300 {
            let session = Session {
                id_hash: Digest::of(number.to_string().as_bytes()),
                username: "alice".to_owned(),
                csrf: Secret::new(String::new()),
                created: at(0),
                expires: at(10),
            };
            tx.insert_session(&session).await.unwrap();
        }
        tx.commit().await.unwrap();
        let sweep = Sweep { store: store.clone(), clock: Clock::fixed(at(0)), evidence_days: 30 };
        sweep.delete_expired(at(9)).await.unwrap();
        assert!(store.read().await.unwrap().has_expired(Expired::Sessions, at(10)).await.unwrap());
        sweep.delete_expired(at(10)).await.unwrap();
        assert!(!store.read().await.unwrap().has_expired(Expired::Sessions, at(10)).await.unwrap());
        store.close().await;
    }
}
