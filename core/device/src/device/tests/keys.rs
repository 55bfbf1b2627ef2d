//! Which keys count, while some are replaced and afterwards.

use super::*;
use crate::device::rotation::{Former, Rotation};
use crate::error::AuthenticatorError;
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::receipt::{Outcome, Receipt};
use countersign_protocol::message::request::MAX_LIFETIME_SECS;

fn handle(name: &str) -> KeyHandle {
    KeyHandle(name.into())
}

fn aud(byte: u8) -> DeviceAudience {
    DeviceAudience(key(byte).public().thumbprint())
}

/// New keys for the enrolment `a`: 5 for 1, 6 for 3.
fn rotation() -> Rotation {
    let old = enrolment("a").keys;
    let public = KeySet { dk: key(5).public().clone(), uvk: old.public.uvk.clone(), ek: key(6).public().clone() };
    let keys = KeyRing { public, dk: handle("dk-new"), ek: handle("ek-new"), ..old };
    Rotation { keys, update: "update".into(), exp: Timestamp::from_seconds(500) }
}

/// New keys for all three of the enrolment `a`: those of [`rotation`], and 10 for 2.
fn rotation_of_all() -> Rotation {
    let Rotation { mut keys, update, exp } = rotation();
    keys.public.uvk = key(10).public().clone();
    keys.uvk = handle("uvk-new");
    Rotation { keys, update, exp }
}

/// The state with a rotation of all keys begun.
fn rotating_all() -> State {
    let mut state = state();
    state.nascent = ["dk-new", "uvk-new", "ek-new", "of another"].map(handle).to_vec();
    assert_eq!(state.begin_rotation(&id("a"), key(1).public(), rotation_of_all(), number(5)), Ok(true));
    state
}

/// A request for `a`, and an answer to it by this key.
fn asked(state: &mut State, answer: DecisionKind, by: u8) -> (Txn, SignedDecision) {
    let asked = request("a", 1000);
    let txn = asked.message.txn.clone();
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    (txn, SignedDecision { jws: "jws".into(), answer, reason: None, key: Some(key(by).public().clone()), at: None })
}

