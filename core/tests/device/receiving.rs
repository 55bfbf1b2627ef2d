//! Pushes and the inbox: accepted messages, and messages that are rejected without effect.

use crate::bank::{self, Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, bank_client, push, ticket};
use countersign_core::jose::SigningKey;
use countersign_core::message::Message as _;
use countersign_core::message::claims::{DeviceAudience, Locale, Timestamp};
use countersign_core::message::enrolment::EnrolmentPolicy;
use countersign_core::message::inbox::{Closed, ClosedState};
use countersign_core::message::request::{Binding, BindingMode, Request};
use countersign_core::message::status::EnrolmentState;
use countersign_core::review::NotApprovable;
use countersign_core::{AuthenticatorError, Outcome, Received};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn repeated_push_is_duplicate_and_reused_txn_is_replay() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let request = bank.payment();
    let jws = bank.sign(&request);
    assert!(matches!(device.receive(&bank.push(&jws)), Ok(Received::Request(_))));
    // Sealed again, by the inbox, and after a restart: the same request.
    assert!(matches!(device.receive(&bank.push(&jws)), Ok(Received::Duplicate(_))));
    bank.kept.lock().unwrap().requests.push(jws.clone());
    assert!(device.refresh().await.unwrap().new.is_empty());
    let device = phone.start();
    assert!(matches!(device.receive(&bank.push(&jws)), Ok(Received::Duplicate(_))));
    let changed = Request { client: bank_client("Another"), ..request };
    assert!(device.receive(&bank.push(&bank.sign(&changed))).is_err());
    assert_eq!(phone.last_code(), Some("replay"));
    assert_eq!(device.requests().len(), 1);
}

#[tokio::test]
async fn misaddressed_overlong_or_expired_request_is_rejected() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let stranger = SigningKey::from_scalar(&[4; 32]).unwrap();
    let good = || bank.payment();
    let cases: Vec<(Request, &str)> = vec![
        (Request { iss: "https://other.example".parse().unwrap(), ..good() }, "issuer"),
        (Request { aud: DeviceAudience(stranger.public().thumbprint()), ..good() }, "audience"),
        (Request { sub: "enrolment-2".parse().unwrap(), ..good() }, "enrolment"),
        (Request { exp: bank.now().plus(601), ..good() }, "lifetime"),
        (Request { exp: bank.now(), ..good() }, "lifetime"),
        (Request { iat: bank.now().plus(-400), exp: bank.now().plus(-100), ..good() }, "expired"),
    ];
    for (request, code) in cases {
        assert_eq!(
            device.receive(&bank.push(&bank.sign(&request))).err(),
            Some(AuthenticatorError::Rejected(countersign_core::Rejected))
        );
        assert_eq!(phone.last_code(), Some(code));
    }
    let forged = good().sign(&stranger).unwrap();
    assert!(device.receive(&bank.push(&forged)).is_err());
    assert_eq!(phone.last_code(), Some("kid"));
    let not_a_request = bank.sign(&bank.metadata());
    assert!(device.receive(&bank.push(&not_a_request)).is_err());
    assert_eq!(phone.last_code(), Some("type"));
    let mut push = bank.push(&bank.sign(&good()));
    push.insert("e".into(), "handle-2".into());
    assert!(device.receive(&push).is_err());
    assert_eq!(phone.last_code(), Some("enrolment"));
    assert!(device.requests().is_empty());
}

#[tokio::test]
async fn changed_or_cut_sealed_push_is_rejected() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let push = bank.push(&bank.sign(&bank.payment()));
    let before = phone.state.bytes.lock().unwrap().clone();
    let sealed = push["p"].clone();
    let mut tried = 0_u32;
    let mut refuse = |changed: String| {
        let mut push = push.clone();
        push.insert("p".into(), changed);
        assert!(device.receive(&push).is_err());
        tried += 1;
    };
    for byte in 0..sealed.len() {
        for bit in 0..8 {
            let mut bytes = sealed.clone().into_bytes();
            bytes[byte] ^= 1 << bit;
            // The eighth bit is not ASCII and on its own not UTF-8, so a string cannot carry it.
            match String::from_utf8(bytes) {
                Ok(changed) => refuse(changed),
                Err(_) => assert_eq!(bit, 7),
            }
        }
        refuse(sealed[..byte].to_owned());
        refuse(sealed[byte + 1..].to_owned());
    }
    refuse(format!("{sealed}A"));
    refuse(format!("{sealed}="));
    assert_eq!(tried, u32::try_from(sealed.len() * 9 + 2).unwrap());
    assert!(device.requests().is_empty());
    assert_eq!(*phone.state.bytes.lock().unwrap(), before);
    assert!(matches!(device.receive(&push), Ok(Received::Request(_))));
}

#[tokio::test]
async fn request_expires_by_issuer_time_not_wall_clock() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    assert_eq!(device.now(&Bank::enrolment_id()), Ok(Timestamp::from_seconds(bank::START_SECS)));
    let txn = push(&bank, &device, &bank.payment());
    let ready = ticket(&device, &txn).unwrap_or_else(|error| panic!("{error}"));
    // The wall clock shows 1970 and then the year 2100. Neither expires a request.
    phone.clock.wall.store(4_102_444_800, Ordering::SeqCst);
    phone.pass(299);
    assert_eq!(device.pending().len(), 1);
    phone.pass(2);
    assert!(device.pending().is_empty());
    assert_eq!(ready.approve(Some("123456".into())).await, Err(AuthenticatorError::Expired));
    assert!(matches!(device.request(&txn), Err(AuthenticatorError::Expired)));
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
}

