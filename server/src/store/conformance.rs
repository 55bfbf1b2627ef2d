//! The conformance suite of the store. Every backend runs it with [`conformance_suite`].
//!
//! Each function gets an empty store and tests the contract of the functions of one trait. Together
//! they call every function of every trait.

use countersign_protocol::jose::{Digest, SigningKey};
use countersign_protocol::message::claims::{EnrolmentId, Jti, Nonce, OfferId, Timestamp, Txn};
use countersign_protocol::message::enrolment::{PushAddress, PushKind};
use countersign_protocol::message::number::Number;

use super::{Expired, Lock, Store, StoreError, Tx};
use crate::model::ciba::CibaState;
use crate::model::enrolment::tests::pending;
use crate::model::offer::{Offer, Stage};
use crate::model::{
    ApprovalRequest, ApprovalRequestId, ApprovalState, Assurance, CibaRequest, Confirmation, DecisionRecord,
    DenialReason, Enrolment, Grant, Guard, Load, NewPush, PushContent, Request, RequestState, Session, Standing, Token,
    TokenKind, UpdateRecord,
};

/// Makes one test per function of the suite. `$open` is an async function that returns an empty
/// store and a value that keeps its files.
macro_rules! conformance_suite {
    ($open:path) => {
        $crate::store::conformance::conformance_suite!($open:
            enrolments_are_stored_and_found
            enrolment_counters_and_numbers_never_repeat
            updates_are_found_by_hash_and_jti
            proof_assertion_and_secret_are_used_once
            offers_keep_their_stage
            approval_requests_keep_their_state
            requests_are_listed_while_open_and_after
            quiet_requests_are_not_audible
            load_counts_rate_and_pending
            decisions_are_listed_in_order
            guards_are_stored_per_account
            ciba_requests_are_redeemed_once
            tokens_and_sessions_expire
            outbox_returns_due_pushes_in_order
            expired_rows_are_deleted_in_batches
            evidence_is_kept_longer_than_undecided_requests
            writes_need_their_locks
            dropped_transaction_changes_nothing
            commit_with_a_push_wakes_the_outbox
        );
    };
    ($open:path: $($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let (store, _files) = $open().await;
                $crate::store::conformance::$name(&store).await;
                store.close().await;
            }
        )*
    };
}

pub(super) use conformance_suite;