/// Keys that were replaced: 7 and 8.
fn former(until: i64) -> Former {
    let (dk, ek) = (key(7).public().clone(), key(8).public().clone());
    let until = Timestamp::from_seconds(until);
    Former { dk, ek, dk_handle: handle("dk-old"), ek_handle: handle("ek-old"), until }
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

/// The state with a rotation begun.
fn rotating() -> State {
    let mut state = state();
    state.nascent = ["dk-new", "ek-new", "of another"].map(handle).to_vec();
    assert_eq!(state.begin_rotation(&id("a"), key(1).public(), rotation(), number(5)), Ok(true));
    state
}

fn of_a(state: &State) -> &Enrolment {
    state.enrolment(&id("a")).unwrap()
}

#[test]
fn messages_for_the_present_the_coming_and_the_replaced_keys_count() {
    let mut enrolment = enrolment("a");
    let counts = |enrolment: &Enrolment| [1, 5, 7, 2].map(|byte| enrolment.is_for(aud(byte)));
    let opens = |enrolment: &Enrolment| {
        [3, 6, 8, 1].map(|byte| enrolment.encryption_key(key(byte).public().thumbprint()).map(|name| name.0.clone()))
    };
    let names = |names: [&str; 4]| names.map(|name| Some(name.to_owned()).filter(|name| !name.is_empty()));
    assert_eq!((counts(&enrolment), opens(&enrolment)), ([true, false, false, false], names(["ek-a", "", "", ""])));
    enrolment.rotation = Some(rotation());
    enrolment.former.push(former(0));
    assert_eq!(counts(&enrolment), [true, true, true, false]);
    assert_eq!(opens(&enrolment), names(["ek-a", "ek-new", "ek-old", ""]));
    let replaced = |byte: u8| enrolment.former_dk(key(byte).public().thumbprint());
    assert_eq!((replaced(7), replaced(1)), (Some(key(7).public()), None));
}

#[test]
fn a_key_is_known_while_the_device_holds_makes_or_deletes_it() {
    let mut state = state();
    let knows = |state: &State, name: &str, byte: u8| state.knows_key(&handle(name), key(byte).public());
    assert!(knows(&state, "dk-a", 9) && knows(&state, "other", 2));
    assert!(!knows(&state, "other", 9) && !knows(&state, "dk-new", 9));
    state.nascent.push(handle("made"));
    state.doomed.push(handle("deleted"));
    assert!(knows(&state, "made", 9) && knows(&state, "deleted", 9));
    state.begin_rotation(&id("a"), key(1).public(), rotation(), number(1)).unwrap();
    assert!(knows(&state, "dk-new", 9) && knows(&state, "other", 6));
    for name in ["a", "b"] {
        state.enrolment_mut(&id(name)).unwrap().state = EnrolmentState::Revoked;
    }
    assert!(!knows(&state, "dk-a", 9) && !knows(&state, "other", 2));
}

#[test]
fn an_end_dooms_every_key_and_keeps_what_was_asked() {
    let mut state = rotating();
    state.enrolment_mut(&id("a")).unwrap().former.push(former(0));
    state.accept_request(&id("a"), "jws", request("a", 1000), &at(10)).unwrap();
    state.doom(&id("a"));
    let mut doomed: Vec<&str> = state.doomed.iter().map(|handle| handle.0.as_str()).collect();
    doomed.sort_unstable();
    assert_eq!(doomed, ["dk-a", "dk-new", "dk-old", "ek-a", "ek-new", "ek-old", "uvk-a"]);
    let ended = of_a(&state);
    assert!(ended.rotation.is_none() && ended.former.is_empty());
    assert_eq!(ended.entries.len(), 1);
}

#[test]
fn a_rotation_begins_once_for_an_active_enrolment_with_its_present_key() {
    let state = rotating();
    assert_eq!((of_a(&state).number, of_a(&state).rotation.is_some()), (5, true));
    assert_eq!(state.nascent, [handle("of another")]);
    let mut again = state.clone();
    assert_eq!(again.begin_rotation(&id("a"), key(1).public(), rotation(), number(6)), Ok(false));
    assert_eq!(of_a(&again).number, 5);
    let mut other = super::state();
    assert_eq!(other.begin_rotation(&id("a"), key(5).public(), rotation(), number(1)), Ok(false));
    assert!(of_a(&other).rotation.is_none());
    other.enrolment_mut(&id("a")).unwrap().state = EnrolmentState::Suspended;
    let refused = other.begin_rotation(&id("a"), key(1).public(), rotation(), number(1));
    assert_eq!(refused, Err(AuthenticatorError::NotActive(EnrolmentState::Suspended)));
}

#[test]
fn the_receipt_of_a_rotation_puts_the_new_keys_in_place_or_dooms_them() {
    let mut state = rotating();
    state.end_rotation(&id("a"), &receipt(b"another", Outcome::Accepted)).unwrap();
    assert!(of_a(&state).rotation.is_some());
    let mut refused = state.clone();
    refused.end_rotation(&id("a"), &receipt(b"update", Outcome::Policy)).unwrap();
    assert_eq!(refused.doomed, [handle("dk-new"), handle("ek-new")]);
    assert!(of_a(&refused).rotation.is_none() && of_a(&refused).keys.dk == handle("dk-a"));
    for _ in 0..2 {
        state.end_rotation(&id("a"), &receipt(b"update", Outcome::Accepted)).unwrap();
        let Enrolment { keys, rotation, former, .. } = of_a(&state);
        assert_eq!((&keys.dk, &keys.ek, rotation.is_none()), (&handle("dk-new"), &handle("ek-new"), true));
        let [Former { dk, dk_handle, ek_handle, until, .. }] = former.as_slice() else { panic!("{former:?}") };
        assert_eq!((dk, dk_handle, ek_handle), (key(1).public(), &handle("dk-a"), &handle("ek-a")));
        assert_eq!(until.seconds(), 400 + MAX_LIFETIME_SECS);
        assert!(state.doomed.is_empty());
    }
}

#[test]
fn a_replaced_uvk_goes_with_the_receipt_and_a_refused_one_with_the_other_new_keys() {
    let mut state = rotating_all();
    assert_eq!(state.nascent, [handle("of another")]);
    assert!(of_a(&state).awaits_uvk() && !of_a(&rotating()).awaits_uvk() && !of_a(&super::state()).awaits_uvk());
    assert!(state.knows_key(&handle("uvk-new"), key(9).public()) && state.knows_key(&handle("x"), key(10).public()));
    let new = ["dk-new", "uvk-new", "ek-new"].map(handle);
    let mut refused = state.clone();
    refused.end_rotation(&id("a"), &receipt(b"update", Outcome::Policy)).unwrap();
    assert_eq!((&refused.doomed, &of_a(&refused).keys.uvk), (&new.to_vec(), &handle("uvk-a")));
    let mut given_up = state.clone();
    given_up.give_up_rotation(&id("a"), &inbox(1, 501)).unwrap();
    assert_eq!((&given_up.doomed, &of_a(&given_up).keys.uvk), (&new.to_vec(), &handle("uvk-a")));
    let mut ended = state.clone();
    ended.doom(&id("a"));
    assert_eq!(ended.doomed.len(), 6);
    assert!(new.iter().all(|handle| ended.doomed.contains(handle)));
    for _ in 0..2 {
        state.end_rotation(&id("a"), &receipt(b"update", Outcome::Accepted)).unwrap();
        assert_eq!((&of_a(&state).keys.uvk, &of_a(&state).keys.public.uvk), (&new[1], key(10).public()));
        assert_eq!((of_a(&state).former.len(), of_a(&state).awaits_uvk()), (1, false));
        assert_eq!(state.doomed, [handle("uvk-a")]);
    }
}

#[test]
fn another_uvk_does_not_set_out_while_an_approval_waits() {
    for (answer, by, begun) in
        [(DecisionKind::Approve, 2, Err(AuthenticatorError::Unsettled)), (DecisionKind::Deny, 1, Ok(true))]
    {
        let mut state = state();
        let (txn, answer) = asked(&mut state, answer, by);
        assert!(!of_a(&state).approval_waits());
        state.enrolment_mut(&id("a")).unwrap().queue(&txn, answer, number(1)).unwrap();
        assert_eq!(of_a(&state).approval_waits(), begun.is_err());
        assert_eq!(state.begin_rotation(&id("a"), key(1).public(), rotation_of_all(), number(2)), begun);
        assert_eq!(
            (of_a(&state).rotation.is_some(), of_a(&state).number),
            (begun.is_ok(), if begun.is_ok() { 2 } else { 1 })
        );
        if begun.is_err() {
            assert_eq!(state.begin_rotation(&id("a"), key(1).public(), rotation(), number(2)), Ok(true), "UVK stays");
        }
    }
}

#[test]
fn no_approval_is_kept_by_a_uvk_that_is_being_replaced_or_has_been() {
    let mut replaced = rotating_all();
    replaced.end_rotation(&id("a"), &receipt(b"update", Outcome::Accepted)).unwrap();
    for (mut state, old, new) in [(rotating_all(), false, false), (replaced, false, true), (rotating(), true, false)] {
        for (by, kept) in [(2, old), (10, new)] {
            let (txn, approval) = asked(&mut state, DecisionKind::Approve, by);
            let enrolment = state.enrolment_mut(&id("a")).unwrap();
            let number_before = enrolment.number;
            let right = if kept { Ok(()) } else { Err(AuthenticatorError::Unsettled) };
            assert_eq!(enrolment.queue(&txn, approval, number(9)), right, "{by}");
            assert_eq!(enrolment.entry(&txn).unwrap().state == EntryState::Pending, !kept);
            assert_eq!(enrolment.number, if kept { 9 } else { number_before });
            let (txn, denial) = asked(&mut state, DecisionKind::Deny, 1);
            state.enrolment_mut(&id("a")).unwrap().queue(&txn, denial, number(9)).unwrap();
        }
    }
}

#[test]
fn a_rotation_is_given_up_only_after_its_end_by_a_word_to_the_old_key() {
    let mut state = rotating();
    for (to, iat) in [(1, 500), (5, 501)] {
        state.give_up_rotation(&id("a"), &inbox(to, iat)).unwrap();
        assert!(of_a(&state).rotation.is_some(), "{to} {iat}");
    }
    state.give_up_rotation(&id("a"), &inbox(1, 501)).unwrap();
    assert!(of_a(&state).rotation.is_none());
    assert_eq!(state.doomed, [handle("dk-new"), handle("ek-new")]);
}

#[test]
fn replaced_keys_go_after_their_time_and_not_while_an_answer_waits() {
    let mut enrolment = enrolment("a");
    enrolment.former.push(former(2000));
    assert_eq!(enrolment.retire(Timestamp::from_seconds(2000)), []);
    let mut state = State::default();
    state.add(enrolment).unwrap();
    let asked = request("a", 1000);
    let txn = asked.message.txn.clone();
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    let enrolment = state.enrolment_mut(&id("a")).unwrap();
    let answer = SignedDecision { jws: "jws".into(), answer: DecisionKind::Approve, reason: None, key: None, at: None };
    let anew = SignedDecision { jws: "anew".into(), ..answer.clone() };
    assert_eq!(enrolment.replace_decision(&txn, &answer, anew.clone()), Err(AuthenticatorError::NotPending));
    enrolment.queue(&txn, answer.clone(), number(1)).unwrap();
    assert_eq!(enrolment.retire(Timestamp::from_seconds(2001)), []);
    assert_eq!(enrolment.replace_decision(&txn, &anew, answer.clone()), Err(AuthenticatorError::NotPending));
    assert_eq!(enrolment.replace_decision(&txn, &answer, anew), Ok(()));
    assert_eq!(enrolment.outbox().map(|(_, jws)| jws).collect::<Vec<_>>(), ["anew"]);
    enrolment.entries.clear();
    assert!(!state.expire(&ClockReading { monotonic_ms: 1_010_000, ..at(0) }));
    assert!(state.expire(&ClockReading { monotonic_ms: 1_011_000, ..at(0) }));
    assert_eq!(state.doomed, [handle("dk-old"), handle("ek-old")]);
}
