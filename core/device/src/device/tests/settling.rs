//! Tests of receipts for queued decisions, and of the storage of closed requests.

use super::keys::receipt;
use super::*;
use countersign_protocol::message::receipt::{Outcome, Receipt};

/// Returns an enrolment with a queued approval, the id of its request and the matching receipt.
fn waiting_for_its_receipt() -> (Enrolment, Txn, Verified<Receipt>) {
    let mut state = state();
    let asked = request("a", 1000);
    let (txn, hash) = (asked.message.txn.clone(), asked.digest);
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    let mut enrolment = state.enrolment(&id("a")).unwrap().clone();
    let decision =
        SignedDecision { jws: "decision".into(), kind: DecisionKind::Approve, reason: None, key: None, at: None };
    enrolment.queue(&txn, decision, number(1)).unwrap();
    let message =
        Receipt { txn: Some(txn.clone()), request_hash: Some(hash), ..receipt(b"decision", Outcome::Accepted) };
    let verified = Verified { message, digest: Digest::of(b"receipt"), kid: key(4).public().thumbprint() };
    (enrolment, txn, verified)
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
    assert_eq!((kept.receipt_key.as_ref(), kept.link.map(|link| link.number)), (Some(key(4).public()), Some(1)));
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
fn closed_request_is_kept_until_its_expiry() {
    let mut state = state();
    let mut come = |iat: i64| {
        state.accept_request(&id("a"), "jws", request("a", iat), &at(10)).unwrap();
        let enrolment = state.enrolment_mut(&id("a")).unwrap();
        let all: Vec<Closed> = enrolment.entries.iter().map(closed_of).collect();
        enrolment.close(&all, &[]);
        enrolment.entries.len()
    };
    for count in 1..=52 {
        assert_eq!(come(1000), count);
    }
    assert_eq!(come(1300), 53);
    assert_eq!(come(1301), 52, "50 expired ones and two others");
}

#[test]
fn adding_an_enrolment_clears_its_pending_keys() {
    let mut state =
        State { pending_keys: ["dk-a", "unrelated"].map(|name| KeyHandle(name.into())).to_vec(), ..State::default() };
    state.add(enrolment("a")).unwrap();
    assert_eq!(state.pending_keys, [KeyHandle("unrelated".into())]);
}
