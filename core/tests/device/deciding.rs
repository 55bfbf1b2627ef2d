//! Approvals and denials: the signed content, the outbox, and the receipts.

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, bank_client, push, state_of, ticket};
use countersign_core::details::DetailTypes;
use countersign_core::message::claims::Locale;
use countersign_core::message::decision::{Decision, DecisionKind, DenyReason};
use countersign_core::message::enrolment::{CallPolicy, EnrolmentPolicy};
use countersign_core::message::inbox::{Closed, ClosedState};
use countersign_core::message::open;
use countersign_core::message::receipt;
use countersign_core::message::request::{BindingMode, Request};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{KeyStoreError, TransportError};
use countersign_core::review::{self, DisplayModel, Model, NotRendered, RenderReport};
use countersign_core::{AuthenticatorError, Outcome};

#[tokio::test]
async fn approval_contains_the_display_and_is_confirmed_by_receipt() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let request = bank.payment();
    let txn = push(&bank, &device, &request);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    let jws = bank.kept.lock().unwrap().decisions[0].clone();
    let uvk = bank.keys().uvk;
    let decision = open::<Decision>(&jws, |_| Some(&uvk)).unwrap().message;
    assert_eq!((decision.decision, decision.binding.as_deref()), (DecisionKind::Approve, Some("123456")));
    let payment = &decision.payments.unwrap()[0];
    assert_eq!((&*payment.amount, &*payment.currency, &*payment.payee), ("42.50", "EUR", "ACME"));
    let shown = review::display(&request, Locale::En, &DetailTypes::default(), Model::V4);
    assert_eq!(decision.display_model, Some(DisplayModel { version: Model::V4.into(), types: None }));
    assert_eq!(decision.display_hash, Some(shown.hash));
    // A request is decided once.
    assert!(matches!(device.request(&txn), Err(AuthenticatorError::NotPending)));
}

#[tokio::test]
async fn denial_needs_no_user_verification_and_no_display() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    *phone.presence.0.lock().unwrap() = Some(KeyStoreError::NotVerified);
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    let jws = bank.kept.lock().unwrap().decisions[0].clone();
    let dk = bank.keys().dk;
    let decision = open::<Decision>(&jws, |_| Some(&dk)).unwrap().message;
    assert_eq!((decision.decision, decision.reason), (DecisionKind::Deny, Some(DenyReason::NotMe)));
    assert_eq!((decision.display_hash, decision.binding, decision.payments), (None, None, None));
}

#[tokio::test]
async fn approval_without_user_verification_is_not_stored_or_sent() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    for reason in [KeyStoreError::Cancelled, KeyStoreError::NotVerified, KeyStoreError::Invalidated] {
        *phone.presence.0.lock().unwrap() = Some(reason.clone());
        assert_eq!(approve(&device, &txn).await, Err(AuthenticatorError::KeyStore(reason)));
    }
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    *phone.presence.0.lock().unwrap() = None;
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn missing_field_or_malformed_binding_value_is_rejected() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let review = device.request(&txn).unwrap_or_else(|error| panic!("{error}")).review(Locale::De);
    let review = review.unwrap_or_else(|error| panic!("{error}"));
    let mut drawn: Vec<String> = review.fields().iter().map(|field| field.id.to_string()).collect();
    drawn.pop();
    let report = RenderReport { drawn, shown_ms: 1000, obscured: false, shared: false, call_active: false };
    assert!(matches!(review.rendered(&report), Err(AuthenticatorError::NotRendered(_))));
    let wrong_shape = ticket(&device, &txn).unwrap_or_else(|error| panic!("{error}")).approve(Some("12".into())).await;
    assert!(matches!(wrong_shape, Err(AuthenticatorError::Binding(_))));
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
}

