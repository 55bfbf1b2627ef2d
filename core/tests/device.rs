//! The authenticator against a bank in memory: what it accepts, what it refuses, and that nothing is ever lost.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that failed")]

mod support;

use std::sync::atomic::Ordering;

use countersign_core::error::StateError;
use countersign_core::jose::SigningKey;
use countersign_core::message::claims::{DeviceAudience, Locale, Timestamp, Txn};
use countersign_core::message::decision::{Answer, Decision, DenyReason};
use countersign_core::message::enrolment::{Policy, PushAddress, PushKind};
use countersign_core::message::inbox::{Closed, ClosedState};
use countersign_core::message::receipt;
use countersign_core::message::request::{BindingMode, Request};
use countersign_core::message::status::EnrolmentState;
use countersign_core::message::{Message as _, open};
use countersign_core::platform::{KeyStoreError, TransportError};
use countersign_core::review::RenderReport;
use countersign_core::{Authenticator, AuthenticatorError, Outcome, Received, Ticket};
use support::{Bank, Misdeed, Phone};

/// Draws everything and gives the ticket.
fn ticket(device: &Authenticator, txn: &Txn) -> Result<Ticket, AuthenticatorError> {
    let review = device.request(txn)?.review(Locale::En)?;
    let drawn = review.fields().iter().map(|field| field.id.to_string()).collect();
    review.rendered(&RenderReport { drawn, shown_ms: 1000, ..RenderReport::default() })
}

async fn approve(device: &Authenticator, txn: &Txn) -> Result<Outcome, AuthenticatorError> {
    ticket(device, txn)?.approve(Some("123 456".into())).await
}

/// Pushes a request and gives its name.
fn push(bank: &Bank, device: &Authenticator, request: &Request) -> Txn {
    match device.receive(&bank.push(&bank.sign(request))) {
        Ok(Received::Request(pending)) => pending.txn().clone(),
        Ok(_) => panic!("not a new request"),
        Err(error) => panic!("{error}"),
    }
}

fn state_of(device: &Authenticator, txn: &Txn) -> countersign_core::device::EntryState {
    device.requests().into_iter().find(|(_, entry)| entry.request.txn == *txn).unwrap().1.state
}

#[tokio::test]
async fn enrols_pending_with_the_code_the_bank_expects_and_turns_active_by_push() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    let info = phone.enrol(&device).await;
    assert_eq!(info.state, EnrolmentState::Pending);
    assert_eq!(info.confirm_code, Some(bank.expected_code()));
    let status = bank.status(EnrolmentState::Active);
    let push = bank.push(&bank.sign(&status));
    assert!(matches!(device.receive(&push), Ok(Received::Status(_, EnrolmentState::Active))));
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
    assert_eq!(device.enrolments()[0].confirm_code, None);
    // The same, and an older word, after a restart.
    let device = phone.start();
    let older = countersign_core::message::status::Status { seq: 1, status: EnrolmentState::Suspended, ..status };
    device.receive(&bank.push(&bank.sign(&older))).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
}

#[tokio::test]
async fn metadata_counts_only_under_a_pin_and_a_failed_enrolment_leaves_no_key() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    let mut offer = bank.offer();
    offer.pins = vec![SigningKey::from_scalar(&[5; 32]).unwrap().public().thumbprint()];
    let address = PushAddress { kind: PushKind::Stream, token: None };
    assert!(matches!(device.enrol(offer, address.clone()).await, Err(AuthenticatorError::Rejected(_))));
    assert_eq!(phone.last_code(), Some("kid"));
    bank.misbehave(Misdeed::ForgedKey);
    assert!(matches!(device.enrol(bank.offer(), address.clone()).await, Err(AuthenticatorError::Rejected(_))));
    assert_eq!(phone.last_code(), Some("signature"));
    *phone.presence.0.lock().unwrap() = Some(KeyStoreError::Cancelled);
    let cancelled = device.enrol(bank.offer(), address).await;
    assert_eq!(cancelled.err(), Some(AuthenticatorError::KeyStore(KeyStoreError::Cancelled)));
    let names: Vec<String> = phone.secrets.0.lock().unwrap().keys().cloned().collect();
    assert_eq!(names, ["sealing-key"]);
    assert!(device.enrolments().is_empty());
}

