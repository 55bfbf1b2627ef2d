//! Enrolments, key updates and offers.

use super::*;

pub(in crate::store) async fn enrolments_are_stored_and_found(store: &Store) {
    assert!(!store.read().await.unwrap().has_enrolments().await.unwrap());
    let waiting = pending("123456", at(2));
    let older = active("alice", 1);
    let other = active("bob", 1);
    for enrolment in [&waiting, &older, &other] {
        enrol(store, enrolment).await;
    }
    let mut db = store.read().await.unwrap();
    assert!(db.has_enrolments().await.unwrap());
    assert!(db.enrolment(&waiting.id).await.unwrap().unwrap() == waiting);
    assert!(db.enrolment(&EnrolmentId::random().unwrap()).await.unwrap().is_none());
    let key = older.keys.dk.thumbprint();
    assert!(db.enrolment_by_device_key(&key).await.unwrap().unwrap() == older);
    assert!(db.enrolment_by_device_key(&older.keys.uvk.thumbprint()).await.unwrap().is_none());
    let of_alice = db.enrolments_of_account("alice").await.unwrap();
    assert!(of_alice == [older.clone(), waiting.clone()], "oldest first");
    drop(db);

    let mut changed = waiting.clone();
    assert_eq!(changed.confirm("000000", at(3)), Ok(Confirmation::WrongCode { left: 2 }));
    changed.push = PushAddress { kind: PushKind::Fcm, token: Some("token".to_owned()) };
    changed.keys = active("alice", 0).keys;
    changed.signs_history = true;
    let mut revoked = older.clone();
    revoked.revoke().unwrap();
    revoked.number_reused = Some(at(9));
    let locks = [Lock::account("alice"), Lock::enrolment(&changed.id), Lock::enrolment(&revoked.id)];
    let mut tx = begin(store, locks).await;
    for enrolment in [&changed, &revoked] {
        tx.save_enrolment(enrolment, at(9)).await.unwrap();
        assert!(tx.enrolment(&enrolment.id).await.unwrap().unwrap() == *enrolment, "read in the transaction");
    }
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    assert!(db.enrolments_of_account("alice").await.unwrap() == [changed.clone()]);
    assert!(db.enrolment_history("alice").await.unwrap() == [revoked, changed]);
}

pub(in crate::store) async fn enrolment_counters_and_numbers_never_repeat(store: &Store) {
    let (one, two) = (active("alice", 1), active("alice", 1));
    enrol(store, &one).await;
    enrol(store, &two).await;
    let number = |number: u64| Number::try_from(number).unwrap();
    let mut tx = begin(store, [Lock::enrolment(&one.id), Lock::enrolment(&two.id)]).await;
    assert_eq!((tx.next_seq(&one.id).await.unwrap(), tx.next_seq(&one.id).await.unwrap()), (1, 2));
    assert_eq!(tx.next_seq(&two.id).await.unwrap(), 1);
    assert_eq!(tx.highest_number(&one.id).await.unwrap(), 0);
    assert!(tx.use_number(&one.id, number(9), &hash("a")).await.unwrap());
    assert!(tx.use_number(&one.id, number(3), &hash("b")).await.unwrap());
    assert!(!tx.use_number(&one.id, number(9), &hash("c")).await.unwrap());
    assert!(tx.use_number(&two.id, number(9), &hash("a")).await.unwrap(), "numbers are per enrolment");
    tx.commit().await.unwrap();
    assert_eq!(store.read().await.unwrap().highest_number(&one.id).await.unwrap(), 9);
}

