//! How long a request waits, and what an enrolment's state does to it.

use super::*;
use crate::error::AuthenticatorError;

/// A request of the issuer `a` made at 1000, which is now at [`at`]`(10)`; it ends at 1300.
fn waiting(state: &mut State) -> Txn {
    let asked = request("a", 1000);
    let txn = asked.message.txn.clone();
    assert_eq!(state.accept_request(&id("a"), "jws", asked, &at(10)), Ok(Accepted::New));
    txn
}

fn open(state: &State, txn: &Txn, monotonic_s: u64) -> Result<(), AuthenticatorError> {
    state.open_entry(txn, &at(monotonic_s)).map(|_| ())
}

#[test]
fn a_request_waits_up_to_the_second_of_its_end() {
    let mut state = state();
    let txn = waiting(&mut state);
    assert_eq!(open(&state, &txn, 310), Ok(()));
    assert!(!state.expire(&at(310)));
    assert_eq!(open(&state, &txn, 311), Err(AuthenticatorError::Expired));
    assert!(state.expire(&at(311)));
    assert!(!state.expire(&at(312)), "it ends once");
    assert_eq!(open(&state, &txn, 311), Err(AuthenticatorError::Expired));
}

#[test]
fn a_request_comes_in_up_to_the_second_of_its_end() {
    let mut state = state();
    state.accept_request(&id("a"), "jws", request("a", 1300), &at(10)).unwrap();
    assert_eq!(state.accept_request(&id("a"), "jws", request("a", 1000), &at(10)), Ok(Accepted::New));
    assert_eq!(state.accept_request(&id("a"), "jws", request("a", 999), &at(10)), Err(VerifyError::Expired));
}

#[test]
fn the_same_bytes_are_a_duplicate_and_the_same_name_or_id_with_others_a_replay() {
    let mut state = state();
    let asked = request("a", 1000);
    let mut offer = |request: &Verified<Request>| state.accept_request(&id("a"), "jws", request.clone(), &at(10));
    assert_eq!(offer(&asked), Ok(Accepted::New));
    assert_eq!(offer(&asked), Ok(Accepted::Duplicate));
    let mut same_txn = request("a", 1000);
    same_txn.message.txn = asked.message.txn.clone();
    let mut same_jti = Verified { digest: Digest::of(b"other"), ..request("a", 1000) };
    same_jti.message.jti = asked.message.jti.clone();
    assert_eq!(offer(&same_txn), Err(VerifyError::Replay));
    assert_eq!(offer(&same_jti), Err(VerifyError::Replay));
}

#[test]
fn a_request_that_ended_or_whose_enrolment_ended_cannot_be_answered() {
    let mut state = state();
    let txn = waiting(&mut state);
    let closed = Closed { txn: txn.clone(), state: ClosedState::Cancelled };
    state.enrolment_mut(&id("a")).unwrap().close(&[closed], &[]);
    assert_eq!(open(&state, &txn, 10), Err(AuthenticatorError::NotPending));
    let txn = waiting(&mut state);
    state.enrolment_mut(&id("a")).unwrap().state = EnrolmentState::Suspended;
    assert_eq!(open(&state, &txn, 10), Ok(()), "it can be denied");
    state.enrolment_mut(&id("a")).unwrap().state = EnrolmentState::Revoked;
    assert_eq!(open(&state, &txn, 10), Err(AuthenticatorError::NotActive(EnrolmentState::Revoked)));
    assert_eq!(open(&state, &Txn::random().unwrap(), 10), Err(AuthenticatorError::UnknownRequest));
}

#[test]
fn a_push_goes_to_the_enrolment_of_its_handle_until_that_has_ended() {
    let mut state = state();
    let route = |state: &State, name: &str| state.route(&name.parse().unwrap()).map(|enrolment| enrolment.id.clone());
    assert_eq!(route(&state, "handle-b"), Ok(id("b")));
    assert_eq!(route(&state, "handle-c"), Err(VerifyError::Enrolment));
    state.enrolment_mut(&id("b")).unwrap().state = EnrolmentState::Revoked;
    assert_eq!(route(&state, "handle-b"), Err(VerifyError::Enrolment));
}

#[test]
fn only_a_newer_word_changes_the_state_and_an_end_is_for_good() {
    let mut enrolment = Enrolment { state: EnrolmentState::Pending, ..enrolment("a") };
    enrolment.confirm_code = Some("123456".into());
    assert!(!enrolment.set_state(EnrolmentState::Active, 1), "1 is known");
    assert!(!enrolment.set_state(EnrolmentState::Pending, 2));
    assert_eq!((enrolment.state, enrolment.confirm_code.is_some()), (EnrolmentState::Pending, true));
    assert!(!enrolment.set_state(EnrolmentState::Active, 3));
    assert_eq!((enrolment.state, enrolment.confirm_code.is_some()), (EnrolmentState::Active, false));
    assert!(enrolment.set_state(EnrolmentState::Revoked, 4));
    assert!(!enrolment.set_state(EnrolmentState::Revoked, 5), "it ended before");
    assert!(!enrolment.set_state(EnrolmentState::Active, 6));
    assert_eq!((enrolment.state, enrolment.status_seq), (EnrolmentState::Revoked, 4));
}
