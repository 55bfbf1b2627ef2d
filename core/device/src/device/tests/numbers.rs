//! Tests of message numbers, rollback detection and the state that receipts and inboxes carry.

use super::keys::{inbox, receipt};
use super::*;
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::receipt::{Outcome, Receipt};

#[test]
fn unknown_number_records_rollback_and_numbering_continues() {
    let known = Enrolment { number: 5, ..enrolment("a") };
    for (received, outcome, marks, after) in [
        (4, None, false, 5),
        (5, None, false, 5),
        (5, Some(Outcome::Accepted), false, 5),
        (6, None, true, 6),
        (6, Some(Outcome::Accepted), true, 6),
        (4, Some(Outcome::NumberUsed), true, 5),
        (9, Some(Outcome::NumberUsed), true, 9),
    ] {
        let mut enrolment = known.clone();
        let now = Timestamp::from_seconds(77);
        assert_eq!(enrolment.observe_number(received, outcome, now), marks, "{received} {outcome:?}");
        assert_eq!(
            (enrolment.number, enrolment.rollback_detected_at),
            (after, marks.then_some(now)),
            "{received} {outcome:?}"
        );
    }
}

#[test]
fn receipt_updates_time_number_and_state() {
    let mut state = state();
    let plain = Receipt { number: 0, ..receipt(b"update", Outcome::Accepted) };
    assert_eq!(state.apply_receipt(&id("a"), &plain, &at(10)), Ok(false));
    let enrolment = state.enrolment(&id("a")).unwrap();
    assert_eq!(
        (enrolment.clock.now(&at(11)).seconds(), enrolment.status_seq, enrolment.rollback_detected_at),
        (401, 2, None)
    );
    let last = Receipt { number: 3, seq: 3, status: EnrolmentState::Revoked, ..plain };
    assert_eq!(state.apply_receipt(&id("a"), &last, &at(10)), Ok(true));
    let enrolment = state.enrolment(&id("a")).unwrap();
    assert_eq!((enrolment.number, enrolment.rollback_detected_at), (3, Some(Timestamp::from_seconds(400))));
    assert_eq!((enrolment.state, state.keys_to_delete.len()), (EnrolmentState::Revoked, 3));
}

#[test]
fn inbox_with_old_counter_changes_nothing() {
    let policy = EnrolmentPolicy { min_shown_ms: 5, ..enrolment("a").policy };
    for (seq, status, takes, ended) in [
        (2, EnrolmentState::Active, true, false),
        (2, EnrolmentState::Revoked, true, true),
        (1, EnrolmentState::Revoked, false, false),
        (0, EnrolmentState::Revoked, false, false),
    ] {
        let mut enrolment = enrolment("a");
        let received = Inbox { seq, status, policy, ..inbox(1, 1000) };
        assert_eq!(enrolment.apply_inbox(&received), ended, "{seq} {status:?}");
        assert_eq!((enrolment.policy == policy, enrolment.state == status), (takes, takes), "{seq} {status:?}");
        assert!(!enrolment.apply_inbox(&received), "a repeated inbox changes nothing");
    }
}
