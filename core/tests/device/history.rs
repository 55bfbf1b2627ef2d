//! The history of decisions on the phone.

use crate::bank::{Bank, BankFault};
use crate::phone::Phone;
use crate::{approve, bank_client, push};
use countersign_core::message::claims::Timestamp;
use countersign_core::message::decision::{DecisionKind, DenyReason};
use countersign_core::message::receipt;
use countersign_core::message::request::Request;
use countersign_core::{AuthenticatorError, Outcome};

#[tokio::test]
async fn history_lists_decisions_oldest_first_with_outcome() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let begin = device.now(&Bank::enrolment_id()).unwrap_or_else(|error| panic!("{error}"));
    let second = push(&bank, &device, &bank.payment());
    let first = push(&bank, &device, &Request { client: bank_client("A\u{202E}B"), ..bank.payment() });
    let unanswered = push(&bank, &device, &bank.payment());
    assert_eq!(device.deny(&first, DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    phone.pass(10);
    bank.kept.lock().unwrap().outcome = Some(receipt::Outcome::BindingMismatch);
    assert!(approve(&device, &second).await.is_ok());
    phone.pass(10);
    let third = push(&bank, &device, &bank.payment());
    bank.fail_next(BankFault::Unreachable);
    assert_eq!(device.deny(&third, DenyReason::Unexpected).await, Ok(Outcome::Queued));
    drop(device);
    let device = phone.start();
    let history = device.history(&Bank::enrolment_id()).unwrap();
    let at = |seconds: i64| Timestamp::from_seconds(begin.seconds() + seconds);
    let actual: Vec<_> =
        history.iter().map(|entry| (&entry.txn, entry.decision, entry.reason, entry.outcome)).collect();
    assert_eq!(
        actual,
        [
            (&first, DecisionKind::Deny, Some(DenyReason::NotMe), Some(receipt::Outcome::Accepted)),
            (&second, DecisionKind::Approve, None, Some(receipt::Outcome::BindingMismatch)),
            (&third, DecisionKind::Deny, Some(DenyReason::Unexpected), None),
        ]
    );
    assert!(history.iter().all(|entry| !entry.abandoned));
    assert_eq!(history.iter().map(|entry| entry.at).collect::<Vec<_>>(), [at(0), at(10), at(20)]);
    assert_eq!((&*history[0].client, &*history[1].client), ("A⟨U+202E⟩B", "ACME Shop"), "as shown");
    assert!(!format!("{history:?}").contains("123456"), "the value that was typed");
    assert!(history.iter().all(|entry| entry.txn != unanswered));
    let unknown = device.history(&"enrolment-2".parse().unwrap());
    assert_eq!(unknown, Err(AuthenticatorError::UnknownEnrolment));
}
