//! The deletion of expired rows.

use super::*;

pub(in crate::store) async fn expired_rows_are_deleted_in_batches(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    for (name, expires) in [("a", 10), ("b", 10), ("c", 10), ("later", 11)] {
        tx.insert_ciba_request(&ciba(name, expires)).await.unwrap();
        tx.insert_token(&token(name, expires)).await.unwrap();
        tx.insert_session(&session(name, expires)).await.unwrap();
        tx.count_sign_in(&hash(name), at(1), at(expires)).await.unwrap();
        tx.use_assertion("shop", name, at(expires)).await.unwrap();
        let offer = Offer {
            id: OfferId::random().unwrap(),
            account: "alice".to_owned(),
            label: "Alice".to_owned(),
            code_hash: hash("code"),
            created: at(1),
            expires: at(expires),
            stage: Stage::Open,
        };
        tx.insert_offer(&offer).await.unwrap();
    }
    tx.commit().await.unwrap();
    for kind in [
        Expired::CibaRequests,
        Expired::Tokens,
        Expired::Assertions,
        Expired::Sessions,
        Expired::SignIns,
        Expired::Offers,
    ] {
        let mut tx = store.begin().await.unwrap();
        assert!(!tx.has_expired(kind, at(9)).await.unwrap(), "{kind:?}");
        assert!(tx.has_expired(kind, at(10)).await.unwrap(), "{kind:?}");
        for expected in [2, 1, 0] {
            assert_eq!(tx.delete_expired(kind, at(10), 2).await.unwrap(), expected, "{kind:?}");
        }
        assert!(!tx.has_expired(kind, at(10)).await.unwrap(), "{kind:?}");
        assert!(tx.has_expired(kind, at(11)).await.unwrap(), "{kind:?}");
        tx.commit().await.unwrap();
    }
    let mut db = store.read().await.unwrap();
    assert!(db.token(&hash("later"), TokenKind::Access, at(1)).await.unwrap().is_some());
}

pub(in crate::store) async fn evidence_is_kept_longer_than_undecided_requests(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    // Approved; cancelled with a late decision that got its receipt; without any decision.
    for name in ["approved", "late", "undecided"] {
        let mut approval = approval(name, "shop", 0, 10);
        let request = insert_pending(store, &approval, &phone).await;
        let mut tx = begin(store, [Lock::approval(&approval.id)]).await;
        match name {
            "approved" => approval.approve(Assurance::uv_software(at(5))).unwrap(),
            "late" => approval.cancel().unwrap(),
            _ => {}
        }
        tx.save_approval_request(&approval).await.unwrap();
        if name != "undecided" {
            tx.insert_decision(&approval.id, &decision(name, &request.txn, 5)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let left = async || {
        let mut db = store.read().await.unwrap();
        let mut left = Vec::new();
        for name in ["approved", "late", "undecided"] {
            let approval = db.approval_request(&approval_id(name)).await.unwrap().is_some();
            let request = db.request(&name.parse().unwrap()).await.unwrap().is_some();
            assert_eq!(approval, request, "{name}");
            assert_eq!(db.decision(&hash(name)).await.unwrap().is_some(), approval && name != "undecided", "{name}");
            left.push(approval);
        }
        left
    };
    let delete = async |kind, before| {
        let mut tx = store.begin().await.unwrap();
        let deleted = tx.delete_expired(kind, at(before), 500).await.unwrap();
        tx.commit().await.unwrap();
        deleted
    };
    assert_eq!(delete(Expired::UndecidedApprovals, 9).await, 0);
    assert_eq!(delete(Expired::UndecidedApprovals, 10).await, 1);
    assert_eq!(left().await, [true, true, false]);
    assert_eq!(delete(Expired::Approvals, 9).await, 0);
    assert_eq!(delete(Expired::Approvals, DAY_SECS).await, 2);
    assert_eq!(left().await, [false, false, false]);
    assert!(store.read().await.unwrap().enrolment(&phone.id).await.unwrap().is_some());
}

pub(in crate::store) async fn messages_of_updates_are_deleted_without_their_receipts(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    let mut tx = begin(store, [Lock::enrolment(&phone.id)]).await;
    let update = |name: &str, jws: Option<&str>, received| UpdateRecord {
        hash: hash(name),
        enrolment: phone.id.clone(),
        jti: Jti::random().unwrap(),
        jws: jws.map(str::to_owned),
        receipt: name.to_owned(),
        received: at(received),
    };
    tx.insert_update(&update("first", Some("1234"), 10)).await.unwrap();
    tx.insert_update(&update("second", Some("12345678"), 11)).await.unwrap();
    tx.insert_update(&update("refused", None, 10)).await.unwrap();
    assert_eq!(tx.update_bytes(&phone.id).await.unwrap(), 12);
    assert!(!tx.has_expired(Expired::UpdateMessages, at(9)).await.unwrap());
    assert_eq!(tx.delete_expired(Expired::UpdateMessages, at(10), 500).await.unwrap(), 1);
    assert!(!tx.has_expired(Expired::UpdateMessages, at(10)).await.unwrap());
    assert_eq!(tx.update_bytes(&phone.id).await.unwrap(), 8);
    for name in ["first", "second", "refused"] {
        assert_eq!(tx.update_receipt(&hash(name), &phone.id).await.unwrap().as_deref(), Some(name));
    }
    tx.commit().await.unwrap();
}