const DAY_SECS: i64 = 24 * 3600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn hash(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn approval_id(text: &str) -> ApprovalRequestId {
    ApprovalRequestId::from_text(text)
}

fn active(account: &str, created: i64) -> Enrolment {
    Enrolment { account: account.to_owned(), standing: Standing::Active, ..pending("123456", at(created)) }
}

/// Begins a transaction with these locks.
async fn begin(store: &Store, locks: impl IntoIterator<Item = Lock>) -> Tx {
    let mut tx = store.begin().await.unwrap();
    tx.lock_all(locks).await.unwrap();
    tx
}

/// Stores an enrolment.
async fn enrol(store: &Store, enrolment: &Enrolment) {
    let mut tx = begin(store, [Lock::account(&enrolment.account)]).await;
    tx.insert_enrolment(enrolment).await.unwrap();
    tx.commit().await.unwrap();
}

fn approval(id: &str, client: &str, created: i64, expires: i64) -> ApprovalRequest {
    ApprovalRequest {
        id: approval_id(id),
        account: "alice".to_owned(),
        client: client.to_owned(),
        quiet: false,
        created: at(created),
        expires: at(expires),
        state: ApprovalState::Pending { expected: Some("123456".to_owned()) },
    }
}

fn request(txn: &str, of: &ApprovalRequest, phone: &Enrolment) -> Request {
    Request {
        txn: txn.parse().unwrap(),
        approval_request: of.id.clone(),
        enrolment: phone.id.clone(),
        jws: format!("jws of {txn}"),
        hash: hash(txn),
        state: RequestState::Pending,
        created: of.created,
        expires: of.expires,
        closed: None,
    }
}

/// Stores an approval request and one request of it for the phone.
async fn insert_pending(store: &Store, approval: &ApprovalRequest, phone: &Enrolment) -> Request {
    let request = request(approval.id.as_str(), approval, phone);
    let locks = [Lock::Client(approval.client.clone()), Lock::account(&approval.account), Lock::approval(&approval.id)];
    let mut tx = begin(store, locks).await;
    tx.insert_approval_request(approval).await.unwrap();
    tx.insert_request(&request).await.unwrap();
    tx.commit().await.unwrap();
    request
}

fn decision(name: &str, txn: &Txn, received: i64) -> DecisionRecord {
    let key = SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap();
    DecisionRecord {
        hash: hash(name),
        txn: txn.clone(),
        jws: name.to_owned(),
        signer: key.public().clone(),
        receipt: format!("receipt of {name}"),
        received: at(received),
    }
}

pub(super) async fn enrolments_are_stored_and_found(store: &Store) {
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

pub(super) async fn enrolment_counters_and_numbers_never_repeat(store: &Store) {
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

pub(super) async fn updates_are_found_by_hash_and_jti(store: &Store) {
    let (phone, other) = (active("alice", 1), active("alice", 1));
    enrol(store, &phone).await;
    enrol(store, &other).await;
    let update = UpdateRecord {
        hash: hash("update"),
        enrolment: phone.id.clone(),
        jti: Jti::random().unwrap(),
        jws: "update".to_owned(),
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

pub(super) async fn proof_assertion_and_secret_are_used_once(store: &Store) {
    let key = active("alice", 1).keys.dk.thumbprint();
    let jti = Jti::random().unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(tx.use_proof(&key, &jti, at(10)).await.unwrap());
    assert!(!tx.use_proof(&key, &jti, at(10)).await.unwrap());
    assert!(tx.use_assertion("shop", "jti", at(10)).await.unwrap());
    assert!(!tx.use_assertion("shop", "jti", at(10)).await.unwrap());
    assert!(tx.use_assertion("other", "jti", at(10)).await.unwrap());
    assert_eq!(tx.secret("name", b"first").await.unwrap(), b"first");
    assert_eq!(tx.secret("name", b"second").await.unwrap(), b"first");
    assert_eq!(tx.secret("other", b"second").await.unwrap(), b"second");
    tx.commit().await.unwrap();
}

pub(super) async fn offers_keep_their_stage(store: &Store) {
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

pub(super) async fn approval_requests_keep_their_state(store: &Store) {
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

pub(super) async fn requests_are_listed_while_open_and_after(store: &Store) {
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

pub(super) async fn quiet_requests_are_not_audible(store: &Store) {
    let phone = active("alice", 1);
    enrol(store, &phone).await;
    let loud = insert_pending(store, &approval("loud", "shop", 1, 300), &phone).await;
    insert_pending(store, &ApprovalRequest { quiet: true, ..approval("quiet", "shop", 1, 300) }, &phone).await;
    let mut db = store.read().await.unwrap();
    assert_eq!(db.open_requests(&phone.id, at(2)).await.unwrap().len(), 2);
    assert_eq!(db.audible_requests(&phone.id, at(2)).await.unwrap(), [loud]);
    assert_eq!(db.audible_requests(&phone.id, at(300)).await.unwrap(), []);
}

pub(super) async fn load_counts_rate_and_pending(store: &Store) {
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

pub(super) async fn decisions_are_listed_in_order(store: &Store) {
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

pub(super) async fn guards_are_stored_per_account(store: &Store) {
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

fn ciba(id: &str, expires: i64) -> CibaRequest {
    CibaRequest {
        id_hash: hash(id),
        client_id: "shop".to_owned(),
        username: "alice".to_owned(),
        sub: "1".to_owned(),
        approval_request: approval_id("a"),
        scope: "openid".to_owned(),
        details: Some("[]".to_owned()),
        created: at(1),
        expires: at(expires),
        interval_s: 5,
        state: CibaState::Open,
    }
}

pub(super) async fn ciba_requests_are_redeemed_once(store: &Store) {
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

fn token(name: &str, expires: i64) -> Token {
    let grant = Grant {
        client_id: "shop".to_owned(),
        username: "alice".to_owned(),
        sub: "1".to_owned(),
        scope: "openid".to_owned(),
        details: Some("[]".to_owned()),
    };
    Token { hash: hash(name), kind: TokenKind::Access, grant, created: at(1), expires: at(expires) }
}

fn session(name: &str, expires: i64) -> Session {
    Session {
        id_hash: hash(name),
        username: "alice".to_owned(),
        csrf: "csrf".to_owned(),
        created: at(1),
        expires: at(expires),
    }
}

pub(super) async fn tokens_and_sessions_expire(store: &Store) {
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

pub(super) async fn outbox_returns_due_pushes_in_order(store: &Store) {
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
    tx.delete_push(due[1].id).await.unwrap();
    tx.delete_push(due[1].id).await.unwrap();
    tx.commit().await.unwrap();
    let mut db = store.read().await.unwrap();
    assert_eq!(db.due_pushes(at(29), 9).await.unwrap(), []);
    let delayed = db.due_pushes(at(30), 9).await.unwrap();
    assert_eq!((delayed.len(), delayed[0].attempts, delayed[0].next_attempt), (1, 1, at(30)));
    assert_eq!(delayed[0].push, first);
}

pub(super) async fn expired_rows_are_deleted_in_batches(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    for (name, expires) in [("a", 10), ("b", 10), ("c", 10), ("later", 11)] {
        tx.insert_ciba_request(&ciba(name, expires)).await.unwrap();
        tx.insert_token(&token(name, expires)).await.unwrap();
        tx.insert_session(&session(name, expires)).await.unwrap();
        tx.use_assertion("shop", name, at(expires)).await.unwrap();
        let key = active("alice", 1).keys.dk.thumbprint();
        tx.use_proof(&key, &Jti::random().unwrap(), at(expires)).await.unwrap();
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
        Expired::Proofs,
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

pub(super) async fn evidence_is_kept_longer_than_undecided_requests(store: &Store) {
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

/// Debug builds check that each write holds the lock that its documentation names.
pub(super) async fn writes_need_their_locks(store: &Store) {
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
        jws: String::new(),
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

pub(super) async fn dropped_transaction_changes_nothing(store: &Store) {
    let phone = active("alice", 1);
    let mut tx = begin(store, [Lock::account("alice")]).await;
    tx.insert_enrolment(&phone).await.unwrap();
    drop(tx);
    assert!(!store.read().await.unwrap().has_enrolments().await.unwrap());
    enrol(store, &phone).await;
    assert!(store.read().await.unwrap().has_enrolments().await.unwrap());
}

pub(super) async fn commit_with_a_push_wakes_the_outbox(store: &Store) {
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
