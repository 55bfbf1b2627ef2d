//! Tests of the keys of an enrolment: during a rotation and after it.

use super::*;
use crate::device::{ReplacedKeys, Rotation};
use crate::error::AuthenticatorError;
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::receipt::{Outcome, Receipt};
use countersign_protocol::message::request::MAX_LIFETIME_SECS;
use countersign_protocol::message::update::MAX_LEAD_SECS;

fn handle(name: &str) -> KeyHandle {
    KeyHandle(name.into())
}

fn aud(byte: u8) -> DeviceAudience {
    DeviceAudience(key(byte).public().thumbprint())
}

/// Returns a rotation of the enrolment `a`: key 5 replaces 1, key 6 replaces 3.
fn rotation() -> Rotation {
    let old = enrolment("a").keys;
    let public = KeySet { dk: key(5).public().clone(), uvk: old.public.uvk.clone(), ek: key(6).public().clone() };
    let keys = KeyRing { public, dk: handle("dk-new"), ek: handle("ek-new"), ..old };
    Rotation { keys, update: "update".into(), exp: Timestamp::from_seconds(500) }
}

/// Returns a rotation of all keys of the enrolment `a`: as [`rotation`], and key 10 replaces 2.
fn rotation_of_all() -> Rotation {
    let Rotation { mut keys, update, exp } = rotation();
    keys.public.uvk = key(10).public().clone();
    keys.uvk = handle("uvk-new");
    Rotation { keys, update, exp }
}

/// Returns a state with a rotation of all keys that waits.
fn rotating_all() -> State {
    let mut state = state();
    state.pending_keys = ["dk-new", "uvk-new", "ek-new", "unrelated"].map(handle).to_vec();
    assert_eq!(state.begin_rotation(&id("a"), key(1).public(), rotation_of_all(), number(5)), Ok(true));
    state
}

/// Accepts a request for `a` and returns a decision on it by this key.
fn decided(state: &mut State, kind: DecisionKind, by: u8) -> (Txn, SignedDecision) {
    let asked = request("a", 1000);
    let txn = asked.message.txn.clone();
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    (
        txn,
        SignedDecision {
            jws: "jws".into(),
            kind,
            reason: None,
            key: Some(key(by).public().clone()),
            at: None,
            history: None,
        },
    )
}

/// Returns replaced keys: 7 and 8.
fn replaced_keys(until: i64) -> ReplacedKeys {
    let (dk, ek) = (key(7).public().clone(), key(8).public().clone());
    let until = Timestamp::from_seconds(until);
    ReplacedKeys { dk, ek, dk_handle: handle("dk-old"), ek_handle: handle("ek-old"), until }
}

pub(super) fn receipt(update: &[u8], outcome: Outcome) -> Receipt {
    Receipt {
        iss: "https://a.example".parse().unwrap(),
        aud: aud(1),
        sub: id("a"),
        iat: Timestamp::from_seconds(400),
        seq: 2,
        number: 1,
        message_hash: Digest::of(update),
        txn: None,
        request_hash: None,
        outcome,
        status: EnrolmentState::Active,
        proved: None,
    }
}

pub(super) fn inbox(to: u8, iat: i64) -> Inbox {
    let Enrolment { policy, .. } = enrolment("a");
    Inbox {
        iss: "https://a.example".parse().unwrap(),
        aud: aud(to),
        sub: id("a"),
        nonce: "nonce".parse().unwrap(),
        iat: Timestamp::from_seconds(iat),
        seq: 2,
        number: 0,
        count: 0,
        requests: vec![],
        closed: vec![],
        status: EnrolmentState::Active,
        policy,
    }
}

/// Returns a state with a rotation that waits.
fn rotating() -> State {
    let mut state = state();
    state.pending_keys = ["dk-new", "ek-new", "unrelated"].map(handle).to_vec();
    assert_eq!(state.begin_rotation(&id("a"), key(1).public(), rotation(), number(5)), Ok(true));
    state
}

fn of_a(state: &State) -> &Enrolment {
    state.enrolment(&id("a")).unwrap()
}

