//! Approving and denying: what is signed, kept and sent, and what settles it.

use crate::bank::{Bank, Misdeed};
use crate::phone::Phone;
use crate::{approve, bank_client, push, state_of, ticket};
use countersign_core::message::claims::Locale;
use countersign_core::message::decision::{Decision, DecisionKind, DenyReason};
use countersign_core::message::enrolment::{CallPolicy, EnrolmentPolicy};
use countersign_core::message::inbox::{Closed, ClosedState};
use countersign_core::message::open;
use countersign_core::message::receipt;
use countersign_core::message::request::{BindingMode, Request};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{KeyStoreError, TransportError};
use countersign_core::review::{NotRendered, RenderReport};
use countersign_core::{AuthenticatorError, Outcome};

#[tokio::test]
async fn an_approval_says_what_was_shown_and_counts_only_with_its_receipt() {
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
    let shown =
        countersign_core::review::display(&request, Locale::En, &countersign_core::details::DetailTypes::default());
    assert_eq!(decision.display_hash, Some(shown.hash));
    // Answered is answered.
    assert!(matches!(device.request(&txn), Err(AuthenticatorError::NotPending)));
}

#[tokio::test]
async fn a_denial_needs_no_user_verification_and_no_screen() {
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
async fn without_the_user_nothing_is_signed_kept_or_sent() {
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
async fn no_field_may_stay_undrawn_and_no_code_may_be_of_another_shape() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let review = device.request(&txn).unwrap_or_else(|error| panic!("{error}")).review(Locale::De);
    let review = review.unwrap_or_else(|error| panic!("{error}"));
    let mut drawn: Vec<String> = review.fields().iter().map(|field| field.id.to_string()).collect();
    drawn.pop();
    let report = RenderReport { drawn, shown_ms: 1000, ..RenderReport::default() };
    assert!(matches!(review.rendered(&report), Err(AuthenticatorError::NotRendered(_))));
    let wrong_shape = ticket(&device, &txn).unwrap_or_else(|error| panic!("{error}")).approve(Some("12".into())).await;
    assert!(matches!(wrong_shape, Err(AuthenticatorError::Binding(_))));
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
}

#[tokio::test]
async fn an_answer_that_cannot_be_sent_is_kept_and_sent_byte_for_byte() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    bank.misbehave(Misdeed::LoseAnswer);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    // The process is killed; the next one has it still.
    drop(device);
    let device = phone.start();
    bank.misbehave(Misdeed::Unreachable);
    let failed = device.refresh().await.unwrap().failed;
    assert_eq!(failed[0].error, AuthenticatorError::Transport(TransportError::Unreachable));
    assert!(device.refresh().await.unwrap().failed.is_empty());
    let decisions = bank.kept.lock().unwrap().decisions.clone();
    assert_eq!(decisions.len(), 2);
    assert_eq!(decisions[0], decisions[1]);
    assert!(matches!(state_of(&device, &txn), countersign_core::device::EntryState::Settled(_)));
}

#[tokio::test]
async fn nothing_unsigned_or_forged_settles_an_answer() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let other = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &other).await, Ok(Outcome::Confirmed));
    let others_receipt = bank.kept.lock().unwrap().receipts.values().next().unwrap().clone();
    let txn = push(&bank, &device, &bank.payment());
    bank.misbehave(Misdeed::Answer(410, r#"{"code":"revoked"}"#.into()));
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
    let misdeeds = [
        Misdeed::Answer(200, "nonsense".into()),
        Misdeed::Answer(200, String::new()),
        Misdeed::Answer(200, others_receipt),
        Misdeed::Answer(404, r#"{"code":"no_such_enrolment"}"#.into()),
        Misdeed::Answer(500, "<html>".into()),
        Misdeed::ForgedKey,
    ];
    for misdeed in misdeeds {
        bank.misbehave(misdeed);
        assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
        assert!(matches!(state_of(&device, &txn), countersign_core::device::EntryState::Queued(_)));
        assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
    }
    assert!(device.refresh().await.unwrap().failed.is_empty());
    assert!(matches!(state_of(&device, &txn), countersign_core::device::EntryState::Settled(_)));
}

#[tokio::test]
async fn an_answer_that_the_bank_refuses_keeps_back_no_other_answer_and_no_new_request() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let mut answered = Vec::new();
    for _ in 0..2 {
        let txn = push(&bank, &device, &bank.payment());
        bank.misbehave(Misdeed::Unreachable);
        assert_eq!(approve(&device, &txn).await, Ok(Outcome::Queued));
        answered.push(txn);
    }
    let waiting = bank.payment();
    bank.kept.lock().unwrap().requests.push(bank.sign(&waiting));
    bank.misbehave(Misdeed::Answer(403, r#"{"code":"rejected"}"#.into()));
    let refreshed = device.refresh().await.unwrap();
    assert_eq!(refreshed.failed[0].error, AuthenticatorError::Server { status: 403, code: "rejected".into() });
    assert_eq!(refreshed.new, [waiting.txn]);
    assert!(matches!(state_of(&device, &answered[0]), countersign_core::device::EntryState::Queued(_)));
    assert!(matches!(state_of(&device, &answered[1]), countersign_core::device::EntryState::Settled(_)));
}

#[tokio::test]
async fn a_receipt_that_says_no_is_told() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    for outcome in [receipt::Outcome::BindingMismatch, receipt::Outcome::Expired, receipt::Outcome::AlreadyDecided] {
        bank.kept.lock().unwrap().outcome = Some(outcome);
        let txn = push(&bank, &device, &bank.payment());
        assert_eq!(approve(&device, &txn).await, Ok(Outcome::Failed(outcome)));
    }
}

#[tokio::test]
async fn an_unknown_detail_can_be_denied_and_not_approved() {
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
async fn the_banks_floor_for_binding_holds() {
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
async fn a_call_is_told_to_the_bank_and_stops_an_approval_if_the_bank_says_so() {
    for (calls, expected) in [(CallPolicy::Allow, None), (CallPolicy::Block, Some(NotRendered::CallActive))] {
        let bank = Bank::new();
        let policy = EnrolmentPolicy { binding_floor: BindingMode::None, min_shown_ms: 0, calls };
        bank.kept.lock().unwrap().policy = Some(policy);
        let (_phone, device) = Phone::enrolled(&bank).await;
        let txn = push(&bank, &device, &bank.payment());
        let review = device.request(&txn).unwrap().review(Locale::En).unwrap();
        let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
        let report = RenderReport { drawn, shown_ms: 1000, call_active: true, ..RenderReport::default() };
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
async fn a_suspended_phone_denies_but_does_not_approve() {
    let bank = Bank::new();
    let (_phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    device
        .receive(&bank.push(&bank.sign(&bank.status(EnrolmentState::Suspended))))
        .unwrap_or_else(|error| panic!("{error}"));
    let refused = approve(&device, &txn).await;
    assert_eq!(refused, Err(AuthenticatorError::NotActive(EnrolmentState::Suspended)));
    assert_eq!(device.deny(&txn, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn a_ticket_is_for_the_bytes_that_were_shown_even_if_their_name_is_used_again() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let shown = bank.payment();
    let txn = push(&bank, &device, &shown);
    let old = ticket(&device, &txn).unwrap_or_else(|error| panic!("{error}"));
    // So many requests end after it that the phone forgets it.
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
