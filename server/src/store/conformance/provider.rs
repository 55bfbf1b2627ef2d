//! CIBA requests, tokens and sessions.

use super::*;
use crate::clock::ConfirmedTime;

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
    assert_eq!(db.token(&token.hash, TokenKind::Access, at(9)).await.unwrap().as_ref(), Some(&token));
    assert_eq!(db.token(&token.hash, TokenKind::Access, at(10)).await.unwrap(), None);
    assert_eq!(db.token(&token.hash, TokenKind::Refresh, at(9)).await.unwrap(), None);
    assert_eq!(db.session(&session.id_hash, at(9)).await.unwrap().as_ref(), Some(&session));
    assert_eq!(db.session(&session.id_hash, at(10)).await.unwrap(), None);
    drop(db);
    let mut tx = store.begin().await.unwrap();
    tx.delete_session(&session.id_hash).await.unwrap();
    tx.insert_session(&super::session("second", 10)).await.unwrap();
    tx.delete_sessions_of_account("2").await.unwrap();
    assert!(tx.session(&hash("second"), at(9)).await.unwrap().is_some());
    tx.delete_sessions_of_account("1").await.unwrap();
    assert_eq!(tx.session(&hash("second"), at(9)).await.unwrap(), None);
    tx.commit().await.unwrap();
    assert_eq!(store.read().await.unwrap().session(&session.id_hash, at(9)).await.unwrap(), None);
}

pub(in crate::store) async fn tokens_are_deleted_by_grant_account_and_client(store: &Store) {
    let of = |name: &str, grant: &str, sub: &str, client: &str| {
        let token = token(name, 10);
        let grant = Grant { id: hash(grant), sub: sub.to_owned(), client_id: client.to_owned(), ..token.grant.clone() };
        Token { grant, ..token }
    };
    let tokens = [
        of("single", "g1", "1", "shop"),
        of("first of g2", "g2", "1", "shop"),
        of("second of g2", "g2", "1", "shop"),
        of("other client", "g3", "1", "kiosk"),
        of("other account", "g4", "2", "shop"),
        of("last", "g5", "3", "kiosk"),
    ];
    let mut tx = store.begin().await.unwrap();
    for token in &tokens {
        tx.insert_token(token).await.unwrap();
    }
    tx.commit().await.unwrap();
    let left = async || {
        let mut db = store.read().await.unwrap();
        let mut left = Vec::new();
        for (nth, token) in tokens.iter().enumerate() {
            if db.token(&token.hash, TokenKind::Access, at(1)).await.unwrap().is_some() {
                left.push(nth);
            }
        }
        left
    };
    let mut tx = store.begin().await.unwrap();
    tx.delete_token(&tokens[0].hash).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(left().await, [1, 2, 3, 4, 5]);
    let mut tx = store.begin().await.unwrap();
    tx.delete_grant(&hash("g2")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(left().await, [3, 4, 5]);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.delete_tokens_of_account("1").await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(left().await, [4, 5]);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.delete_tokens_of_client("shop").await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(left().await, [5]);
}

pub(in crate::store) async fn tokens_and_sessions_of_a_clock_that_was_ahead_are_expired(store: &Store) {
    let (token, session) = (token("token", 90_010), session("session", 90_010));
    let (token, session) = (Token { created: at(90_000), ..token }, Session { created: at(90_000), ..session });
    let mut tx = store.begin().await.unwrap();
    tx.insert_token(&token).await.unwrap();
    tx.insert_session(&session).await.unwrap();
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    for (now, valid) in [(89_399, false), (89_400, true), (90_009, true), (90_010, false)] {
        assert_eq!(db.token(&token.hash, TokenKind::Access, at(now)).await.unwrap().is_some(), valid, "{now}");
        assert_eq!(db.session(&session.id_hash, at(now)).await.unwrap().is_some(), valid, "{now}");
    }
}

pub(in crate::store) async fn confirmed_time_is_stored_once(store: &Store) {
    assert_eq!(store.read().await.unwrap().confirmed_time().await.unwrap(), None);
    for steady_secs in [60, 0] {
        let time = ConfirmedTime { confirmed: at(10 + steady_secs), seen: at(20), steady_secs };
        let mut tx = store.begin().await.unwrap();
        tx.save_confirmed_time(&time).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.read().await.unwrap().confirmed_time().await.unwrap(), Some(time));
    }
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
    assert_eq!(count(200_000, 286_400).await, (1, at(286_400)));
    let mut db = store.read().await.unwrap();
    assert_eq!(db.sign_in_count(&target, at(10)).await.unwrap(), SignInCount::default(), "from a clock that was ahead");
    drop(db);
    assert_eq!(count(10, 86_410).await, (1, at(86_410)));
}
