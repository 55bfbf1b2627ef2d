//! Approval without network: the phone scans the request and shows the decision.

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, bank_client, push, state_of};
use countersign_core::device::EntryState;
use countersign_core::error::NoDecision;
use countersign_core::jose::SigningKey;
use countersign_core::message::claims::Txn;
use countersign_core::message::decision::{Decision, DecisionKind, DenyReason};
use countersign_core::message::request::Request;
use countersign_core::message::{MAX_QR_CHARS, Message as _, open};
use countersign_core::review::MAX_DETAILS;
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Received, Rejected};

fn scan(bank: &Bank, device: &Authenticator, request: &Request) -> Txn {
    device.receive_scanned(&bank.sign(request)).unwrap_or_else(|error| panic!("{error}")).txn().clone()
}

#[tokio::test]
async fn scanned_request_is_decided_offline_and_sent_later() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let calls = bank.calls();
    let txn = scan(&bank, &device, &bank.payment());
    assert_eq!(bank.calls(), calls, "a scan needs no network");
    assert_eq!(device.decision_to_show(&txn), Err(AuthenticatorError::NoDecision(NoDecision::Undecided)));
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    let shown = device.decision_to_show(&txn).unwrap();
    assert!(shown.len() <= MAX_QR_CHARS, "{}", shown.len());
    let uvk = bank.keys().uvk;
    let decision = open::<Decision>(&shown, |_| Some(&uvk)).unwrap().message;
    assert_eq!((decision.txn.clone(), decision.decision), (txn.clone(), DecisionKind::Approve));
    assert_eq!(decision.binding.as_deref(), Some("123456"));
    // The process ends. The decision is stored and can be shown again.
    drop(device);
    let device = phone.start();
    assert_eq!(device.decision_to_show(&txn).as_deref(), Ok(&*shown));
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    device.refresh().await.unwrap();
    assert_eq!(bank.kept.lock().unwrap().decisions, [shown]);
    assert!(matches!(state_of(&device, &txn), EntryState::Settled(_)));
    assert_eq!(device.decision_to_show(&txn), Err(AuthenticatorError::NoDecision(NoDecision::Settled)));
}

#[tokio::test]
async fn denial_can_be_shown_offline() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = scan(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Queued));
    let dk = bank.keys().dk;
    let decision = open::<Decision>(&device.decision_to_show(&txn).unwrap(), |_| Some(&dk)).unwrap().message;
    assert_eq!((decision.decision, decision.reason), (DecisionKind::Deny, Some(DenyReason::NotMe)));
}

#[tokio::test]
async fn scan_and_push_of_one_request_are_duplicates() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let request = bank.payment();
    let txn = push(&bank, &device, &request);
    let pushed = device.requests().first().unwrap().1.jws.clone();
    assert!(device.receive_scanned(&pushed).is_ok_and(|same| *same.txn() == txn));
    let jws = bank.sign(&bank.payment());
    assert!(device.receive_scanned(&jws).is_ok());
    assert!(device.receive_scanned(&jws).is_ok());
    assert!(matches!(device.receive(&bank.push(&jws)), Ok(Received::Duplicate(_))));
    assert_eq!(device.requests().len(), 2);
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    assert_eq!(device.receive_scanned(&pushed).err(), Some(AuthenticatorError::NotPending), "answered is answered");
}

#[tokio::test]
async fn scanned_request_is_verified_like_a_pushed_one() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let good = || bank.payment();
    let jws = bank.sign(&good());
    let stranger = SigningKey::from_scalar(&[4; 32]).unwrap();
    let seen = good();
    scan(&bank, &device, &seen);
    for (text, code) in [
        (String::new(), "parts"),
        ("https://bank.example/enrol#v=1".to_owned(), "parts"),
        ("b5TVKQ3gM_kW8-fZp1xYtA".to_owned(), "parts"),
        (good().sign(&stranger).unwrap(), "kid"),
        (bank.sign(&bank.metadata()), "type"),
        (bank.sign(&Request { sub: "enrolment-2".parse().unwrap(), ..good() }), "enrolment"),
        (bank.sign(&Request { exp: bank.now().plus(601), ..good() }), "lifetime"),
        (bank.sign(&Request { iat: bank.now().plus(-400), exp: bank.now().plus(-100), ..good() }), "expired"),
        (bank.sign(&Request { client: bank_client("Another"), ..seen }), "replay"),
        (format!("{jws}\n"), "base64"),
        (format!(" {jws}"), "base64"),
    ] {
        let result = device.receive_scanned(&text).err();
        assert_eq!(result, Some(AuthenticatorError::Rejected(Rejected)), "{code}");
        assert_eq!(phone.last_code(), Some(code), "{text}");
    }
    assert_eq!(device.requests().len(), 1);
}

/// Each payment is part of the signed decision.
#[tokio::test]
async fn decision_that_fits_no_code_is_sent_by_network_only() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let payment = bank.payment();
    let long = serde_json::to_string(&payment.details.as_ref().unwrap()[0]).unwrap().replace("ACME", &"é".repeat(70));
    let details = Some(vec![serde_json::from_str(&long).unwrap(); MAX_DETAILS]);
    let request = Request { details, ..payment };
    bank.kept.lock().unwrap().requests.push(bank.sign(&request));
    device.refresh().await.unwrap();
    let txn = request.txn;
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    assert_eq!(device.decision_to_show(&txn), Err(AuthenticatorError::NoDecision(NoDecision::TooLong)));
    device.refresh().await.unwrap();
    assert!(matches!(state_of(&device, &txn), EntryState::Settled(_)));
}

#[tokio::test]
async fn expired_decision_is_not_shown() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = scan(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    phone.pass(300);
    assert!(device.decision_to_show(&txn).is_ok(), "in the last second of the request");
    phone.pass(1);
    assert_eq!(device.decision_to_show(&txn), Err(AuthenticatorError::Expired));
    assert_eq!(device.decision_to_show(&"unknown".parse().unwrap()), Err(AuthenticatorError::UnknownRequest));
}
