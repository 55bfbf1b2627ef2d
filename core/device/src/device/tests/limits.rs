//! Tests of the limits of what an issuer can make the device store.

use super::*;
use countersign_protocol::message::MAX_MESSAGE_BYTES;
use countersign_protocol::message::inbox::MAX_REQUESTS;

const LIMIT: usize = MAX_REQUESTS * MAX_MESSAGE_BYTES;

/// Returns the bytes of the stored requests in the pending state, or in the ended state.
fn stored_bytes(state: &State, is_pending: bool) -> usize {
    let entries = &state.enrolment(&id("a")).unwrap().entries;
    entries.iter().filter(|entry| (entry.state == EntryState::Pending) == is_pending).map(|entry| entry.jws.len()).sum()
}

#[test]
fn pending_requests_are_limited_in_bytes() {
    let (mut state, longest) = (state(), "j".repeat(MAX_MESSAGE_BYTES));
    for _ in 0..MAX_REQUESTS {
        assert_eq!(state.accept_request(&id("a"), &longest, request("a", 1000), &at(10)), Ok(Acceptance::New));
    }
    assert_eq!(state.accept_request(&id("a"), "jws", request("a", 1000), &at(10)), Err(VerifyError::Overfull));
    assert_eq!(stored_bytes(&state, true), LIMIT);
    assert_eq!(state.accept_request(&id("b"), &longest, request("b", 1000), &at(10)), Ok(Acceptance::New));
    // The requests end. There is room for others.
    assert_eq!(state.accept_request(&id("a"), &longest, request("a", 1400), &at(10)), Ok(Acceptance::New));
}

#[test]
fn ended_requests_are_limited_in_bytes() {
    let (mut state, longest) = (state(), "j".repeat(MAX_MESSAGE_BYTES));
    let requests: Vec<_> = (0..40).map(|_| request("a", 1000)).collect();
    for fresh in &requests {
        assert_eq!(state.accept_request(&id("a"), &longest, fresh.clone(), &at(10)), Ok(Acceptance::New));
        let all: Vec<Closed> = state.enrolment(&id("a")).unwrap().entries.iter().map(closed_of).collect();
        state.enrolment_mut(&id("a")).unwrap().close(&all, &[]);
    }
    assert_eq!(stored_bytes(&state, false), LIMIT + MAX_MESSAGE_BYTES, "the limit, and the last request");
    assert_eq!(stored(&state, "a"), (17, 23));
    for known in requests {
        assert_eq!(state.accept_request(&id("a"), &longest, known, &at(10)), Ok(Acceptance::Duplicate));
    }
}
