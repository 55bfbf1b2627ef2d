//! Tests of receipts for queued decisions, and of the storage of closed requests.

use super::keys::receipt;
use super::*;
use countersign_protocol::message::receipt::{Outcome, Receipt};

/// Returns an enrolment with a queued approval, the id of its request and the matching receipt.
fn waiting_for_its_receipt() -> (Enrolment, Txn, Verified<Receipt>) {
    let mut state = state();
    let (txn, receipt) = queued(&mut state, 1000);
    (state.enrolment(&id("a")).unwrap().clone(), txn, receipt)
}

/// Accepts a request of this time and queues an approval. Returns its id and the matching receipt.
fn queued(state: &mut State, iat: i64) -> (Txn, Verified<Receipt>) {
    let asked = request("a", iat);
    let (txn, hash) = (asked.message.txn.clone(), asked.digest);
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    let decision = SignedDecision {
        jws: "decision".into(),
        kind: DecisionKind::Approve,
        reason: None,
        key: None,
        at: None,
        history: None,
    };
    state.enrolment_mut(&id("a")).unwrap().queue(&txn, decision, number(1)).unwrap();
    let message =
        Receipt { txn: Some(txn.clone()), request_hash: Some(hash), ..receipt(b"decision", Outcome::Accepted) };
    (txn, Verified { message, digest: Digest::of(b"receipt"), kid: key(4).public().thumbprint() })
}

/// Accepts a request of this time and settles an approval of it.
fn settled(state: &mut State, iat: i64) -> Txn {
    let (txn, receipt) = queued(state, iat);
    assert_eq!(state.enrolment_mut(&id("a")).unwrap().settle(&txn, "compact", &receipt), Ok(()));
    txn
}

/// Returns the requests with a settled decision, oldest first.
fn decided(state: &State) -> Vec<Txn> {
    let entries = &state.enrolment(&id("a")).unwrap().entries;
    let settled = entries.iter().filter(|entry| matches!(entry.state, EntryState::Settled(_)));
    settled.map(|entry| entry.request.txn.clone()).collect()
}

#[test]
fn unanswered_requests_do_not_displace_decisions() {
    let mut state = state();
    let kept: Vec<Txn> = (0..50).map(|_| settled(&mut state, 1000)).collect();
    for round in 1..=1000 {
        state.accept_request(&id("a"), "jws", request("a", 1000 + 400 * round), &at(10)).unwrap();
    }
    assert_eq!(decided(&state), kept);
    assert_eq!(state.enrolment(&id("a")).unwrap().entries.len(), 50 + 50 + 1, "both kinds and the pending request");
    // Only a later decision replaces the oldest one.
    let newest = settled(&mut state, 1000 + 400 * 1001);
    state.accept_request(&id("a"), "jws", request("a", 1000 + 400 * 1002), &at(10)).unwrap();
    assert_eq!(decided(&state), [&kept[1..], &[newest]].concat());
}

#[test]
fn decision_is_settled_once_by_receipt_for_its_bytes() {
    let (mut enrolment, txn, good) = waiting_for_its_receipt();
    let other = Some(Digest::of(b"other"));
    let wrong = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = good.clone();
        change(&mut receipt.message);
        receipt
    };
    let all_wrong = [
        wrong(&|receipt| receipt.txn = None),
        wrong(&|receipt| receipt.txn = Some(Txn::random().unwrap())),
        wrong(&|receipt| receipt.request_hash = None),
        wrong(&|receipt| receipt.request_hash = other),
        wrong(&|receipt| receipt.message_hash = Digest::of(b"other")),
    ];
    for bad in &all_wrong {
        assert_eq!(enrolment.settle(&txn, "compact", bad), Err(VerifyError::Receipt), "{bad:?}");
        assert_eq!(enrolment.outbox().count(), 1);
    }
    assert_eq!(enrolment.settle(&Txn::random().unwrap(), "compact", &good), Err(VerifyError::Receipt));
    assert_eq!(enrolment.settle(&txn, "compact", &good), Ok(()));
    let settled = enrolment.clone();
    let EntryState::Settled(kept) = &settled.entry(&txn).unwrap().state else { panic!("{:?}", settled.entries) };
    assert_eq!(
        (kept.receipt.as_str(), kept.outcome, kept.decision.jws.as_str()),
        ("compact", Outcome::Accepted, "decision")
    );
    assert_eq!(kept.receipt_key.as_ref(), Some(key(4).public()));
    assert_eq!(enrolment.outbox().count(), 0);
    // A repeated receipt changes nothing, and another one is rejected.
    assert_eq!(enrolment.settle(&txn, "again", &good), Ok(()));
    for bad in &all_wrong {
        assert_eq!(enrolment.settle(&txn, "again", bad), Err(VerifyError::Receipt), "{bad:?}");
    }
    assert_eq!(enrolment.entry(&txn).unwrap().state, settled.entry(&txn).unwrap().state);
    assert_eq!(enrolment.history, settled.history);
}

#[test]
fn receipt_for_pending_request_is_rejected() {
    let mut state = state();
    let asked = request("a", 1000);
    let (_, _, receipt) = waiting_for_its_receipt();
    let (txn, hash) = (asked.message.txn.clone(), asked.digest);
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    let message = Receipt { txn: Some(txn.clone()), request_hash: Some(hash), ..receipt.message };
    let settled = state.enrolment_mut(&id("a")).unwrap().settle(&txn, "compact", &Verified { message, ..receipt });
    assert_eq!(settled, Err(VerifyError::Receipt));
}

#[test]
fn closed_request_is_known_until_its_expiry() {
    let mut state = state();
    let requests: Vec<_> = (0..52).map(|_| request("a", 1000)).collect();
    let mut come = |request: &Verified<Request>| {
        let accepted = state.accept_request(&id("a"), "jws", request.clone(), &at(10));
        let enrolment = state.enrolment_mut(&id("a")).unwrap();
        let all: Vec<Closed> = enrolment.entries.iter().map(closed_of).collect();
        enrolment.close(&all, &[]);
        accepted
    };
    assert!(requests.iter().all(|request| come(request) == Ok(Acceptance::New)));
    assert_eq!(come(&request("a", 1300)), Ok(Acceptance::New));
    assert!(requests.iter().all(|request| come(request) == Ok(Acceptance::Duplicate)));
    let mut changed = Verified { digest: Digest::of(b"other"), ..requests[0].clone() };
    assert_eq!(come(&changed), Err(VerifyError::Replay));
    changed.message.txn = Txn::random().unwrap();
    assert_eq!(come(&changed), Err(VerifyError::Replay), "the jti was used");
    assert_eq!(come(&request("a", 1301)), Ok(Acceptance::New));
    assert_eq!(come(&requests[0]), Err(VerifyError::Expired), "its identifiers are dropped");
}

#[test]
fn adding_an_enrolment_clears_its_pending_keys() {
    let mut state =
        State { pending_keys: ["dk-a", "unrelated"].map(|name| KeyHandle(name.into())).to_vec(), ..State::default() };
    state.add(enrolment("a")).unwrap();
    assert_eq!(state.pending_keys, [KeyHandle("unrelated".into())]);
}
