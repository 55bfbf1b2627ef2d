//! Deletes expired rows every minute, in small batches, so that no writer waits long.
//!
//! Expiry is judged by the [confirmed time](ConfirmedTime) and not by the clock, so that a wrong
//! clock deletes nothing. The first sweep is a few minutes after the start.

use std::sync::Arc;
use std::time::Duration;

use countersign_protocol::message::claims::Timestamp;
use tokio::sync::Mutex;
use tokio::time::{Instant, MissedTickBehavior};

use crate::clock::{Clock, ClockStatus, ConfirmedTime};
use crate::jobs::last_run::LastRun;
use crate::shutdown::Shutdown;
use crate::store::{Expired, Store, StoreError};

/// The time between two sweeps.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// The time from the start to the first sweep. An operator who starts the server with a wrong clock
/// or configuration can stop it.
const FIRST_SWEEP_DELAY: Duration = Duration::from_secs(300);

/// The number of sweeps after which a wrong clock is reported again.
const REPORT_INTERVAL: u32 = 60;

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
    evidence_days: u32,
    /// Locked during a sweep.
    watch: Arc<Mutex<Watch>>,
    /// Records each sweep that succeeded.
    pub(crate) last_run: LastRun,
}

impl Sweep {
    pub(crate) fn new(store: Store, clock: Clock, evidence_days: u32) -> Self {
        Self { store, clock, evidence_days, watch: Arc::default(), last_run: LastRun::new() }
    }

    /// Sweeps until the server stops. The last batch of an interrupted sweep has no effect.
    pub(crate) async fn run(self, stop: Shutdown) {
        let first = Instant::now() + FIRST_SWEEP_DELAY;
        let mut timer = tokio::time::interval(SWEEP_INTERVAL);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.requested() => return,
                _ = timer.tick() => {}
            }
            let swept = tokio::select! {
                () = stop.requested() => return,
                swept = self.sweep(Instant::now() >= first) => swept,
            };
            match swept {
                Ok(()) => self.last_run.succeeded(),
                Err(error) => {
                    tracing::warn!(%error, "expired rows could not be deleted; the next sweep tries again");
                }
            }
        }
    }

    /// Observes the clock, stores the confirmed time and, if `deletes` is true, deletes the rows
    /// that have expired by it.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails. The next sweep tries again.
    pub(crate) async fn sweep(&self, deletes: bool) -> Result<(), StoreError> {
        let mut watch = self.watch.lock().await;
        let (now, uptime) = (self.clock.now(), self.clock.uptime());
        let time = match watch.observed {
            Some((time, at)) => time.observed(now, uptime.saturating_sub(at)),
            None => match self.store.read().await?.confirmed_time().await? {
                Some(stored) => stored.resumed(now),
                None => ConfirmedTime::first(now),
            },
        };
        watch.observed = Some((time, uptime));
        self.clock.set_confirmed(&time);
        watch.report(self.clock.status());
        let mut tx = self.store.begin().await?;
        tx.save_confirmed_time(&time).await?;
        tx.commit().await?;
        if deletes { self.delete_expired(time.for_deletion()).await } else { Ok(()) }
    }

    /// Deletes the rows that have expired at `now`. Decided requests are kept for `evidence_days`.
    /// Undecided requests and offers are kept for a day. Used client assertions are kept for a day,
    /// so that none of them is accepted again if the clock is set back by less.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails. Batches deleted before stay deleted.
    #[tracing::instrument(level = "debug", skip_all)]
    async fn delete_expired(&self, now: Timestamp) -> Result<(), StoreError> {
        let evidence = DAY_SECS.saturating_mul(self.evidence_days.into());
        for (kind, kept) in [
            (Expired::CibaRequests, CIBA_REQUEST_KEPT_SECS),
            (Expired::Tokens, 0),
            (Expired::Assertions, DAY_SECS),
            (Expired::Sessions, 0),
            (Expired::SignIns, 0),
            (Expired::Offers, DAY_SECS),
            (Expired::UndecidedApprovals, DAY_SECS),
            (Expired::Approvals, evidence),
            (Expired::UpdateMessages, evidence),
        ] {
            let mut deleted = 0_u64;
            loop {
                let batch = self.delete_batch(kind, now.plus(-kept)).await?;
                deleted = deleted.saturating_add(batch.into());
                if batch < MAX_BATCH_ROWS {
                    break;
                }
                tokio::time::sleep(BATCH_PAUSE).await;
            }
            if deleted > 0 {
                tracing::info!(kind = kind.as_str(), rows = deleted, "expired rows were deleted");
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

/// The observations of the clock since the start.
#[derive(Debug, Default)]
struct Watch {
    /// The last observation, and the uptime at it.
    observed: Option<(ConfirmedTime, i64)>,
    /// The number of observations since a wrong clock was reported, if it is wrong.
    unreported: Option<u32>,
}

impl Watch {
    /// Reports a clock that is not right, at first and every hour, and its correction.
    fn report(&mut self, status: ClockStatus) {
        let is_due = self.unreported.is_none_or(|count| count >= REPORT_INTERVAL);
        match status {
            ClockStatus::Right if self.unreported.is_none() => return,
            ClockStatus::Right => tracing::warn!("the clock agrees with the confirmed time again"),
            ClockStatus::Ahead { seconds } if is_due => tracing::warn!(
                seconds,
                "the clock is ahead of the confirmed time, so nothing is deleted by it: if the clock is wrong, correct \
                 it; after three days without a step it is accepted"
            ),
            ClockStatus::Behind { seconds } if is_due => tracing::warn!(
                seconds,
                "the clock is behind the confirmed time: if it is wrong, correct it; after three days without a step \
                 it is accepted"
            ),
            ClockStatus::Ahead { .. } | ClockStatus::Behind { .. } => {}
        }
        self.unreported = match status {
            ClockStatus::Right => None,
            _ if is_due => Some(1),
            _ => self.unreported.map(|count| count.saturating_add(1)),
        };
    }
}

#[cfg(test)]
mod tests;