#[tokio::test]
async fn an_enrolment_whose_answer_is_lost_is_sent_again_byte_for_byte() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    bank.kept.lock().unwrap().lose_enrolled = true;
    let info = phone.enrol(&device).await;
    let kept = bank.kept.lock().unwrap();
    assert_eq!(kept.enrolments.len(), 2);
    assert_eq!(kept.enrolments[0], kept.enrolments[1]);
    drop(kept);
    assert_eq!(info.confirm_code, Some(bank.expected_code()));
}

#[tokio::test]
async fn an_enrolment_that_is_dropped_half_way_leaves_no_key_behind_the_next_start() {
    let bank = Bank::new();
    let phone = Phone::new(&bank);
    let device = phone.start();
    bank.kept.lock().unwrap().hang_enrolled = true;
    let address = PushAddress { kind: PushKind::Stream, token: None };
    let enrolling = device.enrol(bank.offer(), address);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), enrolling).await.is_err());
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 4);
    // While this process lives the keys may still be wanted.
    device.refresh().await.unwrap();
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 4);
    drop(device);
    phone.start().refresh().await.unwrap();
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 1);
}

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
    assert_eq!((decision.decision, decision.binding.as_deref()), (Answer::Approve, Some("123456")));
    let payment = &decision.payments.unwrap()[0];
    assert_eq!((&*payment.amount, &*payment.currency, &*payment.payee), ("42.50", "EUR", "ACME"));
    let shown = countersign_core::review::display(&request, Locale::En);
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
    assert_eq!((decision.decision, decision.reason), (Answer::Deny, Some(DenyReason::NotMe)));
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
async fn a_full_disk_changes_nothing() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let txn = push(&bank, &device, &bank.payment());
    phone.state.full.store(true, Ordering::SeqCst);
    assert!(matches!(approve(&device, &txn).await, Err(AuthenticatorError::State(StateError::Store(_)))));
    assert!(bank.kept.lock().unwrap().decisions.is_empty(), "sent before it was kept");
    let unsaved = device.receive(&bank.push(&bank.sign(&bank.payment())));
    assert!(matches!(unsaved, Err(AuthenticatorError::State(_))));
    assert_eq!(device.requests().len(), 1);
    phone.state.full.store(false, Ordering::SeqCst);
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn a_push_repeated_is_a_duplicate_and_another_under_its_name_is_refused() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let request = bank.payment();
    let jws = bank.sign(&request);
    assert!(matches!(device.receive(&bank.push(&jws)), Ok(Received::Request(_))));
    // Sealed anew, by the inbox, and after a restart: the same request.
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

fn bank_client(name: &str) -> countersign_core::message::request::Client {
    countersign_core::message::request::Client { id: "shop".into(), name: name.into() }
}

#[tokio::test]
async fn refuses_requests_of_others_for_others_too_long_and_too_old() {
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
async fn no_flipped_bit_prefix_or_suffix_of_a_sealed_push_is_accepted() {
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
            // The eighth bit makes no ASCII character and, alone, no UTF-8: a string cannot even carry it.
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
async fn time_passes_by_the_banks_clock_and_an_expired_request_cannot_be_answered() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    assert_eq!(device.now(&Bank::enrolment_id()), Ok(Timestamp::from_seconds(support::BEGIN)));
    let txn = push(&bank, &device, &bank.payment());
    let ready = ticket(&device, &txn).unwrap_or_else(|error| panic!("{error}"));
    // The wall clock says 1970 all the time, then the year 2100: neither expires anything.
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
    bank.kept.lock().unwrap().policy = Some(Policy { binding_floor: BindingMode::Entry, min_shown_ms: 500 });
    let (_phone, device) = Phone::enrolled(&bank).await;
    let weak = Request { binding: countersign_core::message::request::Binding::None, ..bank.payment() };
    let txn = push(&bank, &device, &weak);
    assert!(matches!(ticket(&device, &txn), Err(AuthenticatorError::NotRendered(_))));
    assert_eq!(device.deny(&txn, DenyReason::Unexpected).await, Ok(Outcome::Confirmed));
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
async fn the_inbox_brings_what_no_push_did_closes_what_ended_and_is_never_an_old_one() {
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
            iss: support::issuer(),
            aud: request.aud,
            sub: request.sub.clone(),
            nonce: "old".parse().unwrap(),
            iat: bank.now(),
            seq: 1000,
            count: 0,
            requests: vec![],
            closed: vec![],
            status: EnrolmentState::Revoked,
        };
        bank.sign(&inbox)
    };
    bank.misbehave(Misdeed::Answer(200, old));
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    assert_eq!(phone.last_code(), Some("nonce"));
    assert_eq!(device.enrolments()[0].state, EnrolmentState::Active);
}