#[test]
fn current_new_and_replaced_keys_are_accepted() {
    let mut enrolment = enrolment("a");
    let counts = |enrolment: &Enrolment| [1, 5, 7, 2].map(|byte| enrolment.is_for(aud(byte)));
    let opens = |enrolment: &Enrolment| {
        [3, 6, 8, 1].map(|byte| enrolment.encryption_key(key(byte).public().thumbprint()).map(|name| name.0.clone()))
    };
    let names = |names: [&str; 4]| names.map(|name| Some(name.to_owned()).filter(|name| !name.is_empty()));
    assert_eq!((counts(&enrolment), opens(&enrolment)), ([true, false, false, false], names(["ek-a", "", "", ""])));
    enrolment.rotation = Some(rotation());
    enrolment.replaced_keys.push(replaced_keys(0));
    assert_eq!(counts(&enrolment), [true, true, true, false]);
    assert_eq!(opens(&enrolment), names(["ek-a", "ek-new", "ek-old", ""]));
    let replaced = |byte: u8| enrolment.replaced_dk(key(byte).public().thumbprint());
    assert_eq!((replaced(7), replaced(1)), (Some(key(7).public()), None));
}

#[test]
fn knows_key_covers_used_pending_and_marked_keys() {
    let mut state = state();
    let knows = |state: &State, name: &str, byte: u8| state.knows_key(&handle(name), key(byte).public());
    assert!(knows(&state, "dk-a", 9) && knows(&state, "other", 2));
    assert!(!knows(&state, "other", 9) && !knows(&state, "dk-new", 9));
    state.pending_keys.push(handle("made"));
    state.keys_to_delete.push(handle("deleted"));
    assert!(knows(&state, "made", 9) && knows(&state, "deleted", 9));
    state.begin_rotation(&id("a"), key(1).public(), rotation(), number(1)).unwrap();
    assert!(knows(&state, "dk-new", 9) && knows(&state, "other", 6));
    for name in ["a", "b"] {
        state.enrolment_mut(&id(name)).unwrap().state = EnrolmentState::Revoked;
    }
    assert!(!knows(&state, "dk-a", 9) && !knows(&state, "other", 2));
}

#[test]
fn revocation_marks_every_key_and_keeps_requests() {
    let mut state = rotating();
    state.enrolment_mut(&id("a")).unwrap().replaced_keys.push(replaced_keys(0));
    state.accept_request(&id("a"), "jws", request("a", 1000), &at(10)).unwrap();
    state.mark_for_deletion(&id("a"));
    let mut marked: Vec<&str> = state.keys_to_delete.iter().map(|handle| handle.0.as_str()).collect();
    marked.sort_unstable();
    assert_eq!(marked, ["dk-a", "dk-new", "dk-old", "ek-a", "ek-new", "ek-old", "uvk-a"]);
    let ended = of_a(&state);
    assert!(ended.rotation.is_none() && ended.replaced_keys.is_empty());
    assert_eq!(ended.entries.len(), 1);
}

#[test]
fn begin_rotation_needs_active_enrolment_and_current_key() {
    let state = rotating();
    assert_eq!((of_a(&state).number, of_a(&state).rotation.is_some()), (5, true));
    assert_eq!(state.pending_keys, [handle("unrelated")]);
    let mut again = state.clone();
    assert_eq!(again.begin_rotation(&id("a"), key(1).public(), rotation(), number(6)), Ok(false));
    assert_eq!(of_a(&again).number, 5);
    let mut other = super::state();
    assert_eq!(other.begin_rotation(&id("a"), key(5).public(), rotation(), number(1)), Ok(false));
    assert!(of_a(&other).rotation.is_none());
    other.enrolment_mut(&id("a")).unwrap().state = EnrolmentState::Suspended;
    let result = other.begin_rotation(&id("a"), key(1).public(), rotation(), number(1));
    assert_eq!(result, Err(AuthenticatorError::NotActive(EnrolmentState::Suspended)));
}

#[test]
fn rotation_receipt_activates_or_discards_new_keys() {
    let mut state = rotating();
    state.end_rotation(&id("a"), &receipt(b"another", Outcome::Accepted)).unwrap();
    assert!(of_a(&state).rotation.is_some());
    let mut result = state.clone();
    result.end_rotation(&id("a"), &receipt(b"update", Outcome::Policy)).unwrap();
    assert_eq!(result.keys_to_delete, [handle("dk-new"), handle("ek-new")]);
    assert!(of_a(&result).rotation.is_none() && of_a(&result).keys.dk == handle("dk-a"));
    for _ in 0..2 {
        state.end_rotation(&id("a"), &receipt(b"update", Outcome::Accepted)).unwrap();
        let Enrolment { keys, rotation, replaced_keys, .. } = of_a(&state);
        assert_eq!((&keys.dk, &keys.ek, rotation.is_none()), (&handle("dk-new"), &handle("ek-new"), true));
        let [ReplacedKeys { dk, dk_handle, ek_handle, until, .. }] = replaced_keys.as_slice() else {
            panic!("{replaced_keys:?}")
        };
        assert_eq!((dk, dk_handle, ek_handle), (key(1).public(), &handle("dk-a"), &handle("ek-a")));
        assert_eq!(until.seconds(), 400 + MAX_LIFETIME_SECS);
        assert!(state.keys_to_delete.is_empty());
    }
}

