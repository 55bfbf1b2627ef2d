//! The queue of writers: in order, with a limited wait, and without effect on readers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

use super::super::Sqlite;
use super::raw;
use crate::folder::DataFolder;
use crate::model::{Secret, Session};
use crate::store::{Backend as _, StoreError, WriteSession};

async fn sqlite(folder: &tempfile::TempDir) -> Sqlite {
    Sqlite::open(&DataFolder::take(folder.path()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn writers_begin_in_the_order_of_their_calls() {
    let folder = tempfile::tempdir().unwrap();
    let backend = Arc::new(sqlite(&folder).await);
    let first = backend.begin().await.unwrap();
    let next = Arc::new(AtomicUsize::new(0));
    let mut writers = Vec::new();
    for number in 0..20 {
        let (backend, next) = (backend.clone(), next.clone());
        writers.push(tokio::spawn(async move {
            let tx = backend.begin().await.unwrap();
            assert_eq!(next.fetch_add(1, Ordering::SeqCst), number);
            tx.commit().await.unwrap();
        }));
        tokio::task::yield_now().await;
    }
    first.commit().await.unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn writer_that_waits_too_long_is_busy_and_readers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::take(folder.path()).unwrap();
    let backend = Sqlite::open_with(&data, Duration::from_millis(50)).await.unwrap();
    let held = backend.begin().await.unwrap();
    assert!(matches!(backend.begin().await.err(), Some(StoreError::Busy)));
    assert!(!backend.read().await.unwrap().has_enrolments().await.unwrap());
    drop(held);
    backend.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn write_lock_of_another_program_is_busy() {
    let folder = tempfile::tempdir().unwrap();
    let backend = sqlite(&folder).await;
    let other = raw(folder.path()).await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    assert!(matches!(backend.begin().await.err(), Some(StoreError::Busy)));
    held.rollback().await.unwrap();
    backend.begin().await.unwrap().commit().await.unwrap();
}

/// Begins transactions of which the second waits while the first has its turn.
async fn two_turns(backend: &Arc<Sqlite>) -> (Box<dyn WriteSession>, tokio::task::JoinHandle<Box<dyn WriteSession>>) {
    let first = backend.begin().await.unwrap();
    let second = tokio::spawn({
        let backend = backend.clone();
        async move { backend.begin().await.unwrap() }
    });
    tokio::task::yield_now().await;
    (first, second)
}

fn session(number: &str) -> Session {
    Session {
        id_hash: Digest::of(number.as_bytes()),
        sub: "alice".to_owned(),
        password_hash: Digest::of(b"password"),
        csrf: Secret::new(String::new()),
        created: at(0),
        expires: at(10),
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

async fn is_stored(backend: &Sqlite, number: &str) -> bool {
    let mut db = backend.read().await.unwrap();
    db.session(&Digest::of(number.as_bytes()), at(0)).await.unwrap().is_some()
}

#[tokio::test]
async fn transactions_that_wait_are_committed_together() {
    let folder = tempfile::tempdir().unwrap();
    let backend = Arc::new(sqlite(&folder).await);
    let (mut first, second) = two_turns(&backend).await;
    first.insert_session(&session("1")).await.unwrap();
    let first = tokio::spawn(first.commit());
    let mut second = second.await.unwrap();
    second.insert_session(&session("2")).await.unwrap();
    assert!(!first.is_finished(), "answered before its changes are durable");
    assert!(!is_stored(&backend, "1").await, "visible before its changes are durable");
    second.commit().await.unwrap();
    first.await.unwrap().unwrap();
    assert!(is_stored(&backend, "1").await && is_stored(&backend, "2").await);
}

#[tokio::test]
async fn dropped_transaction_leaves_the_others_of_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let backend = Arc::new(sqlite(&folder).await);
    let (mut first, second) = two_turns(&backend).await;
    first.insert_session(&session("1")).await.unwrap();
    let first = tokio::spawn(first.commit());
    let mut second = second.await.unwrap();
    second.insert_session(&session("2")).await.unwrap();
    drop(second);
    first.await.unwrap().unwrap();
    assert!(is_stored(&backend, "1").await && !is_stored(&backend, "2").await);
    let mut third = backend.begin().await.unwrap();
    third.insert_session(&session("2")).await.unwrap();
    third.commit().await.unwrap();
    assert!(is_stored(&backend, "2").await);
}

#[tokio::test]
async fn transactions_fail_together_if_their_commit_fails() {
    let folder = tempfile::tempdir().unwrap();
    let backend = Arc::new(sqlite(&folder).await);
    let (mut first, second) = two_turns(&backend).await;
    first.insert_session(&session("1")).await.unwrap();
    let first = tokio::spawn(first.commit());
    drop(second.await.unwrap());
    first.await.unwrap().unwrap();

    let mut first = backend.writer.begin().await.unwrap();
    let second = tokio::spawn({
        let backend = backend.clone();
        async move { backend.writer.begin().await.unwrap() }
    });
    tokio::task::yield_now().await;
    sqlx::query("delete from session").execute(first.connection()).await.unwrap();
    let first = tokio::spawn(first.commit());
    let mut second = second.await.unwrap();
    // Like SQLite on a full disk.
    sqlx::query("ROLLBACK").execute(second.connection()).await.unwrap();
    assert!(second.commit().await.is_err());
    assert!(matches!(first.await.unwrap(), Err(StoreError::Database(_))));
    assert!(is_stored(&backend, "1").await);
    backend.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn cancelled_call_leaves_no_transaction_open() {
    let folder = tempfile::tempdir().unwrap();
    let backend = Arc::new(sqlite(&folder).await);
    for polls in 0..40 {
        let backend = backend.clone();
        let call = tokio::spawn(async move {
            let mut tx = backend.begin().await.unwrap();
            tx.insert_session(&session(&format!("cancelled {polls}"))).await.unwrap();
            tx.delete_session(&session(&format!("cancelled {polls}")).id_hash).await.unwrap();
            tx.commit().await.unwrap();
        });
        for _ in 0..polls {
            tokio::task::yield_now().await;
        }
        call.abort();
        call.await.ok();
    }
    let mut tx = backend.begin().await.unwrap();
    tx.insert_session(&session("last")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(is_stored(&backend, "last").await);
}
