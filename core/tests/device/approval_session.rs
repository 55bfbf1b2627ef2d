//! Approval sessions that sign: what the screen draws, what the decision states, and how a session
//! ends.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use countersign_core::message::claims::Locale;
use countersign_core::message::decision::{Decision, DecisionKind, DenyReason};
use countersign_core::message::enrolment::{CallPolicy, EnrolmentPolicy};
use countersign_core::message::open;
use countersign_core::message::request::{Binding, BindingMode};
use countersign_core::platform::KeyStoreError;
use countersign_core::review::{FieldHeight, NotRendered, Obstacle, SessionError, SessionEvent, SessionState};
use countersign_core::{ApprovalSession, AuthenticatorError, Outcome};
use zeroize::Zeroizing;

use crate::bank::{self, Bank};
use crate::fuse::once;
use crate::phone::Phone;
use crate::push;

const HEIGHT: f64 = 20.0;

/// Returns a phone whose policy requires one second, with a session for a payment.
async fn session(locale: Locale) -> (std::sync::Arc<Bank>, Phone, ApprovalSession) {
    let bank = Bank::new();
    let policy = EnrolmentPolicy { binding_floor: BindingMode::None, min_shown_ms: 1000, calls: CallPolicy::Allow };
    bank.kept.lock().unwrap().policy = Some(policy);
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let session = device.request(&txn).unwrap().approval_session(locale, false).unwrap();
    (bank, phone, session)
}

/// Reports every field as completely visible from the time 0 to this time.
fn read_until(session: &ApprovalSession, at_ms: u64) -> SessionState {
    let ids: Vec<String> = session.fields().iter().map(|field| field.id.to_string()).collect();
    let fields = ids.iter().map(|field| FieldHeight { field: field.clone(), height: HEIGHT }).collect();
    let mut events = vec![SessionEvent::Foreground { on: true }, SessionEvent::Layout { fields }];
    events.extend(ids.into_iter().map(|field| SessionEvent::Visible {
        field,
        height: HEIGHT,
        top: 0.0,
        bottom: HEIGHT,
    }));
    session.handle(0, &events).unwrap();
    session.handle(at_ms, &[]).unwrap()
}

fn code() -> Option<Zeroizing<String>> {
    Some(Zeroizing::new("123 456".to_owned()))
}

#[tokio::test]
async fn session_draws_the_request_and_signs_what_was_reported() {
    let (bank, _phone, session) = session(Locale::En).await;
    let values: Vec<&str> = session.fields().iter().map(|field| field.value.as_str()).collect();
    assert!(values.contains(&"ACME Shop") && values.iter().any(|value| value.contains("42.50")), "{values:?}");
    assert!(matches!(session.binding(), Binding::Entry { length: 6, .. }));
    assert_eq!((session.min_shown_ms(), session.state().obstacle), (1000, Some(Obstacle::Background)));

    session.handle(0, &[SessionEvent::Call { on: true }]).unwrap();
    assert_eq!(read_until(&session, 999).obstacle, Some(Obstacle::TooShort));
    session.handle(1500, &[]).unwrap();
    assert!(session.set_binding_value(code()).unwrap().approval_allowed && session.state().approval_allowed);
    assert_eq!(session.approve().await, Ok(Outcome::Confirmed));

    let jws = bank.kept.lock().unwrap().decisions[0].clone();
    let uvk = bank.keys().uvk;
    let decision = open::<Decision>(&jws, |_| Some(&uvk)).unwrap().message;
    assert_eq!((decision.decision, decision.binding.as_deref()), (DecisionKind::Approve, Some("123456")));
    assert_eq!((decision.ceremony.shown_ms, decision.ceremony.call_active), (1500, true));
    assert_eq!(session.approve().await, Err(AuthenticatorError::Session(SessionError::Ended)));
    assert_eq!(session.deny(DenyReason::Other).await, Err(AuthenticatorError::Session(SessionError::Ended)));
}

