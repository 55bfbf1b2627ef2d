//! `GET /livez` and `GET /readyz`.
//!
//! `/livez` answers while the process answers. `/readyz` answers 200 if the server can do its work,
//! otherwise 503 and the reasons. `/healthz` is another name of `/readyz`. Anyone can call them, so
//! the checks run at most once a second. The responses contain no path, no count and no secret.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::sync::Mutex;

use super::places::Places;
use crate::clock::{Clock, ClockStatus};
use crate::jobs::last_run::LastRun;
use crate::shutdown::Shutdown;
use crate::store::{Store, StoreError};

/// The time in which a row must be written and read.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// The time for which a result is used again.
const RESULT_LIFETIME: Duration = Duration::from_secs(1);

/// The free space that the disk of the data folder must have.
const MIN_FREE_BYTES: u64 = 64 * 1024 * 1024;

/// The longest time since the last sweep. There is one every minute.
const MAX_SWEEP_AGE: Duration = Duration::from_secs(900);

/// The state of the server for probes. Cheap to clone; all clones share it.
#[derive(Clone)]
pub(super) struct Health(Arc<Inner>);

struct Inner {
    store: Store,
    places: Places,
    sweep: LastRun,
    clock: Clock,
    shutdown: Shutdown,
    drains: AtomicBool,
    min_free_bytes: u64,
    last: Mutex<Option<(Instant, Report)>>,
}

/// The result of the checks.
#[derive(Clone, Serialize)]
struct Report {
    ready: bool,
    checks: Vec<Check>,
    /// The state of the clock. A server with a doubtful clock still works, so that it stays ready.
    clock: &'static str,
}

/// The result of one check.
#[derive(Clone, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    /// The reason, if the check failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Health {
    /// Makes the state.
    pub(super) fn new(store: Store, places: Places, sweep: LastRun, clock: Clock, shutdown: Shutdown) -> Self {
        let (drains, last) = (AtomicBool::default(), Mutex::default());
        Self(Arc::new(Inner { store, places, sweep, clock, shutdown, drains, min_free_bytes: MIN_FREE_BYTES, last }))
    }

    /// Reports from now on that the server stops.
    pub(super) fn drain(&self) {
        self.0.drains.store(true, Ordering::Relaxed);
    }

    /// Returns the endpoints.
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/livez", get(async || ([(header::CACHE_CONTROL, "no-store")], "ok\n")))
            .route("/readyz", get(ready))
            .route("/healthz", get(ready))
            .with_state(self)
    }

    /// Returns the result of the checks, at most a second old.
    async fn report(&self) -> Report {
        // Other callers wait for the same result.
        let mut last = self.0.last.lock().await;
        if let Some((at, report)) = last.as_ref()
            && at.elapsed() < RESULT_LIFETIME
        {
            return report.clone();
        }
        let checks = vec![
            Check::of("database", self.database().await),
            Check::of("space", self.space()),
            Check::of("sweep", self.swept()),
            Check::of("connections", self.connections()),
        ];
        let report = Report::of(checks, &self.0.clock);
        *last = Some((Instant::now(), report.clone()));
        report
    }

    async fn database(&self) -> Result<(), &'static str> {
        match tokio::time::timeout(PROBE_TIMEOUT, self.0.store.probe()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::error!(%error, "the database failed a health check");
                Err(match error {
                    StoreError::FileGone { .. } => "a file of the database was deleted or replaced",
                    StoreError::Busy => "too many writes are waiting",
                    _ => "the database failed; see the log",
                })
            }
            Err(_) => Err("the database did not store and return a row within a second"),
        }
    }

    fn space(&self) -> Result<(), &'static str> {
        match self.0.store.folder().free_bytes() {
            Ok(Some(free)) if free < self.0.min_free_bytes => Err("the disk of the data folder is almost full"),
            Ok(_) => Ok(()),
            Err(_) => Err("the free space of the disk cannot be read"),
        }
    }

    fn swept(&self) -> Result<(), &'static str> {
        let late = self.0.sweep.age() > MAX_SWEEP_AGE;
        if late {
            Err("the job that deletes expired rows has not succeeded for 15 minutes; see the log")
        } else {
            Ok(())
        }
    }

    fn connections(&self) -> Result<(), &'static str> {
        if self.0.places.are_taken() { Err("all connections are in use") } else { Ok(()) }
    }
}

impl Report {
    fn of(checks: Vec<Check>, clock: &Clock) -> Self {
        let clock = match clock.status() {
            ClockStatus::Right => "right",
            ClockStatus::Ahead { .. } => "ahead",
            ClockStatus::Behind { .. } => "behind",
        };
        Self { ready: checks.iter().all(|check| check.ok), checks, clock }
    }

