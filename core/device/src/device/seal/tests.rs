//! Tests of the sealed state.

use super::super::tests::enrolment;
use super::*;
use countersign_protocol::jose::json;
use countersign_protocol::message::claims::Timestamp;
use countersign_protocol::message::enrolment::CallPolicy;

const KEY: [u8; 32] = [1; 32];

/// Returns a state with two enrolments.
fn two_enrolments() -> State {
    let mut state = State { version: 7, ..State::default() };
    state.add(enrolment("a")).unwrap();
    state.add(enrolment("b")).unwrap();
    state
}

/// Returns the sealed records of a state.
fn records(sealed: &Sealed) -> Vec<&[u8]> {
    sealed.records.iter().map(|record| &sealed.bytes[record.place.clone()]).collect()
}

/// Returns the sealed state with the record at `place` replaced by another one.
fn with_record(sealed: &Sealed, place: usize, record: &[u8]) -> Vec<u8> {
    let mut other = Sealed { bytes: header(FORMAT).to_vec(), records: Vec::new() };
    let places = places(&sealed.bytes).unwrap();
    for (at, known) in places.into_iter().enumerate() {
        other.append(if at == place { record } else { &sealed.bytes[known] }).unwrap();
    }
    other.bytes
}

#[test]
fn only_the_changed_enrolment_is_sealed_again() {
    let mut state = two_enrolments();
    let first = Sealed::default().seal(&state, &KEY).unwrap();
    let before = state.clone();
    let id = state.enrolments[1].id.clone();
    state.enrolment_mut(&id).unwrap().number = 5;
    let second = first.seal(&state, &KEY).unwrap();
    assert_eq!(records(&first)[0], records(&second)[0]);
    assert_ne!(records(&first)[1], records(&second)[1]);
    assert!(Arc::ptr_eq(&before.enrolments[0], &state.enrolments[0]), "the other enrolment was not copied");
    // An opened state shares its enrolments with its records too.
    let (opened, third) = Sealed::open(second.bytes().to_vec(), &KEY).unwrap();
    assert_eq!(opened, state);
    assert_eq!(records(&third.seal(&opened, &KEY).unwrap()), records(&second));
}

#[test]
fn enrolment_that_is_equal_again_is_shared() {
    let mut state = two_enrolments();
    let before = state.clone();
    let id = state.enrolments[0].id.clone();
    state.enrolment_mut(&id).unwrap().number = 0;
    assert!(!Arc::ptr_eq(&before.enrolments[0], &state.enrolments[0]));
    state.share_unchanged(&before);
    assert!(Arc::ptr_eq(&before.enrolments[0], &state.enrolments[0]));
}

#[test]
fn records_cannot_be_combined_left_out_or_reordered() {
    let mut state = two_enrolments();
    let old = Sealed::default().seal(&state, &KEY).unwrap();
    let id = state.enrolments[0].id.clone();
    state.enrolment_mut(&id).unwrap().number = 5;
    let new = old.seal(&state, &KEY).unwrap();
    let index = &new.bytes[places(&new.bytes).unwrap().pop().unwrap()];
    let mut swapped = Sealed { bytes: header(FORMAT).to_vec(), records: Vec::new() };
    let mut cut = Sealed { bytes: header(FORMAT).to_vec(), records: Vec::new() };
    for record in [records(&new)[1], records(&new)[0], index] {
        swapped.append(record).unwrap();
    }
    for record in [records(&new)[0], index] {
        cut.append(record).unwrap();
    }
    let forged = [
        with_record(&new, 0, records(&old)[0]),
        with_record(&new, 0, records(&new)[1]),
        with_record(&new, 0, index),
        with_record(&new, 2, records(&new)[0]),
        swapped.bytes,
        cut.bytes,
    ];
    for bytes in forged {
        assert_eq!(open(&bytes, &KEY).err(), Some(StateError::Foreign));
    }
    assert_eq!(open(&header(FORMAT), &KEY).err(), Some(StateError::Damaged), "no index");
    assert_eq!(open(new.bytes(), &KEY), Ok(state));
}

#[test]
fn sealed_state_opens_and_changed_bytes_do_not() {
    let state = two_enrolments();
    let sealed = seal(&state, &[1; 32]).unwrap();
    assert_eq!(open(&sealed, &[1; 32]).unwrap().version, 7);
    assert_eq!(open(&sealed, &[2; 32]).err(), Some(StateError::Foreign));
    for at in 0..sealed.len() {
        assert!(open(&sealed[..at], &[1; 32]).is_err(), "cut at {at}");
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(open(&changed, &[1; 32]).is_err(), "changed at {at}");
    }
}

#[test]
fn open_reports_damage_and_later_formats() {
    assert_eq!(open(b"", &[0; 32]).err(), Some(StateError::Damaged));
    assert_eq!(open(b"something else entirely", &[0; 32]).err(), Some(StateError::Damaged));
    assert_eq!(open(b"CSGN\x09-----------------", &[0; 32]).err(), Some(StateError::Later(9)));
}

/// Replaces names of the current format by those of format 4 in a state with one enrolment.
fn as_format_4(state: &State) -> String {
    let names = [
        ("keys_to_delete", "doomed"),
        ("pending_keys", "nascent"),
        ("replaced_keys", "former"),
        ("rollback_detected_at", "restored"),
        (r#""calls":"block""#, r#""calls":"refuse""#),
    ];
    let text = serde_json::to_string(state).unwrap();
    names.into_iter().fold(text, |text, (new, old)| {
        assert_eq!(text.matches(new).count(), 1, "{new}");
        text.replace(new, old)
    })
}

#[test]
fn names_of_format_4_are_read_and_not_written() {
    let mut state = State::default();
    let mut enrolment = enrolment("a");
    enrolment.policy.calls = CallPolicy::Block;
    enrolment.rollback_detected_at = Some(Timestamp::from_seconds(7));
    state.add(enrolment).unwrap();
    state.keys_to_delete.push(KeyHandle("delete".into()));
    state.pending_keys.push(KeyHandle("pending".into()));
    let text = as_format_4(&state).into_bytes();
    let read: State = json::from_own(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(&state).unwrap());
    let unknown = as_format_4(&state).replace("doomed", "lost");
    assert!(json::from_own::<State>(&unknown.into_bytes()).is_err(), "an unknown member");
    let unknown = as_format_4(&state).replace("refuse", "ignore");
    assert!(json::from_own::<State>(&unknown.into_bytes()).is_err(), "an unknown policy");
}
