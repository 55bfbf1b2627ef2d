//! Sends the pushes of the outbox.
//!
//! A transaction that makes a request or changes an enrolment adds a row to the outbox. The commit
//! wakes this job. The job deletes the row after the push was sent. After a restart the job sends
//! the rows that are left, so a push can arrive twice. Phones ignore a message that they have.
//!
//! A failed push is tried again with a growing pause until it expires. A push of a request that is
//! no longer pending is dropped.

use std::collections::HashSet;
use std::time::Duration;

use countersign_protocol::jose::sealed;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::model::{Enrolment, OutboxPush, PushContent};
use crate::push::{Channels, Payload};
use crate::shutdown::Shutdown;
use crate::store::{Store, StoreError};

/// The number of pushes that are being sent at the same time.
const MAX_IN_FLIGHT: usize = 64;

/// The longest time for one attempt.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// The pause after the first failed attempt, in seconds. Each further failure doubles it.
const FIRST_RETRY_SECS: i64 = 2;

/// The longest pause between two attempts, in seconds.
const MAX_RETRY_SECS: i64 = 60;

/// The time for which results are collected, so that one transaction stores many of them. After a
/// crash the pushes of this time are sent again.
const RECORD_DELAY: Duration = Duration::from_millis(250);

/// The time after which the job looks for due rows without being woken.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The job that sends pushes.
#[derive(Clone)]
pub(crate) struct PushJob {
    pub(crate) store: Store,
    pub(crate) channels: Channels,
    pub(crate) clock: Clock,
}

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    /// The push was sent, or it is no longer needed. The row is deleted.
    Done,
    /// The push is tried again.
    Failed,
}

impl PushJob {
    /// Sends pushes until the server stops. Pushes that are not sent then stay in the outbox.
    pub(crate) async fn run(self, stop: Shutdown) {
        let woken = self.store.outbox();
        let mut in_flight = InFlight::default();
        let mut look = true;
        loop {
            if look && let Err(error) = self.start_due(&mut in_flight).await {
                tracing::warn!(%error, "the outbox could not be read; trying again");
            }
            look = false;
            let record_at = in_flight.record_at;
            let stopped = tokio::select! {
                () = stop.requested() => true,
                () = woken.notified() => {
                    look = true;
                    false
                }
                () = tokio::time::sleep(CHECK_INTERVAL) => {
                    look = true;
                    false
                }
                () = async { tokio::time::sleep_until(record_at.unwrap_or_else(Instant::now)).await },
                    if record_at.is_some() => false,
                Some(first) = in_flight.tasks.join_next() => {
                    in_flight.ended.extend(first);
                    false
                }
            };
            while let Some(next) = in_flight.tasks.try_join_next() {
                in_flight.ended.extend(next);
            }
            if in_flight.is_record_due() || stopped {
                self.record(&mut in_flight).await;
                // The recorded rows make room for others.
                look = true;
            }
            if stopped {
                return;
            }
        }
    }