    fn stopping(clock: &Clock) -> Self {
        Self::of(vec![Check::of("running", Err("the server is stopping"))], clock)
    }
}

impl Check {
    fn of(name: &'static str, result: Result<(), &'static str>) -> Self {
        Self { name, ok: result.is_ok(), reason: result.err() }
    }
}

async fn ready(State(health): State<Health>) -> Response {
    let stops = health.0.drains.load(Ordering::Relaxed) || health.0.shutdown.is_requested();
    let report = if stops { Report::stopping(&health.0.clock) } else { health.report().await };
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut response = (status, Json(report)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use countersign_protocol::message::claims::Timestamp;

    use super::*;
    use crate::clock::ConfirmedTime;
    use crate::folder::DataFolder;
    use crate::shutdown;

    struct Bench {
        store: Store,
        folder: tempfile::TempDir,
        handle: shutdown::ShutdownHandle,
        clock: Clock,
        health: Health,
    }

    async fn bench(places: usize, min_free_bytes: u64) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(DataFolder::take(folder.path()).unwrap()).await.unwrap();
        let (handle, shutdown) = shutdown::channel();
        let places = Places::new(places, 10);
        let clock = Clock::fixed(Timestamp::from_seconds(1_800_000_000));
        let mut health = Health::new(store.clone(), places, LastRun::new(), clock.clone(), shutdown);
        Arc::get_mut(&mut health.0).unwrap().min_free_bytes = min_free_bytes;
        Bench { store, folder, handle, clock, health }
    }

    /// Returns the names of the checks that failed.
    async fn failed(health: &Health) -> Vec<&'static str> {
        *health.0.last.lock().await = None;
        let report = health.report().await;
        let failed: Vec<_> = report.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect();
        assert_eq!(report.ready, failed.is_empty());
        assert_eq!(report.checks.len(), 4);
        failed
    }

    #[tokio::test]
    async fn healthy_server_is_ready() {
        let bench = bench(10, MIN_FREE_BYTES).await;
        assert_eq!(failed(&bench.health).await, [""; 0]);
        assert_eq!(ready(State(bench.health.clone())).await.status(), StatusCode::OK);
        bench.handle.stop();
        assert_eq!(ready(State(bench.health)).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn draining_server_is_not_ready() {
        let bench = bench(10, 0).await;
        bench.health.drain();
        assert_eq!(ready(State(bench.health)).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn doubtful_clock_is_reported_by_a_ready_server() {
        let bench = bench(10, 0).await;
        let state = async || {
            *bench.health.0.last.lock().await = None;
            let report = bench.health.report().await;
            assert!(report.ready);
            serde_json::to_value(report).unwrap()["clock"].clone()
        };
        assert_eq!(state().await, "right", "before the first run of the job that deletes rows");
        bench.clock.set_confirmed(&ConfirmedTime::first(bench.clock.now()));
        for (step, clock) in [(0, "right"), (86_401, "ahead"), (-86_401 - 601, "behind"), (601, "right")] {
            bench.clock.step(step);
            assert_eq!(state().await, clock, "{step}");
        }
    }

    #[tokio::test]
    async fn full_disk_and_missing_places_are_reported() {
        let bench = bench(0, u64::MAX).await;
        assert_eq!(failed(&bench.health).await, ["space", "connections"]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn deleted_database_is_reported_and_accepts_no_write() {
        for file in ["countersign.db", "countersign.db-wal"] {
            let bench = bench(10, 0).await;
            assert_eq!(failed(&bench.health).await, [""; 0]);
            std::fs::remove_file(bench.folder.path().join(file)).unwrap();
            assert_eq!(failed(&bench.health).await, ["database"]);
            assert!(matches!(bench.store.begin().await.err(), Some(StoreError::FileGone { .. })));
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn replaced_database_is_reported() {
        let bench = bench(10, 0).await;
        let path = bench.folder.path().join("countersign.db");
        std::fs::copy(&path, bench.folder.path().join("copy")).unwrap();
        std::fs::rename(bench.folder.path().join("copy"), path).unwrap();
        assert_eq!(failed(&bench.health).await, ["database"]);
    }

    #[tokio::test]
    async fn callers_share_a_result_for_a_second() {
        let bench = bench(10, 0).await;
        for _ in 0..50 {
            assert!(bench.health.report().await.ready);
        }
        let probes = bench.store.read().await.unwrap().last_probe().await.unwrap();
        assert!(probes < 50, "{probes} writes");
    }
}