#[test]
fn replaced_or_unused_uvk_is_marked_for_deletion() {
    let mut state = rotating_all();
    assert_eq!(state.pending_keys, [handle("unrelated")]);
    assert!(of_a(&state).awaits_uvk() && !of_a(&rotating()).awaits_uvk() && !of_a(&super::state()).awaits_uvk());
    assert!(state.knows_key(&handle("uvk-new"), key(9).public()) && state.knows_key(&handle("x"), key(10).public()));
    let new = ["dk-new", "uvk-new", "ek-new"].map(handle);
    let mut result = state.clone();
    result.end_rotation(&id("a"), &receipt(b"update", Outcome::Policy)).unwrap();
    assert_eq!((&result.keys_to_delete, &of_a(&result).keys.uvk), (&new.to_vec(), &handle("uvk-a")));
    let mut abandoned = state.clone();
    abandoned.abandon_rotation(&id("a"), &inbox(1, 501)).unwrap();
    assert_eq!((&abandoned.keys_to_delete, &of_a(&abandoned).keys.uvk), (&new.to_vec(), &handle("uvk-a")));
    let mut ended = state.clone();
    ended.mark_for_deletion(&id("a"));
    assert_eq!(ended.keys_to_delete.len(), 6);
    assert!(new.iter().all(|handle| ended.keys_to_delete.contains(handle)));
    for _ in 0..2 {
        state.end_rotation(&id("a"), &receipt(b"update", Outcome::Accepted)).unwrap();
        assert_eq!((&of_a(&state).keys.uvk, &of_a(&state).keys.public.uvk), (&new[1], key(10).public()));
        assert_eq!((of_a(&state).replaced_keys.len(), of_a(&state).awaits_uvk()), (1, false));
        assert_eq!(state.keys_to_delete, [handle("uvk-a")]);
    }
}

#[test]
fn uvk_rotation_does_not_begin_while_approval_waits() {
    for (decision, by, begun) in
        [(DecisionKind::Approve, 2, Err(AuthenticatorError::RotationConflict)), (DecisionKind::Deny, 1, Ok(true))]
    {
        let mut state = state();
        let (txn, decision) = decided(&mut state, decision, by);
        assert!(!of_a(&state).approval_waits());
        state.enrolment_mut(&id("a")).unwrap().queue(&txn, decision, number(1)).unwrap();
        assert_eq!(of_a(&state).approval_waits(), begun.is_err());
        assert_eq!(state.begin_rotation(&id("a"), key(1).public(), rotation_of_all(), number(2)), begun);
        assert_eq!(
            (of_a(&state).rotation.is_some(), of_a(&state).number),
            (begun.is_ok(), if begun.is_ok() { 2 } else { 1 })
        );
        if begun.is_err() {
            assert_eq!(
                state.begin_rotation(&id("a"), key(1).public(), rotation(), number(2)),
                Ok(true),
                "the UVK stays"
            );
        }
    }
}

#[test]
fn approval_by_replaced_uvk_is_not_queued() {
    let mut replaced = rotating_all();
    replaced.end_rotation(&id("a"), &receipt(b"update", Outcome::Accepted)).unwrap();
    for (mut state, old, new) in [(rotating_all(), false, false), (replaced, false, true), (rotating(), true, false)] {
        for (by, kept) in [(2, old), (10, new)] {
            let (txn, approval) = decided(&mut state, DecisionKind::Approve, by);
            let enrolment = state.enrolment_mut(&id("a")).unwrap();
            let number_before = enrolment.number;
            let right = if kept { Ok(()) } else { Err(AuthenticatorError::RotationConflict) };
            assert_eq!(enrolment.queue(&txn, approval, number(9)), right, "{by}");
            assert_eq!(enrolment.entry(&txn).unwrap().state == EntryState::Pending, !kept);
            assert_eq!(enrolment.number, if kept { 9 } else { number_before });
            let (txn, denial) = decided(&mut state, DecisionKind::Deny, 1);
            state.enrolment_mut(&id("a")).unwrap().queue(&txn, denial, number(9)).unwrap();
        }
    }
}