    /// Starts an attempt for each due row that is not in flight.
    async fn start_due(&self, in_flight: &mut InFlight) -> Result<(), StoreError> {
        if in_flight.ids.len() >= MAX_IN_FLIGHT {
            return Ok(());
        }
        let limit = u32::try_from(MAX_IN_FLIGHT).unwrap_or(u32::MAX);
        let due = self.store.read().await?.due_pushes(self.clock.now(), limit).await?;
        for row in due {
            if in_flight.ids.insert(row.id) {
                let job = self.clone();
                in_flight.tasks.spawn(async move {
                    let attempt = tokio::time::timeout(SEND_TIMEOUT, job.attempt(&row)).await;
                    (row, attempt.unwrap_or(Attempt::Failed))
                });
            }
        }
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all, fields(push = row.id, attempts = row.attempts))]
    async fn attempt(&self, row: &OutboxPush) -> Attempt {
        match self.send(row).await {
            Ok(attempt) => attempt,
            Err(error) => {
                tracing::warn!(%error, "a push could not be made; trying again");
                Attempt::Failed
            }
        }
    }

    async fn send(&self, row: &OutboxPush) -> Result<Attempt, StoreError> {
        let now = self.clock.now();
        if row.push.expires <= now {
            return Ok(Attempt::Done);
        }
        let mut db = self.store.read().await?;
        let Some(enrolment) = db.enrolment(&row.push.enrolment).await? else { return Ok(Attempt::Done) };
        let payload = match &row.push.content {
            PushContent::Status(signed) => seal(&enrolment, signed, Payload::sealed),
            PushContent::Request(txn) => match db.request(txn).await? {
                Some(request) if request.is_open(now) => {
                    seal(&enrolment, &request.jws, |handle, sealed| Payload::sealed_or_wake(handle, sealed, txn))
                }
                _ => return Ok(Attempt::Done),
            },
        };
        drop(db);
        let Some(payload) = payload else { return Ok(Attempt::Done) };
        match self.channels.send(&enrolment.handle, &enrolment.push, payload).await {
            Ok(()) => Ok(Attempt::Done),
            Err(error) => {
                tracing::warn!(%error, "a push service did not accept a push");
                Ok(Attempt::Failed)
            }
        }
    }

    /// Deletes the rows that are done and delays those that failed. If the database fails, the rows
    /// stay in flight, so that they are not sent again before the next try.
    async fn record(&self, in_flight: &mut InFlight) {
        in_flight.record_at = None;
        if in_flight.ended.is_empty() {
            return;
        }
        match self.save(&in_flight.ended).await {
            Ok(()) => {
                for (row, _) in in_flight.ended.drain(..) {
                    in_flight.ids.remove(&row.id);
                }
            }
            Err(error) => tracing::warn!(%error, "the outbox could not be updated; trying again"),
        }
    }

    async fn save(&self, ended: &[(OutboxPush, Attempt)]) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut done = Vec::new();
        let mut tx = self.store.begin().await?;
        for (row, attempt) in ended {
            let next = now.plus(retry_secs(row.attempts));
            match attempt {
                Attempt::Failed if next < row.push.expires => tx.delay_push(row.id, next).await?,
                Attempt::Failed | Attempt::Done => done.push(row.id),
            }
        }
        tx.delete_pushes(&done).await?;
        tx.commit().await
    }
}

/// The attempts that are running or whose result is not stored yet.
#[derive(Default)]
struct InFlight {
    ids: HashSet<i64>,
    tasks: JoinSet<(OutboxPush, Attempt)>,
    ended: Vec<(OutboxPush, Attempt)>,
    /// The time at which the results are stored, if there are any.
    record_at: Option<Instant>,
}

impl InFlight {
    /// Returns true if the results must be stored now. Starts the delay at the first result.
    fn is_record_due(&mut self) -> bool {
        if self.ended.is_empty() {
            return false;
        }
        let at = *self.record_at.get_or_insert_with(|| Instant::now() + RECORD_DELAY);
        at <= Instant::now() || self.ended.len() >= MAX_IN_FLIGHT / 2
    }
}

/// Seals a message for the phone. Returns nothing if it cannot be sealed: another attempt would
/// fail too, and the inbox delivers the message.
fn seal(
    enrolment: &Enrolment,
    signed: &str,
    payload: impl FnOnce(
        &countersign_protocol::message::claims::RoutingHandle,
        String,
    ) -> Result<Payload, serde_json::Error>,
) -> Option<Payload> {
    let sealed = sealed::seal(signed.as_bytes(), &enrolment.keys.ek);
    let sealed = sealed.inspect_err(|error| tracing::error!(%error, "a push could not be sealed")).ok()?;
    let payload = payload(&enrolment.handle, sealed);
    payload.inspect_err(|error| tracing::error!(%error, "a push could not be written as JSON")).ok()
}

/// Returns the pause after that many failed attempts, in seconds.
fn retry_secs(attempts: u32) -> i64 {
    2_i64
        .checked_pow(attempts)
        .map_or(MAX_RETRY_SECS, |factor| FIRST_RETRY_SECS.saturating_mul(factor).min(MAX_RETRY_SECS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_pause_doubles_up_to_a_minute() {
        assert_eq!((0..7).map(retry_secs).collect::<Vec<_>>(), [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(retry_secs(u32::MAX), 60);
    }
}