#[tokio::test]
async fn unsent_decision_is_queued_and_sent_byte_for_byte() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::LoseResponse);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    // The process is killed. The next one has the decision.
    drop(device);
    let device = phone.start();
    bank.fail_next(BankFault::Unreachable);
    let failed = device.refresh().await.unwrap().failed;
    assert_eq!(failed[0].error, AuthenticatorError::Transport(TransportError::Unreachable));
    assert!(device.refresh().await.unwrap().failed.is_empty());
    let decisions = bank.kept.lock().unwrap().decisions.clone();
    assert_eq!(decisions.len(), 2);
    assert_eq!(decisions[0], decisions[1]);
    assert!(matches!(state_of(&device, &txn), countersign_core::device::EntryState::Settled(_)));
}

#[tokio::test]
async fn unsigned_or_forged_response_does_not_settle_a_decision() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let other = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &other).await, Ok(Outcome::Confirmed));
    let others_receipt = bank.kept.lock().unwrap().receipts.values().next().unwrap().clone();
    let txn = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Respond(410, r#"{"code":"revoked"}"#.into()));
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Unconfirmed));
    let faults = [
        BankFault::Respond(200, "nonsense".into()),
        BankFault::Respond(200, String::new()),
        BankFault::Respond(200, others_receipt),
        BankFault::Respond(404, r#"{"code":"no_such_enrolment"}"#.into()),
        BankFault::Respond(500, "<html>".into()),
        BankFault::ForgedKey,
    ];
    for fault in faults {
        bank.fail_next_at("/decisions", fault);
        assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
        assert!(matches!(state_of(&device, &txn), countersign_core::device::EntryState::Queued(_)));
        assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
    }
    assert!(device.refresh().await.unwrap().failed.is_empty());
    assert!(matches!(state_of(&device, &txn), countersign_core::device::EntryState::Settled(_)));
}

#[tokio::test]
async fn rejected_decision_does_not_stop_others_or_new_requests() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let mut answered = Vec::new();
    for _ in 0..2 {
        let txn = push(&bank, &device, &bank.payment());
        bank.fail_next(BankFault::Unreachable);
        assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
        answered.push(txn);
    }
    let waiting = bank.payment();
    bank.kept.lock().unwrap().requests.push(bank.sign(&waiting));
    bank.fail_next_at("/decisions", BankFault::Respond(403, r#"{"code":"rejected"}"#.into()));
    let refreshed = device.refresh().await.unwrap();
    assert_eq!(refreshed.failed[0].error, AuthenticatorError::Server { status: 403, code: "rejected".into() });
    assert_eq!(refreshed.new, [waiting.txn]);
    assert!(matches!(state_of(&device, &answered[0]), countersign_core::device::EntryState::Queued(_)));
    assert!(matches!(state_of(&device, &answered[1]), countersign_core::device::EntryState::Settled(_)));
}

#[tokio::test]
async fn outcome_of_a_failed_decision_is_returned() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    for outcome in [receipt::Outcome::BindingMismatch, receipt::Outcome::Expired, receipt::Outcome::AlreadyDecided] {
        bank.kept.lock().unwrap().outcome = Some(outcome);
        let txn = push(&bank, &device, &bank.payment());
        assert_eq!(approve(&device, &txn).await, Ok(Outcome::Failed(outcome)));
    }
}

