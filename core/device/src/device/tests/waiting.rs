//! Tests of the expiry of requests and of the state of an enrolment.

use super::*;
use crate::error::AuthenticatorError;

/// Accepts a request of the issuer `a`. It is made at 1000, which is [`at`]`(10)`, and expires at
/// 1300.
fn waiting(state: &mut State) -> Txn {
    let asked = request("a", 1000);
    let txn = asked.message.txn.clone();
    assert_eq!(state.accept_request(&id("a"), "jws", asked, &at(10)), Ok(Acceptance::New));
    txn
}

fn open(state: &State, txn: &Txn, monotonic_s: u64) -> Result<(), AuthenticatorError> {
    state.open_entry(txn, &at(monotonic_s)).map(|_| ())
}

#[test]
fn pending_request_stays_open_until_its_expiry() {
    let mut state = state();
    let txn = waiting(&mut state);
    assert_eq!(open(&state, &txn, 310), Ok(()));
    assert!(!state.is_due(&at(310)));
    assert_eq!(open(&state, &txn, 311), Err(AuthenticatorError::Expired));
    assert!(state.is_due(&at(311)));
    state.expire(&at(311));
    assert!(!state.is_due(&at(312)), "it expires once");
    assert_eq!(open(&state, &txn, 311), Err(AuthenticatorError::Expired));
}

#[test]
fn request_is_accepted_until_its_expiry() {
    let mut state = state();
    state.accept_request(&id("a"), "jws", request("a", 1300), &at(10)).unwrap();
    assert_eq!(state.accept_request(&id("a"), "jws", request("a", 1000), &at(10)), Ok(Acceptance::New));
    assert_eq!(state.accept_request(&id("a"), "jws", request("a", 999), &at(10)), Err(VerifyError::Expired));
}

#[test]
fn same_bytes_are_duplicate_and_reused_ids_are_replay() {
    let mut state = state();
    let asked = request("a", 1000);
    let mut offer = |request: &Verified<Request>| state.accept_request(&id("a"), "jws", request.clone(), &at(10));
    assert_eq!(offer(&asked), Ok(Acceptance::New));
    assert_eq!(offer(&asked), Ok(Acceptance::Duplicate));
    let mut same_txn = request("a", 1000);
    same_txn.message.txn = asked.message.txn.clone();
    let mut same_jti = Verified { digest: Digest::of(b"other"), ..request("a", 1000) };
    same_jti.message.jti = asked.message.jti.clone();
    assert_eq!(offer(&same_txn), Err(VerifyError::Replay));
    assert_eq!(offer(&same_jti), Err(VerifyError::Replay));
}

#[test]
fn closed_request_or_revoked_enrolment_cannot_be_decided() {
    let mut state = state();
    let txn = waiting(&mut state);
    let closed = Closed { txn: txn.clone(), state: ClosedState::Cancelled };
    state.enrolment_mut(&id("a")).unwrap().close(&[closed], &[]);
    assert_eq!(open(&state, &txn, 10), Err(AuthenticatorError::NotPending));
    let txn = waiting(&mut state);
    state.enrolment_mut(&id("a")).unwrap().state = EnrolmentState::Suspended;
    assert_eq!(open(&state, &txn, 10), Ok(()), "it can still be denied");
    state.enrolment_mut(&id("a")).unwrap().state = EnrolmentState::Revoked;
    assert_eq!(open(&state, &txn, 10), Err(AuthenticatorError::NotActive(EnrolmentState::Revoked)));
    assert_eq!(open(&state, &Txn::random().unwrap(), 10), Err(AuthenticatorError::UnknownRequest));
}

#[test]
fn push_is_routed_by_handle_until_revocation() {
    let mut state = state();
    let route = |state: &State, name: &str| state.route(&name.parse().unwrap()).map(|enrolment| enrolment.id.clone());
    assert_eq!(route(&state, "handle-b"), Ok(id("b")));
    assert_eq!(route(&state, "handle-c"), Err(VerifyError::Enrolment));
    state.enrolment_mut(&id("b")).unwrap().state = EnrolmentState::Revoked;
    assert_eq!(route(&state, "handle-b"), Err(VerifyError::Enrolment));
}

#[test]
fn state_changes_with_newer_counter_and_revocation_is_final() {
    let mut enrolment = Enrolment { state: EnrolmentState::Pending, ..enrolment("a") };
    enrolment.confirm_code = Some("123456".into());
    assert!(!enrolment.set_state(EnrolmentState::Active, 1), "the counter is not newer");
    assert!(!enrolment.set_state(EnrolmentState::Pending, 2));
    assert_eq!((enrolment.state, enrolment.confirm_code.is_some()), (EnrolmentState::Pending, true));
    assert!(!enrolment.set_state(EnrolmentState::Active, 3));
    assert_eq!((enrolment.state, enrolment.confirm_code.is_some()), (EnrolmentState::Active, false));
    assert!(enrolment.set_state(EnrolmentState::Revoked, 4));
    assert!(!enrolment.set_state(EnrolmentState::Revoked, 5), "it is revoked already");
    assert!(!enrolment.set_state(EnrolmentState::Active, 6));
    assert_eq!((enrolment.state, enrolment.status_seq), (EnrolmentState::Revoked, 4));
}
