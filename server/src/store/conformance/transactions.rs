//! Locks, rollback and the outbox.

use futures_util::FutureExt as _;

use super::*;

/// Debug builds check that each write holds the lock that its documentation names.
pub(in crate::store) async fn writes_need_their_locks(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    let approval = approval("a", "shop", 1, 300);
    let request = insert_pending(store, &approval, &phone).await;
    let offer = Offer {
        id: OfferId::random().unwrap(),
        account: "alice".to_owned(),
        label: "Alice".to_owned(),
        code_hash: hash("code"),
        created: at(1),
        expires: at(300),
        stage: Stage::Open,
    };
    let update = UpdateRecord {
        hash: hash("update"),
        enrolment: phone.id.clone(),
        jti: Jti::random().unwrap(),
        jws: None,
        receipt: String::new(),
        received: at(1),
    };
    let not_locked = |result: Result<(), StoreError>, what: &str| {
        assert!(matches!(result, Err(StoreError::NotLocked(_))), "{what}: {result:?}");
    };
    let mut tx = store.begin().await.unwrap();
    not_locked(tx.insert_enrolment(&active("alice", 1)).await, "insert_enrolment");
    not_locked(tx.save_enrolment(&phone, at(1)).await, "save_enrolment");
    not_locked(tx.next_seq(&phone.id).await.map(drop), "next_seq");
    let number = Number::try_from(1).unwrap();
    not_locked(tx.use_number(&phone.id, number, &hash("a")).await.map(drop), "use_number");
    not_locked(tx.insert_update(&update).await, "insert_update");
    not_locked(tx.save_offer(&offer).await, "save_offer");
    not_locked(tx.insert_approval_request(&approval).await, "insert_approval_request");
    not_locked(tx.save_approval_request(&approval).await, "save_approval_request");
    not_locked(tx.insert_request(&request).await, "insert_request");
    not_locked(tx.save_request(&request).await, "save_request");
    let record = decision("d", &request.txn, 1);
    not_locked(tx.insert_decision(&approval.id, &record).await, "insert_decision");
    not_locked(tx.save_guard("alice", &Guard::default()).await, "save_guard");
    not_locked(tx.save_ciba_request(&ciba("id", 1)).await, "save_ciba_request");
    tx.lock(Lock::account("alice")).await.unwrap();
    not_locked(tx.save_enrolment(&phone, at(1)).await, "save_enrolment without the enrolment");
    not_locked(tx.save_guard("bob", &Guard::default()).await, "save_guard of another account");
    let earlier = tx.lock(Lock::Client("shop".to_owned())).await;
    assert!(matches!(earlier, Err(StoreError::LockOrder(_))), "{earlier:?}");
}

pub(in crate::store) async fn dropped_transaction_changes_nothing(store: &Store) {
    let phone = active("alice", 1);
    let mut tx = begin(store, [Lock::account("alice")]).await;
    tx.insert_enrolment(&phone).await.unwrap();
    drop(tx);
    assert!(!store.read().await.unwrap().has_enrolments().await.unwrap());
    enrol(store, &phone).await;
    assert!(store.read().await.unwrap().has_enrolments().await.unwrap());
}

pub(in crate::store) async fn commit_with_a_push_wakes_the_outbox(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    let outbox = store.outbox();
    let content = PushContent::Status("signed".to_owned());
    let push = NewPush { enrolment: phone.id.clone(), content, created: at(1), expires: at(300) };
    let mut tx = store.begin().await.unwrap();
    tx.enqueue_push(&push).await.unwrap();
    let woken = async || {
        let wait = std::time::Duration::from_millis(20);
        tokio::time::timeout(wait, outbox.notified()).await.is_ok()
    };
    assert!(!woken().await, "not before the commit");
    tx.commit().await.unwrap();
    assert!(woken().await);
    store.begin().await.unwrap().commit().await.unwrap();
    assert!(!woken().await, "not without a push");
}

pub(in crate::store) async fn commit_of_a_cancelled_call_wakes_the_outbox(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    let content = PushContent::Status("signed".to_owned());
    let push = NewPush { enrolment: phone.id.clone(), content, created: at(1), expires: at(300) };
    let mut tx = store.begin().await.unwrap();
    tx.enqueue_push(&push).await.unwrap();
    assert!(tx.commit().now_or_never().is_none(), "the caller hangs up during the commit");
    let woken = tokio::time::timeout(std::time::Duration::from_secs(10), async { store.outbox().notified().await });
    assert!(woken.await.is_ok());
}

pub(in crate::store) async fn outbox_returns_due_pushes_in_order(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    let push = |content: PushContent, created: i64| NewPush {
        enrolment: phone.id.clone(),
        content,
        created: at(created),
        expires: at(300),
    };
    let first = push(PushContent::Request("txn".parse().unwrap()), 10);
    let second = push(PushContent::Status("signed".to_owned()), 20);
    let mut tx = store.begin().await.unwrap();
    tx.insert_push(&second).await.unwrap();
    tx.insert_push(&first).await.unwrap();
    tx.commit().await.unwrap();

    let mut db = store.read().await.unwrap();
    assert_eq!(db.due_pushes(at(9), 9).await.unwrap(), []);
    let due = db.due_pushes(at(20), 9).await.unwrap();
    assert_eq!(due.iter().map(|row| row.push.clone()).collect::<Vec<_>>(), [first.clone(), second.clone()]);
    assert!(due.iter().all(|row| row.attempts == 0 && row.next_attempt == row.push.created));
    assert_eq!(db.due_pushes(at(20), 1).await.unwrap().len(), 1);
    drop(db);

    let mut tx = store.begin().await.unwrap();
    tx.delay_push(due[0].id, at(30)).await.unwrap();
    tx.delete_pushes(&[due[1].id, due[1].id]).await.unwrap();
    tx.delete_pushes(&[due[1].id]).await.unwrap();
    tx.delete_pushes(&[]).await.unwrap();
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    assert_eq!(db.due_pushes(at(29), 9).await.unwrap(), []);
    let delayed = db.due_pushes(at(30), 9).await.unwrap();
    assert_eq!((delayed.len(), delayed[0].attempts, delayed[0].next_attempt), (1, 1, at(30)));
    assert_eq!(delayed[0].push, first);
}
