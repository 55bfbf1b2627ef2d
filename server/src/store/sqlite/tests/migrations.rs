//! A database that earlier migrations made keeps its rows.

use countersign_protocol::jose::{Digest, SigningKey};
use countersign_protocol::message::claims::{EnrolmentId, OfferId, Timestamp, Txn};
use countersign_protocol::message::status::EnrolmentState;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::super::open::MIGRATIONS;
use super::open;
use crate::model::offer::Stage;
use crate::model::{ApprovalRequestId, Outcome, RequestState, TokenKind};

/// Statements that fill a database of the migrations 1 to 4.
fn rows() -> Vec<String> {
    let jwk = |_| {
        let key = SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap();
        (serde_json::to_string(key.public()).unwrap(), key.public().thumbprint().to_string())
    };
    let keys = [0, 1, 2].map(jwk);
    let hash = |text: &str| Digest::of(text.as_bytes()).to_string();
    let protection = r#"{"dk":"tee","uvk":"tee","ek":"tee"}"#;
    let device = r#"{"platform":"android","model":"Phone","app":"1","sdk":"1"}"#;
    vec![
        "PRAGMA application_id = 0x4353474E".to_owned(),
        format!(
            "insert into enrolment (id, account, label, handle, state, dk_thumb, dk, uvk, ek, protection, device, push, \
             enrol_hash, confirm_nonce, confirm_tries, seq, created, changed, number_reused) values ('e', 'alice', \
             'Alice', 'h', 'active', '{}', '{}', '{}', '{}', '{protection}', '{device}', '{{\"kind\":\"none\"}}', '{}', \
             'n', 1, 7, 10, 10, 11)",
            keys[0].1,
            keys[0].0,
            keys[1].0,
            keys[2].0,
            hash("enrol"),
        ),
        format!(
            "insert into offer (id, account, label, code_hash, verifier_hash, nonce, created, expires, enrolment) \
             values ('o', 'alice', 'Alice', '{}', '{}', 'n', 1, 300, 'e')",
            hash("code"),
            hash("verifier")
        ),
        "insert into ask (id, account, client, state, expected, created, expires) values \
         ('open', 'alice', 'shop', 'pending', '123456', 100, 400)"
            .to_owned(),
        "insert into ask (id, account, client, state, acr, amr, auth_time, created, expires) values \
         ('yes', 'alice', 'shop', 'approved', 'a', 'swk user', 50, 40, 340)"
            .to_owned(),
        format!(
            "insert into request (txn, ask, enrolment, jws, hash, state, created, expires, closed) values \
             ('t1', 'open', 'e', 'jws 1', '{}', 'pending', 100, 400, null), \
             ('t2', 'yes', 'e', 'jws 2', '{}', 'accepted', 40, 340, 50)",
            hash("jws 1"),
            hash("jws 2")
        ),
        format!(
            "insert into decision (hash, txn, jws, signer, receipt, received) values ('{}', 't2', 'd', '{}', 'r', 50)",
            hash("d"),
            keys[1].0
        ),
        "insert into used_number (enrolment, number, hash) values ('e', 3, 'x')".to_owned(),
        "insert into account_guard (account, binding_failures) values ('alice', 2)".to_owned(),
        format!(
            "insert into ciba_request (id_hash, client_id, username, sub, ask, scope, created, expires, poll_interval, \
             polled) values ('{}', 'shop', 'alice', 's', 'open', 'openid', 100, 400, 10, 120)",
            hash("auth_req_id")
        ),
        format!(
            "insert into token (hash, kind, client_id, username, sub, scope, created, expires) values \
             ('{}', 'access', 'shop', 'alice', 's', 'openid', 1, 1000)",
            hash("token")
        ),
        format!(
            "insert into session (id_hash, username, csrf, created, expires) values ('{}', 'alice', 'c', 1, 1000)",
            hash("session")
        ),
    ]
}

#[tokio::test]
async fn database_of_migrations_1_to_4_keeps_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    countersign_durable_file::create(&folder.path().join("countersign.db"), b"").unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("countersign.db"))
        .create_if_missing(true)
        .foreign_keys(true);
    let db = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let first_four = MIGRATIONS.iter().filter(|migration| migration.version <= 4).cloned().collect();
    Migrator::with_migrations(first_four).run(&db).await.unwrap();
    for statement in rows() {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&db).await.unwrap();
    }
    db.close().await;

    let store = open(folder.path()).await.unwrap();
    let at = Timestamp::from_seconds;
    let id: EnrolmentId = "e".parse().unwrap();
    let mut db = store.read().await.unwrap();
    let enrolment = db.enrolment(&id).await.unwrap().unwrap();
    assert_eq!((enrolment.status(), enrolment.number_reused), (EnrolmentState::Active, Some(at(11))));
    assert_eq!(db.highest_number(&id).await.unwrap(), 3);
    let offer = db.offer(&"o".parse::<OfferId>().unwrap()).await.unwrap().unwrap();
    assert!(matches!(offer.stage, Stage::Used { .. }));
    let approval = |name| ApprovalRequestId::from_text(name);
    let open_request = db.approval_request(&approval("open")).await.unwrap().unwrap();
    assert_eq!((open_request.outcome(at(200)), open_request.expected()), (Outcome::Pending, Some("123456")));
    let approved = db.approval_request(&approval("yes")).await.unwrap().unwrap();
    assert!(matches!(approved.outcome(at(200)), Outcome::Approved(_)));
    assert_eq!(db.requests_of(&approval("open")).await.unwrap().len(), 1);
    assert_eq!(db.open_requests(&id, at(200)).await.unwrap()[0].jws, "jws 1");
    let closed = db.closed_requests(&id, at(0), at(200), 50).await.unwrap();
    assert_eq!(closed, [("t2".parse::<Txn>().unwrap(), RequestState::Accepted)]);
    assert_eq!(db.decisions_on(&"t2".parse().unwrap()).await.unwrap()[0].receipt, "r");
    let load = db.load("username alice", "shop", at(30), at(200)).await.unwrap();
    assert_eq!((load.of_account, load.waiting, load.waiting_of_client), (2, 1, 1));
    assert_eq!(db.guard("username alice").await.unwrap().binding_failures, 2);
    let ciba = db.ciba_request(&Digest::of(b"auth_req_id"), "shop").await.unwrap().unwrap();
    assert_eq!((ciba.approval_request.as_str(), ciba.interval_s, ciba.is_redeemed()), ("open", 10, false));
    assert!(db.token(&Digest::of(b"token"), TokenKind::Access, at(1)).await.unwrap().is_some());
    assert!(db.session(&Digest::of(b"session"), at(1)).await.unwrap().is_none(), "people sign in again");
    let former = db.former_enrolments().await.unwrap();
    assert_eq!((former.len(), former[0].username.as_str(), former[0].label.as_str()), (1, "alice", "Alice"));
    assert_eq!(db.former_subjects("alice").await.unwrap(), ["s"]);
    drop(db);
    let mut tx = store.begin().await.unwrap();
    tx.bind_account("alice", "Alice", "s").await.unwrap();
    assert_eq!(tx.former_enrolments().await.unwrap(), []);
    assert_eq!(tx.enrolments_of_account("s").await.unwrap().len(), 1);
    assert_eq!(tx.load("s", "shop", at(30), at(200)).await.unwrap().of_account, 2);
    assert_eq!(tx.guard("s").await.unwrap().binding_failures, 2);
    tx.lock(crate::store::Lock::enrolment(&id)).await.unwrap();
    assert_eq!(tx.next_seq(&id).await.unwrap(), 8);
    tx.commit().await.unwrap();
    store.close().await;
}