#[test]
fn rotation_is_abandoned_only_by_inbox_past_expiry_for_old_dk() {
    let mut state = rotating();
    for (to, iat) in [(1, 500), (5, 501)] {
        state.abandon_rotation(&id("a"), &inbox(to, iat)).unwrap();
        assert!(of_a(&state).rotation.is_some(), "{to} {iat}");
    }
    state.abandon_rotation(&id("a"), &inbox(1, 501)).unwrap();
    assert!(of_a(&state).rotation.is_none());
    assert_eq!(state.keys_to_delete, [handle("dk-new"), handle("ek-new")]);
}

/// Earlier versions signed an update by the wall clock after a restart.
#[test]
fn rotation_dated_ahead_is_abandoned_by_inbox_for_old_dk() {
    let far = 3_600 + MAX_LEAD_SECS + 300;
    for (exp, to, abandoned) in [(far, 1, false), (far + 1, 5, false), (far + 1, 1, true), (i64::MAX, 1, true)] {
        let mut state = rotating_all();
        state.enrolment_mut(&id("a")).unwrap().rotation.as_mut().unwrap().exp = Timestamp::from_seconds(exp);
        state.abandon_rotation(&id("a"), &inbox(to, 3_600)).unwrap();
        assert_eq!(of_a(&state).awaits_uvk(), !abandoned, "{exp} {to}");
        assert_eq!(state.keys_to_delete.len(), if abandoned { 3 } else { 0 }, "{exp} {to}");
    }
}

#[test]
fn replaced_keys_retire_after_their_time_with_empty_outbox() {
    let mut enrolment = enrolment("a");
    enrolment.replaced_keys.push(replaced_keys(2000));
    assert_eq!(enrolment.retire_keys(Timestamp::from_seconds(2000)), []);
    let mut state = State::default();
    state.add(enrolment).unwrap();
    let asked = request("a", 1000);
    let txn = asked.message.txn.clone();
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    let enrolment = state.enrolment_mut(&id("a")).unwrap();
    let decision = SignedDecision {
        jws: "jws".into(),
        kind: DecisionKind::Approve,
        reason: None,
        key: None,
        at: None,
        history: None,
    };
    let new = SignedDecision { jws: "new".into(), ..decision.clone() };
    assert_eq!(
        enrolment.replace_decision(&txn, &decision, new.clone(), number(2)),
        Err(AuthenticatorError::NotPending)
    );
    enrolment.queue(&txn, decision.clone(), number(1)).unwrap();
    assert_eq!(enrolment.retire_keys(Timestamp::from_seconds(2001)), []);
    assert_eq!(
        enrolment.replace_decision(&txn, &new, decision.clone(), number(2)),
        Err(AuthenticatorError::NotPending)
    );
    assert_eq!(enrolment.number, 1);
    assert_eq!(enrolment.replace_decision(&txn, &decision, new, number(2)), Ok(()));
    assert_eq!(enrolment.number, 2);
    assert_eq!(enrolment.outbox().map(|(_, jws)| jws).collect::<Vec<_>>(), ["new"]);
    enrolment.entries.clear();
    assert!(!state.is_due(&ClockReading { monotonic_ms: 1_010_000, ..at(0) }));
    assert!(state.is_due(&ClockReading { monotonic_ms: 1_011_000, ..at(0) }));
    state.expire(&ClockReading { monotonic_ms: 1_011_000, ..at(0) });
    assert_eq!(state.keys_to_delete, [handle("dk-old"), handle("ek-old")]);
}

#[test]
fn wall_clock_after_a_restart_retires_no_keys() {
    let mut state = state();
    let enrolment = state.enrolment_mut(&id("a")).unwrap();
    enrolment.clock.observe(Timestamp::from_seconds(1000), &at(10));
    enrolment.replaced_keys.push(replaced_keys(2000));
    let restarted = ClockReading { boot_id: "later".into(), wall: Timestamp::from_seconds(90_000), ..at(0) };
    assert!(!state.is_due(&restarted));
    let enrolment = state.enrolment_mut(&id("a")).unwrap();
    assert_eq!(enrolment.replaced_keys.len(), 1);
    enrolment.clock.observe_live(Timestamp::from_seconds(2001), &restarted);
    assert!(state.is_due(&restarted));
    state.expire(&restarted);
    assert_eq!(state.keys_to_delete.len(), 2);
}