#[tokio::test]
async fn request_with_unknown_detail_can_only_be_denied() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let unknown = serde_json::from_str(r#"{"type":"crypto_swap","all":"of it"}"#).unwrap();
    let request = Request { details: Some(vec![unknown]), ..bank.payment() };
    let txn = push(&bank, &device, &request);
    assert!(ticket(&device, &txn).is_err());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
    let extended = Request { ext: Some(vec!["geo-fence".into()]), ..bank.payment() };
    let txn = push(&bank, &device, &extended);
    assert!(ticket(&device, &txn).is_err());
    assert_eq!(device.deny(&txn, DenyReason::Other).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn binding_below_the_policy_cannot_be_approved() {
    let bank = Bank::new();
    bank.kept.lock().unwrap().policy =
        Some(EnrolmentPolicy { binding_floor: BindingMode::Entry, min_shown_ms: 500, calls: CallPolicy::Allow });
    let (_phone, device) = Phone::enrolled(&bank).await;
    let weak = Request { binding: countersign_core::message::request::Binding::None, ..bank.payment() };
    let txn = push(&bank, &device, &weak);
    assert!(matches!(ticket(&device, &txn), Err(AuthenticatorError::NotRendered(_))));
    assert_eq!(device.deny(&txn, DenyReason::Unexpected).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn active_call_is_reported_or_blocks_approval_by_policy() {
    for (calls, expected) in [(CallPolicy::Allow, None), (CallPolicy::Block, Some(NotRendered::CallActive))] {
        let bank = Bank::new();
        let policy = EnrolmentPolicy { binding_floor: BindingMode::None, min_shown_ms: 700, calls };
        bank.kept.lock().unwrap().policy = Some(policy);
        let (_phone, device) = Phone::enrolled(&bank).await;
        let txn = push(&bank, &device, &bank.payment());
        let review = device.request(&txn).unwrap().review(Locale::En).unwrap();
        assert_eq!(review.min_shown_ms(), 700);
        let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
        let report = RenderReport { drawn, shown_ms: 1000, obscured: false, shared: false, call_active: true };
        match review.rendered(&report) {
            Ok(ticket) => {
                assert_eq!(ticket.approve(Some("123456".into())).await, Ok(Outcome::Confirmed));
                let jws = bank.kept.lock().unwrap().decisions[0].clone();
                let uvk = bank.keys().uvk;
                assert!(open::<Decision>(&jws, |_| Some(&uvk)).unwrap().message.ceremony.call_active);
                assert_eq!(expected, None);
            }
            Err(error) => assert_eq!(Some(error), expected.map(AuthenticatorError::NotRendered)),
        }
    }
}

#[tokio::test]
async fn suspended_enrolment_can_only_deny() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    device
        .receive(&bank.push(&bank.sign(&bank.status(EnrolmentState::Suspended))))
        .unwrap_or_else(|error| panic!("{error}"));
    let result = approve(&device, &txn).await;
    assert_eq!(result, Err(AuthenticatorError::NotActive(EnrolmentState::Suspended)));
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn ticket_does_not_approve_another_request_with_the_same_txn() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let shown = bank.payment();
    let txn = push(&bank, &device, &shown);
    let old = ticket(&device, &txn).unwrap_or_else(|error| panic!("{error}"));
    // So many requests end afterwards that the phone drops this one.
    let mut ending = txn.clone();
    for _ in 0..52 {
        let closed = Closed { txn: ending, state: ClosedState::Cancelled };
        bank.kept.lock().unwrap().closed = vec![closed];
        device.refresh().await.unwrap();
        phone.pass(400);
        ending = push(&bank, &device, &bank.payment());
    }
    let other = Request { txn: txn.clone(), client: bank_client("Another"), ..bank.payment() };
    assert_eq!(push(&bank, &device, &other), txn);
    assert_eq!(old.approve(Some("123456".into())).await, Err(AuthenticatorError::NotPending));
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn decision_after_a_restart_states_the_last_signed_time() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let (denied, approved) = (push(&bank, &device, &bank.payment()), push(&bank, &device, &bank.payment()));
    drop(device);
    let signed_at = bank.now();
    phone.pass(10);
    phone.reboot(200);
    let device = phone.start();
    assert_eq!(device.deny(&denied, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    phone.reboot(200);
    assert_eq!(approve(&phone.start(), &approved).await, Ok(Outcome::Confirmed));
    let keys = bank.keys();
    let jws = bank.kept.lock().unwrap().decisions.clone();
    let of = |at: usize, key| open::<Decision>(&jws[at], |_| Some(key)).unwrap().message;
    assert_eq!(of(0, &keys.dk).iat, signed_at, "the wall clock is ahead of the bank's");
    assert!(of(1, &keys.uvk).iat <= bank.now());
}
