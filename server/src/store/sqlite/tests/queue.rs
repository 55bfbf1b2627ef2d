//! The queue of writers: in order, with a limited wait, and without effect on readers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::super::Sqlite;
use super::raw;
use crate::folder::DataFolder;
use crate::store::{Backend as _, StoreError};

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
    let backend = Sqlite { turn_timeout: Duration::from_millis(50), ..sqlite(&folder).await };
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
