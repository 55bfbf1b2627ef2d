//! What the issuer says of numbers and of the state, by receipt and by inbox.

use super::keys::{inbox, receipt};
use super::*;
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::receipt::{Outcome, Receipt};

#[test]
fn a_number_that_this_state_does_not_remember_is_marked_and_counted_on_from() {
    let known = Enrolment { number: 5, ..enrolment("a") };
    for (heard, outcome, marks, after) in [
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
        assert_eq!(enrolment.hear_number(heard, outcome, now), marks, "{heard} {outcome:?}");
        assert_eq!((enrolment.number, enrolment.restored), (after, marks.then_some(now)), "{heard} {outcome:?}");
    }
}

#[test]
fn a_receipt_moves_time_number_and_state() {
    let mut state = state();
    let plain = Receipt { number: 0, ..receipt(b"update", Outcome::Accepted) };
    assert_eq!(state.take_word(&id("a"), &plain, &at(10)), Ok(false));
    let enrolment = state.enrolment(&id("a")).unwrap();
    assert_eq!((enrolment.clock.now(&at(11)).seconds(), enrolment.status_seq, enrolment.restored), (401, 2, None));
    let last = Receipt { number: 3, seq: 3, status: EnrolmentState::Revoked, ..plain };
    assert_eq!(state.take_word(&id("a"), &last, &at(10)), Ok(true));
    let enrolment = state.enrolment(&id("a")).unwrap();
    assert_eq!((enrolment.number, enrolment.restored), (3, Some(Timestamp::from_seconds(400))));
    assert_eq!((enrolment.state, state.doomed.len()), (EnrolmentState::Revoked, 3));
}

#[test]
fn an_inbox_moves_policy_and_state_only_forward() {
    let policy = EnrolmentPolicy { min_shown_ms: 5, ..enrolment("a").policy };
    for (seq, status, takes, ended) in [
        (2, EnrolmentState::Active, true, false),
        (2, EnrolmentState::Revoked, true, true),
        (1, EnrolmentState::Revoked, false, false),
        (0, EnrolmentState::Revoked, false, false),
    ] {
        let mut enrolment = enrolment("a");
        let heard = Inbox { seq, status, policy, ..inbox(1, 1000) };
        assert_eq!(enrolment.hear(&heard), ended, "{seq} {status:?}");
        assert_eq!((enrolment.policy == policy, enrolment.state == status), (takes, takes), "{seq} {status:?}");
        assert!(!enrolment.hear(&heard), "the same again ends nothing");
    }
}
