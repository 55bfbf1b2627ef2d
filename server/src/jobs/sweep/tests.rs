//! The job deletes rows that have expired by the confirmed time. A wrong clock deletes no row.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::OfferId;
use tempfile::TempDir;

use super::*;
use crate::folder::DataFolder;
use crate::model::offer::{Offer, Stage};
use crate::model::{
    ApprovalRequest, ApprovalRequestId, ApprovalState, DenialReason, Grant, Secret, Session, Token, TokenKind,
};
use crate::store::Lock;

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
const HOUR_SECS: i64 = 3_600;

/// A store with a row of each kind that a right clock keeps.
struct Bench {
    sweep: Sweep,
    _parent: TempDir,
}

async fn bench() -> Bench {
    let parent = tempfile::tempdir().unwrap();
    let store = Store::open(DataFolder::take(&parent.path().join("data")).unwrap()).await.unwrap();
    let bench = Bench { sweep: Sweep::new(store, Clock::fixed(START), 400), _parent: parent };
    bench.minutes(1).await;
    bench
}

impl Bench {
    /// Lets minutes pass, with a sweep after each.
    async fn minutes(&self, count: i64) {
        for _ in 0..count {
            self.sweep.clock.shift(60);
            self.sweep.sweep(true).await.unwrap();
        }
    }

    /// As after a restart of the server.
    fn restart(&mut self) {
        let Sweep { store, clock, evidence_days, .. } = self.sweep.clone();
        self.sweep = Sweep::new(store, clock, evidence_days);
    }