pub(in crate::store) async fn updates_are_found_by_hash_and_jti(store: &Store) {
    let (phone, other) = (active("alice", 1), active("alice", 1));
    enrol(store, &phone).await;
    enrol(store, &other).await;
    let update = UpdateRecord {
        hash: hash("update"),
        enrolment: phone.id.clone(),
        jti: Jti::random().unwrap(),
        jws: Some("update".to_owned()),
        receipt: "receipt".to_owned(),
        received: at(10),
    };
    let mut tx = begin(store, [Lock::enrolment(&phone.id)]).await;
    tx.insert_update(&update).await.unwrap();
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    assert_eq!(db.update_receipt(&update.hash, &phone.id).await.unwrap().as_deref(), Some("receipt"));
    assert_eq!(db.update_receipt(&update.hash, &other.id).await.unwrap(), None);
    assert!(db.knows_update(&phone.id, &update.jti).await.unwrap());
    assert!(!db.knows_update(&other.id, &update.jti).await.unwrap());
    assert_eq!(db.updates_since(&phone.id, at(9)).await.unwrap(), 1);
    assert_eq!(db.updates_since(&phone.id, at(10)).await.unwrap(), 0);
}

pub(in crate::store) async fn assertion_and_secret_are_used_once(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    assert!(tx.use_assertion("shop", "jti", at(10)).await.unwrap());
    assert!(!tx.use_assertion("shop", "jti", at(10)).await.unwrap());
    assert!(tx.use_assertion("other", "jti", at(10)).await.unwrap());
    assert_eq!(tx.secret("name", b"first").await.unwrap(), b"first");
    assert_eq!(tx.secret("name", b"second").await.unwrap(), b"first");
    assert_eq!(tx.secret("other", b"second").await.unwrap(), b"second");
    tx.commit().await.unwrap();
}

pub(in crate::store) async fn offers_keep_their_stage(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    let mut offer = Offer {
        id: OfferId::random().unwrap(),
        account: "alice".to_owned(),
        label: "Alice".to_owned(),
        code_hash: hash("code"),
        created: at(1),
        expires: at(300),
        stage: Stage::Open,
    };
    let mut tx = begin(store, [Lock::Offer(offer.id.clone())]).await;
    tx.insert_offer(&offer).await.unwrap();
    assert_eq!(tx.offer(&offer.id).await.unwrap().as_ref(), Some(&offer));
    offer.tie_to(hash("verifier"), Nonce::random().unwrap(), at(2)).unwrap();
    tx.save_offer(&offer).await.unwrap();
    assert_eq!(tx.offer(&offer.id).await.unwrap().as_ref(), Some(&offer));
    offer.redeem(phone.id, at(3)).unwrap();
    tx.save_offer(&offer).await.unwrap();
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    assert_eq!(db.offer(&offer.id).await.unwrap(), Some(offer));
    assert_eq!(db.offer(&OfferId::random().unwrap()).await.unwrap(), None);
}

pub(in crate::store) async fn suspension_is_stored_and_listed(store: &Store) {
    let (mut first, mut second, mut other) = (active("alice", 1), active("bob", 2), active("carol", 3));
    for phone in [&first, &second, &other] {
        enrol(store, phone).await;
    }
    first.suspend(at(10)).unwrap();
    second.stop_for_reused_number(at(20));
    other.suspend(at(30)).unwrap();
    for phone in [&first, &second, &other] {
        save(store, phone).await;
    }
    other.lift_suspension().unwrap();
    save(store, &other).await;
    let mut db = store.read().await.unwrap();
    let listed = db.suspended_enrolments(10).await.unwrap();
    let suspension = |phone: &Enrolment| (phone.id.clone(), phone.suspension());
    assert_eq!(listed.iter().map(suspension).collect::<Vec<_>>(), [suspension(&second), suspension(&first)]);
    assert_eq!(db.suspended_enrolments(1).await.unwrap().len(), 1);
    assert!(db.enrolment(&other.id).await.unwrap().unwrap().is_active());
}

async fn save(store: &Store, phone: &Enrolment) {
    let mut tx = begin(store, [Lock::account(&phone.account), Lock::enrolment(&phone.id)]).await;
    tx.save_enrolment(phone, at(40)).await.unwrap();
    tx.commit().await.unwrap();
}