#[tokio::test]
async fn server_keys_roll_over_under_the_pins_and_epochs_never_fall() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    bank.rolled.store(true, Ordering::SeqCst);
    let request = bank.payment();
    assert!(device.receive(&bank.push(&bank.sign(&request))).is_err(), "a push brings no key");
    assert_eq!(phone.last_code(), Some("kid"));
    bank.kept.lock().unwrap().requests.push(bank.sign(&request));
    assert_eq!(device.refresh().await.unwrap().new, std::slice::from_ref(&request.txn));
    assert_eq!(approve(&device, &request.txn).await, Ok(Outcome::Confirmed));
    // The old key signs again, with metadata of the old epoch: a roll-back.
    bank.rolled.store(false, Ordering::SeqCst);
    assert_eq!(device.refresh().await.unwrap().failed.len(), 1);
    assert_eq!(phone.last_code(), Some("epoch"));
}

#[tokio::test]
async fn a_wake_is_fetched() {
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
async fn keys_go_with_a_signed_end_and_never_before() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let id = Bank::enrolment_id();
    let keys = || phone.secrets.0.lock().unwrap().len();
    bank.misbehave(Misdeed::Answer(200, "revoked".into()));
    assert!(device.unenrol(&id).await.is_err());
    bank.misbehave(Misdeed::Answer(410, r#"{"code":"gone"}"#.into()));
    assert!(device.unenrol(&id).await.is_err());
    assert_eq!((keys(), device.enrolments()[0].state), (4, EnrolmentState::Active));
    device.unenrol(&id).await.unwrap();
    assert_eq!((keys(), device.enrolments()[0].state), (1, EnrolmentState::Revoked));
    assert!(device.receive(&bank.push(&bank.sign(&bank.payment()))).is_err());
}

#[tokio::test]
async fn a_pushed_end_deletes_the_keys_at_the_next_chance_even_after_a_kill() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    let push = bank.push(&bank.sign(&bank.status(EnrolmentState::Revoked)));
    assert!(matches!(device.receive(&push), Ok(Received::Status(_, EnrolmentState::Revoked))));
    drop(device);
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 4);
    phone.start().refresh().await.unwrap();
    assert_eq!(phone.secrets.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_reported_and_left_as_it_is() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    drop(device);
    let good = phone.state.bytes.lock().unwrap().clone().unwrap();
    let mut changed = good.clone();
    changed[20] ^= 1;
    let mut later = good.clone();
    later[4] = 9;
    let cases = [
        (changed, StateError::Foreign),
        (later, StateError::Later(9)),
        (good[..3].to_vec(), StateError::Damaged),
        (b"{\"not\":\"a state\"}".to_vec(), StateError::Damaged),
        (vec![], StateError::Damaged),
    ];
    for (bytes, expected) in cases {
        *phone.state.bytes.lock().unwrap() = Some(bytes.clone());
        assert_eq!(phone.try_start().err(), Some(AuthenticatorError::State(expected)));
        assert_eq!(*phone.state.bytes.lock().unwrap(), Some(bytes));
    }
    *phone.state.bytes.lock().unwrap() = Some(good);
    phone.secrets.0.lock().unwrap().remove("sealing-key");
    assert_eq!(phone.try_start().err(), Some(AuthenticatorError::KeyStore(KeyStoreError::Missing)));
}

#[tokio::test]
async fn the_state_at_rest_shows_nothing() {
    let bank = Bank::new();
    let (phone, device) = Phone::enrolled(&bank).await;
    push(&bank, &device, &bank.payment());
    let bytes = phone.state.bytes.lock().unwrap().clone().unwrap();
    for word in ["ACME", "alice", "bank.example", "42.50", "Example Bank", "handle-1"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}