#[tokio::test]
async fn inbox_adds_and_closes_requests_and_old_inbox_is_rejected() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let request = bank.payment();
    let bad = Request { sub: "enrolment-2".parse().unwrap(), ..bank.payment() };
    bank.kept.lock().unwrap().requests = vec![bank.sign(&bad), bank.sign(&request)];
    assert_eq!(
        device.refresh().await.unwrap().new,
        std::slice::from_ref(&request.txn),
        "a bad request hides no good one"
    );
    let closed = Closed { txn: request.txn.clone(), state: ClosedState::Cancelled };
    bank.kept.lock().unwrap().closed = vec![closed];
    device.refresh().await.unwrap();
    assert!(device.pending().is_empty());
    let old = {
        let inbox = countersign_core::message::inbox::Inbox {
            iss: bank.issuer(),
            aud: request.aud,
            sub: request.sub.clone(),
            nonce: "old".parse().unwrap(),
            iat: bank.now(),
            number: 0,
            seq: 1000,
            count: 0,
            requests: vec![],
            closed: vec![],
            status: EnrolmentState::Revoked,
            policy: bank::NO_RESTRICTIONS,
        };
        bank.sign(&inbox)
    };
    bank.fail_next(BankFault::Respond(200, old));
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    assert_eq!(phone.last_code(), Some("nonce"));
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
}

#[tokio::test]
async fn policy_of_the_latest_inbox_is_applied() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &Request { binding: Binding::None, ..bank.payment() });
    let approvable = || device.request(&txn).unwrap().review(Locale::En).unwrap().approvable();
    assert_eq!(approvable(), Ok(()));
    let weak = Err(AuthenticatorError::NotApprovable(NotApprovable::BindingBelowFloor));
    let strict = EnrolmentPolicy { binding_floor: BindingMode::Entry, ..bank::NO_RESTRICTIONS };
    bank.kept.lock().unwrap().policy = Some(strict);
    device.refresh().await.unwrap();
    assert_eq!(approvable(), weak);
    drop(device);
    let device = phone.start();
    let approvable = || device.request(&txn).unwrap().review(Locale::En).unwrap().approvable();
    assert_eq!(approvable(), weak, "it is kept");

    bank.kept.lock().unwrap().policy = None;
    bank.seq.fetch_sub(2, Ordering::SeqCst);
    device.refresh().await.unwrap();
    assert_eq!(approvable(), weak, "an inbox that was overtaken says what was before");
    bank.seq.fetch_add(2, Ordering::SeqCst);
    device.refresh().await.unwrap();
    assert_eq!(approvable(), Ok(()));
}

#[tokio::test]
async fn wake_push_is_fetched() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let request = bank.payment();
    bank.kept.lock().unwrap().requests.push(bank.sign(&request));
    let wake = [("v", "1"), ("e", "handle-1"), ("w", request.txn.as_str())];
    let wake = wake.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let Ok(Received::Fetch(enrolment, txn)) = device.receive(&wake) else { panic!("a wake asks for a fetch") };
    let fetched = device.fetch(&enrolment, &txn).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(*fetched.txn(), request.txn);
    assert!(matches!(device.receive(&wake), Ok(Received::Duplicate(_))));
}

#[tokio::test]
async fn value_that_is_no_nonce_does_not_replace_the_stored_one() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    for bad in [String::new(), "a b".into(), "a\"b".into(), "ä".into(), "n".repeat(257), "n".repeat(20_000)] {
        bank.kept.lock().unwrap().dpop_nonce = Some(bad);
        assert_eq!(device.refresh().await.unwrap().failed, []);
        assert_eq!(device.refresh().await.unwrap().failed, []);
    }
    let nonces = bank.kept.lock().unwrap().proof_nonces.clone();
    assert!(nonces.iter().skip(1).all(|nonce| nonce.as_deref() == Some(bank::NONCE)), "{nonces:?}");
}

#[tokio::test]
async fn nonce_of_a_rejected_call_is_forgotten() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let longest = "n".repeat(256);
    bank.kept.lock().unwrap().dpop_nonce = Some(longest.clone());
    assert_eq!(device.refresh().await.unwrap().failed, []);
    // A front end rejects the long header, without a nonce.
    bank.kept.lock().unwrap().dpop_nonce = Some(String::new());
    bank.fail_next(BankFault::Respond(431, String::new()));
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    bank.kept.lock().unwrap().dpop_nonce = None;
    bank.kept.lock().unwrap().proof_nonces.clear();
    assert_eq!(device.refresh().await.unwrap().failed, []);
    let nonces = bank.kept.lock().unwrap().proof_nonces.clone();
    assert_eq!(nonces, [None, Some(bank::NONCE.to_owned())]);
}

#[tokio::test]
async fn request_that_a_wrong_wall_clock_expired_is_reopened() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let (cancelled, over) = (push(&bank, &device, &bank.payment()), push(&bank, &device, &bank.payment()));
    drop(device);
    phone.reboot(86_400);
    let device = phone.start();
    assert!(device.pending().is_empty(), "the wall clock is a day ahead");
    assert!(matches!(device.request(&txn), Err(AuthenticatorError::Expired)));
    let closed = |txn, state| Closed { txn, state };
    bank.kept.lock().unwrap().closed =
        vec![closed(cancelled.clone(), ClosedState::Cancelled), closed(over, ClosedState::Expired)];
    device.refresh().await.unwrap();
    let pending: Vec<_> = device.pending().iter().map(|request| request.txn().clone()).collect();
    assert_eq!(pending, std::slice::from_ref(&txn));
    assert!(matches!(device.request(&cancelled), Err(AuthenticatorError::NotPending)));
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    let late = push(&bank, &device, &bank.payment());
    phone.pass(301);
    device.refresh().await.unwrap();
    assert!(matches!(device.request(&late), Err(AuthenticatorError::Expired)), "it has expired");
}
