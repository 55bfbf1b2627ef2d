//! Query plans: no live statement reads a whole table.

use sqlx::AssertSqlSafe;

use super::{open, raw};
use crate::store::sqlite::{approvals, ciba, enrolments, expired, offers, outbox, server_time, sessions, tokens};

#[tokio::test]
async fn live_statements_use_an_index_and_never_scan() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let db = raw(folder.path()).await;
    let live = [
        approvals::LIVE,
        ciba::LIVE,
        enrolments::LIVE,
        &expired::live(),
        offers::LIVE,
        outbox::LIVE,
        server_time::LIVE,
        sessions::LIVE,
        tokens::LIVE,
    ];
    let mut checked = 0;
    for statement in live.concat() {
        let explain = AssertSqlSafe(format!("explain query plan {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&db).await.unwrap();
        let steps: Vec<&str> = plan.iter().map(|(_, _, _, step)| step.as_str()).collect();
        assert!(
            steps.iter().any(|step| step.starts_with("SEARCH") && step.contains("USING")),
            "{statement}: {steps:?}"
        );
        let scans = steps.iter().filter(|step| step.starts_with("SCAN") && **step != "SCAN CONSTANT ROW");
        assert_eq!(scans.count(), 0, "{statement}: {steps:?}");
        checked += 1;
    }
    assert!(checked >= 40, "{checked} statements");
    db.close().await;
    store.close().await;
}

/// A search by one column of an archive would read its whole history.
#[tokio::test]
async fn live_searches_in_archives_are_bounded_by_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let db = raw(folder.path()).await;
    for statement in approvals::LIVE {
        let explain = AssertSqlSafe(format!("explain query plan {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&db).await.unwrap();
        for (_, _, _, step) in plan {
            for unbounded in ["(account=?)", "(client=?)", "(enrolment=?)"] {
                let archive = step.contains("approval_request ") || step.contains("SEARCH request ");
                assert!(!(archive && step.contains(unbounded)), "{statement}: {step}");
            }
        }
    }
    db.close().await;
    store.close().await;
}
