//! CIBA requests, tokens and sessions.

use super::*;

pub(in crate::store) async fn ciba_requests_are_redeemed_once(store: &Store) {
    let mut request = ciba("id", 300);
    let mut tx = begin(store, [Lock::ciba(&request.id_hash)]).await;
    tx.insert_ciba_request(&request).await.unwrap();
    assert_eq!(tx.ciba_request(&request.id_hash, "shop").await.unwrap().as_ref(), Some(&request));
    assert_eq!(tx.ciba_request(&request.id_hash, "other").await.unwrap(), None);
    request.redeem(at(5)).unwrap();
    tx.save_ciba_request(&request).await.unwrap();
    tx.commit().await.unwrap();
    let mut stored = store.read().await.unwrap().ciba_request(&request.id_hash, "shop").await.unwrap().unwrap();
    assert_eq!(stored, request);
    assert!(stored.redeem(at(6)).is_err());
}

pub(in crate::store) async fn tokens_and_sessions_expire(store: &Store) {
    let (token, session) = (token("token", 10), session("session", 10));
    let mut tx = store.begin().await.unwrap();
    tx.insert_token(&token).await.unwrap();
    tx.insert_session(&session).await.unwrap();
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    assert_eq!(db.token(&token.hash, TokenKind::Access, at(9)).await.unwrap().as_ref(), Some(&token.grant));
    assert_eq!(db.token(&token.hash, TokenKind::Access, at(10)).await.unwrap(), None);
    assert_eq!(db.token(&token.hash, TokenKind::Refresh, at(9)).await.unwrap(), None);
    assert_eq!(db.session(&session.id_hash, at(9)).await.unwrap().as_ref(), Some(&session));
    assert_eq!(db.session(&session.id_hash, at(10)).await.unwrap(), None);
    drop(db);
    let mut tx = store.begin().await.unwrap();
    tx.delete_session(&session.id_hash).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.read().await.unwrap().session(&session.id_hash, at(9)).await.unwrap(), None);
}

pub(in crate::store) async fn failed_sign_ins_are_counted_until_expiry(store: &Store) {
    let target = hash("name");
    let count = async |now, expires| {
        let mut tx = store.begin().await.unwrap();
        let count = tx.count_sign_in(&target, at(now), at(expires)).await.unwrap();
        tx.commit().await.unwrap();
        (count.failures, count.expires.unwrap())
    };
    assert_eq!(count(0, 100).await, (1, at(100)));
    assert_eq!(count(50, 150).await, (2, at(100)), "the first failure starts the count");
    let mut tx = store.begin().await.unwrap();
    tx.forgive_sign_in(&target).await.unwrap();
    tx.forgive_sign_in(&hash("other")).await.unwrap();
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    assert_eq!(db.sign_in_count(&target, at(99)).await.unwrap().failures, 1);
    assert_eq!(db.sign_in_count(&target, at(100)).await.unwrap(), SignInCount::default());
    drop(db);
    assert_eq!(count(100, 200).await, (1, at(200)), "the count begins again");
    assert_eq!(count(10, 110).await, (2, at(110)), "a clock that was set back shortens the count");
}