    /// Stores a row of each kind. Each is valid for the next hour, by the clock of now.
    async fn insert(&self) {
        let now = self.sweep.clock.now();
        let expires = now.plus(HOUR_SECS);
        let grant = Grant {
            id: hash("grant"),
            client_id: "shop".to_owned(),
            sub: "1".to_owned(),
            scope: "openid".to_owned(),
            details: None,
            approved: None,
        };
        let mut tx = self.sweep.store.begin().await.unwrap();
        tx.insert_token(&Token { hash: hash("t"), kind: TokenKind::Access, grant, created: now, expires })
            .await
            .unwrap();
        tx.insert_session(&session("s", now, expires)).await.unwrap();
        tx.use_assertion("shop", "jti", now.plus(600)).await.unwrap();
        let code_hash = hash("code");
        let (account, label, id) = ("alice".to_owned(), "Alice".to_owned(), OfferId::random().unwrap());
        tx.insert_offer(&Offer { id, account, label, code_hash, created: now, expires, stage: Stage::Open })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for (name, denied) in [("open", false), ("denied", true)] {
            let mut approval = ApprovalRequest {
                id: ApprovalRequestId::from_text(name),
                account: "alice".to_owned(),
                client: "shop".to_owned(),
                quiet: false,
                created: now,
                expires: now.plus(300),
                state: ApprovalState::Pending { expected: None },
            };
            let locks = [Lock::Client("shop".to_owned()), Lock::account("alice"), Lock::approval(&approval.id)];
            let mut tx = self.sweep.store.begin().await.unwrap();
            tx.lock_all(locks).await.unwrap();
            tx.insert_approval_request(&approval).await.unwrap();
            if denied {
                approval.deny(DenialReason::Policy).unwrap();
                tx.save_approval_request(&approval).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }

    /// Returns the number of kinds that are left.
    async fn left(&self) -> usize {
        let end = Timestamp::from_seconds(i64::MAX);
        let mut db = self.sweep.store.read().await.unwrap();
        let mut left = 0;
        for kind in [
            Expired::Tokens,
            Expired::Sessions,
            Expired::Assertions,
            Expired::Offers,
            Expired::UndecidedApprovals,
            Expired::Approvals,
        ] {
            left += usize::from(db.has_expired(kind, end).await.unwrap());
        }
        left
    }

    async fn has(&self, kind: Expired) -> bool {
        let end = Timestamp::from_seconds(i64::MAX);
        self.sweep.store.read().await.unwrap().has_expired(kind, end).await.unwrap()
    }
}

fn hash(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn session(name: &str, created: Timestamp, expires: Timestamp) -> Session {
    let csrf = Secret::new(String::new());
    Session { id_hash: hash(name), sub: "alice".to_owned(), password_hash: hash("password"), csrf, created, expires }
}

#[tokio::test]
async fn sweep_ends_when_no_expired_row_is_left() {
    let bench = bench().await;
    let mut tx = bench.sweep.store.begin().await.unwrap();
    for number in 0..1_300 {
        tx.insert_session(&session(&number.to_string(), START, START.plus(10))).await.unwrap();
    }
    tx.commit().await.unwrap();
    bench.sweep.delete_expired(START.plus(9)).await.unwrap();
    assert!(bench.has(Expired::Sessions).await);
    bench.sweep.delete_expired(START.plus(10)).await.unwrap();
    assert!(!bench.has(Expired::Sessions).await);
    bench.sweep.store.close().await;
}

#[tokio::test]
async fn clock_that_is_ahead_for_half_an_hour_deletes_nothing() {
    for ahead in [700, DAY_SECS / 2, 401 * DAY_SECS, i64::MAX / 2] {
        for restarts in [false, true] {
            let mut bench = bench().await;
            bench.insert().await;
            assert_eq!(bench.left().await, 6);
            bench.sweep.clock.step(ahead);
            if restarts {
                bench.restart();
            }
            bench.minutes(30).await;
            let reported = ahead > DAY_SECS;
            assert_eq!(matches!(bench.sweep.clock.status(), ClockStatus::Ahead { .. }), reported, "{ahead}");
            bench.sweep.clock.step(-ahead);
            if restarts {
                bench.restart();
            }
            bench.minutes(20).await;
            assert_eq!((bench.left().await, bench.sweep.clock.status()), (6, ClockStatus::Right), "{ahead}");
            let mut tx = bench.sweep.store.begin().await.unwrap();
            assert!(!tx.use_assertion("shop", "jti", START).await.unwrap(), "the assertion is still used");
            drop(tx);
            bench.minutes(15).await;
            assert_eq!(bench.left().await, 4, "token and session expire when the right clock says so");
            bench.sweep.store.close().await;
        }
    }
}

#[tokio::test]
async fn evidence_of_a_clock_that_was_behind_is_kept() {
    for behind in [DAY_SECS, 401 * DAY_SECS, i64::MAX / 2] {
        let bench = bench().await;
        bench.sweep.clock.step(-behind);
        bench.insert().await;
        bench.minutes(10).await;
        bench.sweep.clock.step(behind);
        bench.minutes(10).await;
        assert!(bench.has(Expired::Approvals).await && bench.has(Expired::UndecidedApprovals).await, "{behind}");
        bench.sweep.delete_expired(START.plus(401 * DAY_SECS)).await.unwrap();
        assert!(!bench.has(Expired::Approvals).await, "{behind}");
        bench.sweep.store.close().await;
    }
}

#[tokio::test]
async fn used_assertion_is_remembered_after_the_clock_was_set_back() {
    let bench = bench().await;
    bench.insert().await;
    bench.minutes(15).await;
    bench.sweep.clock.step(-600);
    bench.minutes(2).await;
    let mut tx = bench.sweep.store.begin().await.unwrap();
    assert!(!tx.use_assertion("shop", "jti", START).await.unwrap());
    drop(tx);
    bench.sweep.store.close().await;
}

#[tokio::test]
async fn rows_expire_again_after_a_long_stop() {
    let mut bench = bench().await;
    bench.insert().await;
    bench.sweep.clock.step(401 * DAY_SECS);
    bench.restart();
    bench.minutes(3 * DAY_SECS / 60 / 24).await;
    assert!(bench.has(Expired::Approvals).await);
    // The other two days pass in two readings. A right clock advances with the uptime.
    for _ in 0..3 {
        bench.sweep.clock.shift(DAY_SECS);
        bench.sweep.sweep(true).await.unwrap();
    }
    assert_eq!((bench.left().await, bench.sweep.clock.status()), (0, ClockStatus::Right));
    bench.sweep.store.close().await;
}

#[tokio::test]
async fn nothing_is_deleted_before_the_first_sweep() {
    let bench = bench().await;
    bench.insert().await;
    for _ in 0..5 {
        bench.sweep.clock.shift(401 * DAY_SECS);
        bench.sweep.sweep(false).await.unwrap();
    }
    assert_eq!(bench.left().await, 6);
    bench.sweep.store.close().await;
}
