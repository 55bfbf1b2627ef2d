//! Forgets what has expired, every minute.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::Base;

const EVERY: Duration = Duration::from_secs(60);

/// Sweeps until the server stops.
pub(super) async fn run(base: Base) {
    let mut timer = tokio::time::interval(EVERY);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = base.shutdown.requested() => return,
            _ = timer.tick() => {}
        }
        let sweep = base.store.forget_expired(base.clock.now().seconds(), base.config.evidence_days);
        // A sweep that is cut short rolls its last batch back; the next start goes on from there.
        let swept = tokio::select! {
            () = base.shutdown.requested() => return,
            swept = sweep => swept,
        };
        if let Err(error) = swept {
            tracing::warn!(%error, "expired rows could not be removed; trying again in a minute");
        }
    }
}
