//! What a receipt does to the answer that waits for it, and how long closed requests are kept.

use super::keys::receipt;
use super::*;
use countersign_protocol::message::receipt::{Outcome, Receipt};

/// An enrolment with one approval on its way, the request's name and the receipt that fits.
fn waiting_for_its_receipt() -> (Enrolment, Txn, Verified<Receipt>) {
    let mut state = state();
    let asked = request("a", 1000);
    let (txn, hash) = (asked.message.txn.clone(), asked.digest);
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    let mut enrolment = state.enrolment(&id("a")).unwrap().clone();
    let answer =
        SignedDecision { jws: "answer".into(), answer: DecisionKind::Approve, reason: None, key: None, at: None };
    enrolment.queue(&txn, answer, number(1)).unwrap();
    let message = Receipt { txn: Some(txn.clone()), request_hash: Some(hash), ..receipt(b"answer", Outcome::Accepted) };
    let verified = Verified { message, digest: Digest::of(b"receipt"), kid: key(4).public().thumbprint() };
    (enrolment, txn, verified)
}

#[test]
fn an_answer_is_settled_by_the_receipt_of_its_own_bytes_once() {
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
        (kept.receipt.as_str(), kept.outcome, kept.answer.jws.as_str()),
        ("compact", Outcome::Accepted, "answer")
    );
    assert_eq!((kept.receipt_key.as_ref(), kept.link.map(|link| link.number)), (Some(key(4).public()), Some(1)));
    assert_eq!(enrolment.outbox().count(), 0);
    // The same again changes nothing, and no other may follow.
    assert_eq!(enrolment.settle(&txn, "again", &good), Ok(()));
    for bad in &all_wrong {
        assert_eq!(enrolment.settle(&txn, "again", bad), Err(VerifyError::Receipt), "{bad:?}");
    }
    assert_eq!(enrolment.entry(&txn).unwrap().state, settled.entry(&txn).unwrap().state);
    assert_eq!(enrolment.history, settled.history);
}

#[test]
fn nothing_is_settled_that_was_not_answered() {
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
fn a_closed_request_is_kept_up_to_the_second_of_its_end() {
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
    assert_eq!(come(1301), 52, "50 that ended and two that did not");
}

#[test]
fn a_new_enrolments_keys_are_no_longer_only_just_made() {
    let mut state =
        State { nascent: ["dk-a", "of another"].map(|name| KeyHandle(name.into())).to_vec(), ..State::default() };
    state.add(enrolment("a")).unwrap();
    assert_eq!(state.nascent, [KeyHandle("of another".into())]);
}
