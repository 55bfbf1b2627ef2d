//! The cost of live queries beside a long history. Run it with
//! `cargo test -p countersign-server --lib long_history -- --ignored --nocapture`.

use std::time::Instant;

use countersign_protocol::message::claims::Timestamp;

use super::{open, raw};
use crate::model::Enrolment;
use crate::model::Standing;
use crate::model::enrolment::tests::pending;
use crate::store::Lock;

const ROWS: i64 = 100_000;

#[tokio::test]
#[ignore = "a measurement: it prints times and asserts nothing about them"]
#[allow(clippy::print_stdout, reason = "the output is the result")]
async fn live_queries_beside_a_long_history() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let now = Timestamp::from_seconds(1_800_000_000);
    let phone = Enrolment { standing: Standing::Active, ..pending("123456", now) };
    let mut tx = store.begin().await.unwrap();
    tx.lock(Lock::account("alice")).await.unwrap();
    tx.insert_enrolment(&phone).await.unwrap();
    tx.commit().await.unwrap();
    for rows in [0, ROWS] {
        let db = raw(folder.path()).await;
        sqlx::query(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < $1) \
             insert into approval_request (id, account, client, state, acr, amr, auth_time, created, expires) \
             select 'h' || i, 'alice', 'shop', 'approved', 'a', 'b', 1, i, i + 300 from n where $1 > 0",
        )
        .bind(rows)
        .execute(&db)
        .await
        .unwrap();
        sqlx::query(
            "insert into request (txn, approval_request, enrolment, jws, hash, state, created, expires, closed) \
             select id, id, $1, hex(zeroblob(600)), '', 'accepted', created, expires, created from approval_request",
        )
        .bind(phone.id.as_str())
        .execute(&db)
        .await
        .unwrap();
        db.close().await;
        let (mut load, mut inbox) = (Vec::new(), Vec::new());
        for _ in 0..51 {
            let mut session = store.read().await.unwrap();
            let start = Instant::now();
            session.load("alice", "shop", now.plus(-60), now).await.unwrap();
            load.push(start.elapsed().as_micros());
            let start = Instant::now();
            session.open_requests(&phone.id, now).await.unwrap();
            session.closed_requests(&phone.id, now.plus(-600), now, 50).await.unwrap();
            inbox.push(start.elapsed().as_micros());
        }
        load.sort_unstable();
        inbox.sort_unstable();
        println!("{rows} rows: load {} us, inbox {} us (median)", load[25], inbox[25]);
    }
    store.close().await;
}
