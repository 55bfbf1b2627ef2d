//! The conformance suite of the store. Every backend runs it with [`conformance_suite`].
//!
//! Each function gets an empty store and tests the contract of the functions of one trait. Together
//! they call every function of every trait. This file has the list of the functions and the values
//! that they share.

mod approvals;
mod enrolments;
mod expired;
mod provider;
mod transactions;

use countersign_protocol::jose::{Digest, SigningKey};
use countersign_protocol::message::claims::{EnrolmentId, Jti, Nonce, OfferId, Timestamp, Txn};
use countersign_protocol::message::enrolment::{PushAddress, PushKind};
use countersign_protocol::message::number::Number;

use super::{Expired, Lock, Store, StoreError, Tx};
use crate::model::ciba::CibaState;
use crate::model::enrolment::tests::pending;
use crate::model::offer::{Offer, Stage};
use crate::model::{
    ApprovalRequest, ApprovalRequestId, ApprovalState, Approved, Assurance, CibaRequest, Confirmation, DecisionRecord,
    DenialReason, Enrolment, Grant, Guard, Load, NewPush, PushContent, Request, RequestState, Secret, Session,
    SignInCount, Standing, Token, TokenKind, UpdateRecord,
};

/// Makes one test per function of the suite. `$open` is an async function that returns an empty
/// store and a value that keeps its files.
macro_rules! conformance_suite {
    ($open:path) => {
        $crate::store::conformance::conformance_suite!($open:
            enrolments_are_stored_and_found
            enrolment_counters_and_numbers_never_repeat
            updates_are_found_by_hash_and_jti
            suspension_is_stored_and_listed
            assertion_and_secret_are_used_once
            offers_keep_their_stage
            approval_requests_keep_their_state
            requests_are_listed_while_open_and_after
            quiet_requests_are_not_audible
            load_counts_rate_and_pending
            decisions_are_listed_in_order
            guards_are_stored_per_account
            ciba_requests_are_redeemed_once
            tokens_and_sessions_expire
            tokens_are_deleted_by_grant_account_and_client
            tokens_and_sessions_of_a_clock_that_was_ahead_are_expired
            confirmed_time_is_stored_once
            failed_sign_ins_are_counted_until_expiry
            outbox_returns_due_pushes_in_order
            expired_rows_are_deleted_in_batches
            messages_of_updates_are_deleted_without_their_receipts
            evidence_is_kept_longer_than_undecided_requests
            writes_need_their_locks
            dropped_transaction_changes_nothing
            commit_with_a_push_wakes_the_outbox
            commit_of_a_cancelled_call_wakes_the_outbox
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

pub(super) use approvals::*;
pub(super) use conformance_suite;
pub(super) use enrolments::*;
pub(super) use expired::*;
pub(super) use provider::*;
pub(super) use transactions::*;

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

fn ciba(id: &str, expires: i64) -> CibaRequest {
    CibaRequest {
        id_hash: hash(id),
        client_id: "shop".to_owned(),
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

fn token(name: &str, expires: i64) -> Token {
    let grant = Grant {
        id: hash("auth_req_id"),
        client_id: "shop".to_owned(),
        sub: "1".to_owned(),
        scope: "openid".to_owned(),
        details: Some("[]".to_owned()),
        approved: Some(Approved { auth_time: at(1), acr: "acr".to_owned() }),
    };
    Token { hash: hash(name), kind: TokenKind::Access, grant, created: at(1), expires: at(expires) }
}

fn session(name: &str, expires: i64) -> Session {
    Session {
        id_hash: hash(name),
        sub: "1".to_owned(),
        password_hash: hash("password"),
        csrf: Secret::new("csrf".to_owned()),
        created: at(1),
        expires: at(expires),
    }
}
