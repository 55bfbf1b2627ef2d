//! Approval requests, requests, decisions and guards.

use super::*;

pub(in crate::store) async fn approval_requests_keep_their_state(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    type End = fn(&mut ApprovalRequest);
    let ends: [(&str, End); 5] = [
        ("pending", |_| {}),
        ("approved", |request| request.approve(Assurance::uv_software(at(5))).unwrap()),
        ("denied", |request| request.deny(DenialReason::Policy).unwrap()),
        ("mismatch", |request| request.record_mismatch().unwrap()),
        ("cancelled", |request| request.cancel().unwrap()),
    ];
    for (name, end) in ends {
        let mut request = approval(name, "shop", 1, 300);
        request.quiet = name == "denied";
        insert_pending(store, &request, &phone).await;
        end(&mut request);
        let mut tx = begin(store, [Lock::approval(&request.id)]).await;
        tx.save_approval_request(&request).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.read().await.unwrap().approval_request(&request.id).await.unwrap(), Some(request));
    }
    assert_eq!(store.read().await.unwrap().approval_request(&approval_id("other")).await.unwrap(), None);
}

pub(in crate::store) async fn requests_are_listed_while_open_and_after(store: &Store) {
    let (phone, other) = (active("alice", 1), active("alice", 1));
    enrol(store, &phone).await;
    enrol(store, &other).await;
    let (first, second) = (approval("first", "shop", 1, 300), approval("second", "shop", 2, 200));
    let (one, two) = (insert_pending(store, &first, &phone).await, insert_pending(store, &second, &phone).await);
    let at_other = request("elsewhere", &first, &other);
    let mut tx = begin(store, [Lock::approval(&first.id)]).await;
    tx.insert_request(&at_other).await.unwrap();
    tx.commit().await.unwrap();

    let mut db = store.read().await.unwrap();
    assert_eq!(db.request(&one.txn).await.unwrap(), Some(one.clone()));
    assert_eq!(db.request(&"other".parse().unwrap()).await.unwrap(), None);
    assert_eq!(db.requests_of(&first.id).await.unwrap(), [one.clone(), at_other]);
    assert_eq!(db.open_requests(&phone.id, at(199)).await.unwrap(), [one.clone(), two.clone()], "oldest first");
    assert_eq!(db.open_requests(&phone.id, at(200)).await.unwrap(), std::slice::from_ref(&one));
    assert_eq!(db.closed_requests(&phone.id, at(0), at(199), 9).await.unwrap(), []);
    let expired = (two.txn.clone(), RequestState::Expired);
    assert_eq!(db.closed_requests(&phone.id, at(0), at(200), 9).await.unwrap(), [expired]);
    drop(db);

    for (mut request, state) in [(one.clone(), RequestState::Accepted), (two.clone(), RequestState::Cancelled)] {
        request.close(state, at(10)).unwrap();
        let mut tx = begin(store, [Lock::approval(&request.approval_request)]).await;
        tx.save_request(&request).await.unwrap();
        assert_eq!(tx.request(&request.txn).await.unwrap(), Some(request));
        tx.commit().await.unwrap();
    }
    let mut db = store.read().await.unwrap();
    assert_eq!(db.open_requests(&phone.id, at(10)).await.unwrap(), []);
    let (newest, oldest) = ((two.txn, RequestState::Cancelled), (one.txn, RequestState::Accepted));
    let closed = db.closed_requests(&phone.id, at(0), at(10), 9).await.unwrap();
    assert_eq!(closed, [newest.clone(), oldest.clone()], "newest first");
    assert_eq!(db.closed_requests(&phone.id, at(0), at(10), 1).await.unwrap(), [newest]);
    assert_eq!(db.closed_requests(&phone.id, at(200), at(10), 9).await.unwrap(), [oldest]);
}

pub(in crate::store) async fn quiet_requests_are_not_audible(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    let loud = insert_pending(store, &approval("loud", "shop", 1, 300), &phone).await;
    insert_pending(store, &ApprovalRequest { quiet: true, ..approval("quiet", "shop", 1, 300) }, &phone).await;
    let mut db = store.read().await.unwrap();
    assert_eq!(db.open_requests(&phone.id, at(2)).await.unwrap().len(), 2);
    assert_eq!(db.audible_requests(&phone.id, at(2)).await.unwrap(), [loud]);
    assert_eq!(db.audible_requests(&phone.id, at(300)).await.unwrap(), []);
}

pub(in crate::store) async fn load_counts_rate_and_pending(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    for (id, client, created) in [("a", "shop", 10), ("b", "shop", 20), ("c", "kiosk", 30)] {
        insert_pending(store, &approval(id, client, created, created + 100), &phone).await;
    }
    let mut ended = approval("d", "shop", 40, 140);
    insert_pending(store, &ended, &phone).await;
    ended.cancel().unwrap();
    let mut tx = begin(store, [Lock::approval(&ended.id)]).await;
    tx.save_approval_request(&ended).await.unwrap();
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    let all = Load { of_account: 4, of_client: 3, of_client_for_account: 3, waiting: 3, waiting_of_client: 2 };
    assert_eq!(db.load("alice", "shop", at(0), at(50)).await.unwrap(), all);
    let later = Load { of_account: 2, of_client: 1, of_client_for_account: 1, waiting: 2, waiting_of_client: 1 };
    assert_eq!(db.load("alice", "shop", at(20), at(110)).await.unwrap(), later);
    let of_bob = Load { of_client: 3, ..Load::default() };
    assert_eq!(db.load("bob", "shop", at(0), at(50)).await.unwrap(), of_bob);
}

pub(in crate::store) async fn decisions_are_listed_in_order(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    let approval = approval("a", "shop", 1, 300);
    let request = insert_pending(store, &approval, &phone).await;
    let records = [decision("one", &request.txn, 5), decision("two", &request.txn, 5)];
    let mut tx = begin(store, [Lock::approval(&approval.id)]).await;
    for record in &records {
        tx.insert_decision(&approval.id, record).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    assert_eq!(db.decision(&hash("two")).await.unwrap().as_ref(), Some(&records[1]));
    assert_eq!(db.decision(&hash("three")).await.unwrap(), None);
    assert_eq!(db.decisions_on(&request.txn).await.unwrap(), records);
}

pub(in crate::store) async fn guards_are_stored_per_account(store: &Store) {
    let guard = Guard { binding_failures: 1, cool_until: at(2), not_me: 3, not_me_since: at(4), quiet_until: at(5) };
    let mut tx = begin(store, [Lock::account("alice")]).await;
    assert_eq!(tx.guard("alice").await.unwrap(), Guard::default());
    tx.save_guard("alice", &guard).await.unwrap();
    tx.save_guard("alice", &guard).await.unwrap();
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    assert_eq!(db.guard("alice").await.unwrap(), guard);
    assert_eq!(db.guard("bob").await.unwrap(), Guard::default());
}
