//! Rows that this version does not understand are named exactly.

use super::{open, raw};
use crate::model::enrolment::tests::pending;
use crate::store::{Lock, StoreError};
use countersign_protocol::message::claims::Timestamp;

#[tokio::test]
async fn unreadable_row_names_table_column_and_row() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let enrolment = pending("123456", Timestamp::from_seconds(1));
    let mut tx = store.begin().await.unwrap();
    tx.lock(Lock::account("alice")).await.unwrap();
    tx.insert_enrolment(&enrolment).await.unwrap();
    tx.commit().await.unwrap();
    let db = raw(folder.path()).await;
    sqlx::query("update enrolment set push = 'x'").execute(&db).await.unwrap();
    db.close().await;
    let error = store.read().await.unwrap().enrolment(&enrolment.id).await.err().unwrap();
    let row = enrolment.id.to_string();
    assert!(
        matches!(&error, StoreError::Unreadable { table: "enrolment", column: "push", row: found } if *found == row),
        "{error}"
    );
    store.close().await;
}