#[tokio::test]
async fn denial_states_what_was_shown_and_ends_the_session() {
    let (bank, _phone, session) = session(Locale::De).await;
    read_until(&session, 700);
    assert_eq!(session.deny(DenyReason::NotMe).await, Ok(Outcome::Confirmed));
    let jws = bank.kept.lock().unwrap().decisions[0].clone();
    let dk = bank.keys().dk;
    let decision = open::<Decision>(&jws, |_| Some(&dk)).unwrap().message;
    assert_eq!((decision.decision, decision.reason), (DecisionKind::Deny, Some(DenyReason::NotMe)));
    assert_eq!((decision.ceremony.shown_ms, decision.ceremony.locale), (700, Locale::De));
    assert!(decision.display_hash.is_some());
    assert_eq!(session.handle(800, &[]), Err(AuthenticatorError::Session(SessionError::Ended)));
    assert_eq!(session.set_binding_value(code()), Err(AuthenticatorError::Session(SessionError::Ended)));
    assert_eq!(session.approve().await, Err(AuthenticatorError::Session(SessionError::Ended)));
}

#[tokio::test]
async fn session_can_be_used_again_after_an_error_or_a_dropped_call() {
    let (bank, phone, session) = session(Locale::En).await;
    session.handle(0, &[SessionEvent::Foreground { on: true }]).unwrap();
    assert!(matches!(session.approve().await, Err(AuthenticatorError::NotRendered(NotRendered::Missing(_)))));
    read_until(&session, 1500);
    assert!(matches!(session.approve().await, Err(AuthenticatorError::Binding(_))));
    session.set_binding_value(code()).unwrap();
    *phone.presence.0.lock().unwrap() = Some(KeyStoreError::Cancelled);
    assert_eq!(session.approve().await, Err(AuthenticatorError::KeyStore(KeyStoreError::Cancelled)));
    *phone.presence.0.lock().unwrap() = None;
    phone.fuse.after(0);
    {
        let mut call = pin!(session.approve());
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(call.as_mut().poll(&mut context), Poll::Pending);
        let busy = Err(AuthenticatorError::Session(SessionError::Busy));
        assert_eq!((session.approve().await, session.deny(DenyReason::Other).await), (busy.clone(), busy));
        assert!(!session.state().approval_allowed);
    }
    phone.fuse.never();
    assert!(bank.kept.lock().unwrap().decisions.is_empty());
    assert!(session.state().approval_allowed, "what was read is kept");
    assert_eq!(session.approve().await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn session_follows_the_policy_and_stays_usable() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    let session = device.request(&txn).unwrap().approval_session(Locale::En, false).unwrap();
    read_until(&session, 1000);
    assert!(session.set_binding_value(code()).unwrap().approval_allowed);
    let requires = |min_shown_ms| Some(EnrolmentPolicy { min_shown_ms, ..bank::NO_RESTRICTIONS });
    bank.kept.lock().unwrap().policy = requires(2000);
    device.refresh().await.unwrap();
    assert_eq!((session.state().obstacle, session.min_shown_ms()), (Some(Obstacle::TooShort), 2000));
    assert!(session.handle(2000, &[]).unwrap().approval_allowed);
    // The policy changes once more during the prompt.
    let (during, bank_then) = (device.clone(), bank.clone());
    *phone.presence.2.lock().unwrap() = Some(Box::new(move || {
        bank_then.kept.lock().unwrap().policy = requires(3000);
        once(during.refresh()).unwrap().unwrap();
    }));
    let too_short = NotRendered::TooShort { shown_ms: 2000, min_shown_ms: 3000 };
    assert_eq!(session.approve().await, Err(AuthenticatorError::NotRendered(too_short)));
    assert_eq!(session.state().obstacle, Some(Obstacle::TooShort));
    assert!(session.handle(3000, &[]).unwrap().approval_allowed);
    assert_eq!(session.approve().await, Ok(Outcome::Confirmed));
}
