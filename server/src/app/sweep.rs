//! Forgets what has expired: a little at a time, so that nobody waits for it.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::Base;
use crate::store::StoreError;

/// How often.
const EVERY: Duration = Duration::from_secs(60);

/// The most rows of one table that one pass removes. What is left waits for the next.
const BATCH: i64 = 1_000;

/// How long an expired request is still known, so that a late poll hears `expired_token` and not `invalid_grant`.
const REMEMBER_REQUESTS_S: i64 = 3_600;

/// Sweeps until the server stops.
pub(super) async fn run(base: Base) {
    let mut timer = tokio::time::interval(EVERY);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = base.shutdown.requested() => return,
            _ = timer.tick() => {}
        }
        if let Err(error) = sweep(&base).await {
            tracing::warn!(%error, "expired rows could not be removed; trying again in a minute");
        }
    }
}

async fn sweep(base: &Base) -> Result<(), StoreError> {
    let now = base.clock.now().seconds();
    let requests_before = now.saturating_sub(REMEMBER_REQUESTS_S);
    let tables: [(&'static str, i64); 5] = [
        (
            "delete from ciba_request where rowid in (select rowid from ciba_request where expires <= ? limit ?)",
            requests_before,
        ),
        ("delete from token where rowid in (select rowid from token where expires <= ? limit ?)", now),
        (
            "delete from used_assertion where rowid in (select rowid from used_assertion where expires <= ? limit ?)",
            now,
        ),
        ("delete from session where rowid in (select rowid from session where expires <= ? limit ?)", now),
        (
            "delete from sign_in_failure where rowid in (select rowid from sign_in_failure where expires <= ? limit ?)",
            now,
        ),
    ];
    for (statement, before) in tables {
        sqlx::query(statement).bind(before).bind(BATCH).execute(base.store.pool()).await?;
    }
    Ok(())
}
