//! Tests of the history of decisions.

use std::sync::Arc;

use super::keys::receipt;
use super::*;
use crate::error::AuthenticatorError;
use countersign_protocol::message::history::History;
use countersign_protocol::message::receipt::{Outcome, Proved, Receipt};

/// Accepts a request and returns a signed decision on it with this history.
fn decided(state: &mut State, jws: &str, history: Option<History>) -> (Txn, SignedDecision) {
    let asked = request("a", 1000);
    let txn = asked.message.txn.clone();
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    let signed =
        SignedDecision { jws: jws.into(), kind: DecisionKind::Deny, reason: None, key: None, at: None, history };
    (txn, signed)
}

#[test]
fn decision_is_stored_only_with_the_current_history() {
    let mut state = state();
    let start = History::default();
    let decisions = ["one", "two"].map(|jws| decided(&mut state, jws, Some(start)));
    let [(first, one), (second, two)] = decisions;
    let mut enrolment = state.enrolment(&id("a")).unwrap().clone();
    assert_eq!(enrolment.queue(&first, one.clone(), number(1)), Ok(()));
    assert_eq!(enrolment.queue(&second, two.clone(), number(2)), Err(AuthenticatorError::DecisionConflict));
    assert_eq!((enrolment.outbox().count(), enrolment.number), (1, 1), "nothing was stored");
    let history = Some(start.after(&Digest::of(b"one")));
    assert_eq!(enrolment.queue(&second, SignedDecision { history, ..two }, number(2)), Ok(()));
    // The denial is signed again.
    let again = SignedDecision { jws: "again".into(), ..one.clone() };
    assert_eq!(
        enrolment.replace_decision(&first, &one, again.clone(), number(3)),
        Err(AuthenticatorError::DecisionConflict)
    );
    let history = history.map(|history| history.after(&Digest::of(b"two")));
    assert_eq!(enrolment.replace_decision(&first, &one, SignedDecision { history, ..again }, number(3)), Ok(()));
    let hashes = [0, 1, 2, 3].map(|count| enrolment.history.hash_of(count));
    assert_eq!(hashes, [Some(Digest::of(b"one")), Some(Digest::of(b"two")), Some(Digest::of(b"again")), None]);
}

#[test]
fn hashes_of_the_last_decisions_are_stored() {
    let mut enrolment = enrolment("a");
    let mut history = History::default();
    for count in 0..300_u64 {
        let mut state = State { enrolments: vec![Arc::new(enrolment.clone())], ..State::default() };
        let (txn, signed) = decided(&mut state, &count.to_string(), Some(history));
        enrolment = Arc::unwrap_or_clone(state.enrolments.remove(0));
        enrolment.queue(&txn, signed, number(count + 1)).unwrap();
        enrolment.entries.clear();
        history = history.after(&Digest::of(count.to_string().as_bytes()));
    }
    let known = |count: u64| enrolment.history.hash_of(count);
    assert_eq!((known(43), known(44), known(299)), (None, Some(Digest::of(b"44")), Some(Digest::of(b"299"))));
    assert_eq!(known(300), None);
}

#[test]
fn receipt_names_the_keys_exactly_for_a_decision_with_history() {
    let right = Proved { enrol_hash: Digest::of(b"enrol"), uvk: key(2).public().thumbprint() };
    for (history, proved, settles) in [
        (None, None, true),
        (None, Some(right), false),
        (Some(History::default()), None, false),
        (Some(History::default()), Some(right), true),
        (Some(History::default()), Some(Proved { enrol_hash: Digest::of(b"other"), ..right }), false),
        (Some(History::default()), Some(Proved { uvk: key(1).public().thumbprint(), ..right }), false),
    ] {
        let mut state = state();
        let (txn, signed) = decided(&mut state, "decision", history);
        let mut enrolment = state.enrolment(&id("a")).unwrap().clone();
        enrolment.history = DecisionHistory::of(Digest::of(b"enrol"));
        enrolment.queue(&txn, signed, number(1)).unwrap();
        let request_hash = Some(enrolment.entry(&txn).unwrap().request_hash);
        let message =
            Receipt { txn: Some(txn.clone()), request_hash, proved, ..receipt(b"decision", Outcome::Accepted) };
        let verified = Verified { message, digest: Digest::of(b"receipt"), kid: key(4).public().thumbprint() };
        let settled = enrolment.settle(&txn, "compact", &verified);
        assert_eq!(settled.is_ok(), settles, "{history:?} {proved:?}");
        assert_eq!(enrolment.outbox().count() == 0, settles);
    }
}

#[test]
fn unsigned_chain_of_earlier_formats_is_dropped() {
    let read = |text: &str| strict_json::from_own::<DecisionHistory>(text.as_bytes());
    let head = Digest::of(b"head");
    assert_eq!(read(&format!(r#"{{"length":3,"head":"{head}"}}"#)).unwrap(), DecisionHistory::default());
    let history = DecisionHistory::of(head);
    assert_eq!(read(&serde_json::to_string(&history).unwrap()).unwrap(), history);
    assert!(read(r#"{"count":3}"#).is_err(), "an unknown member");
}
