//! Tests of the transitions: two issuers on one phone, limits and queued decisions.

use super::clock::TrustedClock;
use super::{Acceptance, EntryState, SignedDecision, State};
use super::{DecisionHistory, Enrolment, KeyRing};
use crate::error::VerifyError;
use crate::platform::{ClockReading, KeyHandle};
use countersign_protocol::jose::{Digest, SigningKey, json as strict_json};
use countersign_protocol::message::Verified;
use countersign_protocol::message::claims::{DeviceAudience, EnrolmentId, Jti, Nonce, Timestamp, Txn};
use countersign_protocol::message::decision::{DecisionKind, Verification};
use countersign_protocol::message::enrolment::{Account, CallPolicy, EnrolmentPolicy, KeySetProtection, Protection};
use countersign_protocol::message::inbox::{Closed, ClosedState};
use countersign_protocol::message::metadata::{Endpoints, Jwks, MAX_LIFETIME_SECS, Metadata};
use countersign_protocol::message::number::Number;
use countersign_protocol::message::proof::KeySet;
use countersign_protocol::message::request::{BindingMode, Request};
use countersign_protocol::message::status::EnrolmentState;
use serde_json::json;

fn key(byte: u8) -> SigningKey {
    SigningKey::from_scalar(&[byte; 32]).unwrap()
}

pub(super) fn enrolment(name: &str) -> Enrolment {
    let issuer = format!("https://{name}.example").parse().unwrap();
    let key_handle = |role: &str| KeyHandle(format!("{role}-{name}"));
    let software = Protection::Software;
    Enrolment {
        id: name.parse().unwrap(),
        account: Account { label: name.into(), issuer_name: name.into() },
        state: EnrolmentState::Active,
        confirm_code: None,
        handle: format!("handle-{name}").parse().unwrap(),
        policy: EnrolmentPolicy { binding_floor: BindingMode::None, min_shown_ms: 0, calls: CallPolicy::Allow },
        keys: KeyRing {
            public: KeySet { dk: key(1).public().clone(), uvk: key(2).public().clone(), ek: key(3).public().clone() },
            dk: key_handle("dk"),
            uvk: key_handle("uvk"),
            ek: key_handle("ek"),
            protection: KeySetProtection { dk: software, uvk: software, ek: software },
            verification: Verification::Biometric,
        },
        metadata: Metadata {
            iss: format!("https://{name}.example").parse().unwrap(),
            iat: Timestamp::from_seconds(1),
            exp: Timestamp::from_seconds(86_401),
            epoch: 1,
            signer: key(4).public().clone(),
            keys: Jwks { keys: vec![key(4).public().clone()] },
            pins: vec![key(4).public().thumbprint()],
            endpoints: Endpoints::below(&format!("https://{name}.example")),
            binding_modes: BindingMode::ALL.to_vec(),
            min_app_version: None,
            features: None,
        },
        clock: TrustedClock::default(),
        status_seq: 1,
        entries: vec![],
        closed_ids: vec![],
        history: DecisionHistory::default(),
        rotation: None,
        replaced_keys: vec![],
        number: 0,
        rollback_detected_at: None,
        issuer,
    }
}

fn state() -> State {
    let mut state = State::default();
    state.add(enrolment("a")).unwrap();
    state.add(enrolment("b")).unwrap();
    state
}

/// Earlier versions stored metadata without a maximum lifetime.
#[test]
fn stored_metadata_with_too_long_lifetime_has_expired() {
    let mut enrolment = enrolment("a");
    enrolment.metadata.iat = Timestamp::from_seconds(1_000);
    let has_expired = |enrolment: &mut Enrolment, lifetime: i64, at: i64| {
        enrolment.metadata.exp = Timestamp::from_seconds(1_000 + lifetime);
        enrolment.metadata_has_expired(Timestamp::from_seconds(at))
    };
    assert!(!has_expired(&mut enrolment, MAX_LIFETIME_SECS, 1_000 + MAX_LIFETIME_SECS));
    assert!(has_expired(&mut enrolment, MAX_LIFETIME_SECS, 1_001 + MAX_LIFETIME_SECS));
    assert!(has_expired(&mut enrolment, MAX_LIFETIME_SECS + 1, 1_000), "renewed at the next contact");
    assert!(!has_expired(&mut enrolment, 86_400, 1_000));
}

fn number(number: u64) -> Number {
    number.try_into().unwrap()
}

fn id(name: &str) -> EnrolmentId {
    name.parse().unwrap()
}

fn request(name: &str, iat: i64) -> Verified<Request> {
    let claims = json!({
        "iss": format!("https://{name}.example"), "aud": DeviceAudience(key(1).public().thumbprint()), "sub": name,
        "jti": Jti::random().unwrap(), "txn": Txn::random().unwrap(), "iat": iat, "exp": iat + 300, "seq": 1,
        "client": { "id": "c", "name": "C" }, "uv": "required", "binding": { "mode": "none" },
        "nonce": Nonce::random().unwrap(),
    });
    let message: Request = serde_json::from_value(claims).unwrap();
    let digest = Digest::of(message.jti.as_str().as_bytes());
    Verified { message, digest, kid: key(4).public().thumbprint() }
}

fn at(monotonic_s: u64) -> ClockReading {
    ClockReading { monotonic_ms: monotonic_s * 1000, boot_id: "boot".into(), wall: Timestamp::from_seconds(0) }
}

fn pending(state: &State, name: &str) -> usize {
    let entries = &state.enrolment(&id(name)).unwrap().entries;
    entries.iter().filter(|entry| entry.state == EntryState::Pending).count()
}

#[test]
fn signed_time_of_one_issuer_leaves_other_clocks_unchanged() {
    let mut state = state();
    state.accept_request(&id("a"), "jws", request("a", 1000), &at(10)).unwrap();
    // A time far in the future, then one far in the past.
    state.accept_request(&id("b"), "jws", request("b", 4_000_000_000), &at(10)).unwrap();
    state.enrolment_mut(&id("b")).unwrap().clock.observe_live(Timestamp::from_seconds(5), &at(11));
    state.expire(&at(11));
    assert_eq!((pending(&state, "a"), pending(&state, "b")), (1, 1));
    assert_eq!(state.enrolment(&id("a")).unwrap().clock.now(&at(11)).seconds(), 1001);
}

#[test]
fn issuer_cannot_reuse_another_issuers_id_handle_or_txn() {
    let mut state = state();
    let named = Enrolment { id: id("a"), ..enrolment("c") };
    assert_eq!(state.add(named), Err(VerifyError::Enrolment));
    let routed = Enrolment { handle: "handle-a".parse().unwrap(), ..enrolment("c") };
    assert_eq!(state.add(routed), Err(VerifyError::Enrolment));
    assert_eq!(state.enrolments.len(), 2);
    let asked = request("a", 1000);
    let mut copied = request("b", 1000);
    copied.message.txn = asked.message.txn.clone();
    state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
    assert_eq!(state.accept_request(&id("b"), "jws", copied, &at(10)), Err(VerifyError::Replay));
}

#[test]
fn expired_requests_do_not_count_toward_pending_limit() {
    let mut state = state();
    for _ in 0..32 {
        assert_eq!(state.accept_request(&id("a"), "jws", request("a", 1000), &at(10)), Ok(Acceptance::New));
    }
    assert_eq!(state.accept_request(&id("a"), "jws", request("a", 1000), &at(10)), Err(VerifyError::Overfull));
    assert_eq!(state.accept_request(&id("a"), "jws", request("a", 1400), &at(10)), Ok(Acceptance::New));
    assert_eq!(pending(&state, "a"), 1);
}

#[test]
fn oldest_expired_closed_requests_are_dropped() {
    let mut state = state();
    let requests: Vec<_> = (0..80).map(|round| request("a", 1000 + round)).collect();
    for fresh in &requests {
        assert_eq!(state.accept_request(&id("a"), "jws", fresh.clone(), &at(10)), Ok(Acceptance::New));
        let all: Vec<Closed> = state.enrolment(&id("a")).unwrap().entries.iter().map(closed_of).collect();
        state.enrolment_mut(&id("a")).unwrap().close(&all, &[]);
    }
    assert_eq!(stored(&state, "a"), (51, 29), "none has expired");
    for known in requests {
        assert!(state.enrolment(&id("a")).unwrap().knows(&known.message.txn));
        assert_eq!(state.accept_request(&id("a"), "jws", known, &at(10)), Ok(Acceptance::Duplicate));
    }
    state.accept_request(&id("a"), "jws", request("a", 9000), &at(10)).unwrap();
    assert_eq!(stored(&state, "a"), (51, 0));
}

/// Returns the number of stored requests of an enrolment, and of those with identifiers only.
fn stored(state: &State, name: &str) -> (usize, usize) {
    let enrolment = state.enrolment(&id(name)).unwrap();
    (enrolment.entries.len(), enrolment.closed_ids.len())
}

/// The issuer moves the clock of its enrolment ahead, so that its requests never expire.
#[test]
fn issuer_with_a_false_clock_cannot_fill_the_state() {
    let mut state = state();
    let mut accepted = Vec::new();
    for _ in 0..100 {
        state.enrolment_mut(&id("a")).unwrap().clock.observe_live(Timestamp::from_seconds(200_000_000_000), &at(10));
        for _ in 0..16 {
            let fresh = request("a", 200_000_000_000);
            match state.accept_request(&id("a"), "jws", fresh.clone(), &at(10)) {
                Ok(_) => accepted.push(fresh),
                Err(error) => assert_eq!(error, VerifyError::Overfull),
            }
        }
        let enrolment = state.enrolment_mut(&id("a")).unwrap();
        enrolment.clock.observe_live(Timestamp::from_seconds(1000), &at(10));
        let all: Vec<Closed> = enrolment.entries.iter().map(closed_of).collect();
        enrolment.close(&all, &[]);
    }
    let (entries, identifiers) = stored(&state, "a");
    assert!(entries <= 50 + 32 && identifiers == 256, "{entries} {identifiers}");
    for known in accepted {
        assert_eq!(state.accept_request(&id("a"), "jws", known, &at(10)), Ok(Acceptance::Duplicate), "no replay");
    }
    assert_eq!(state.accept_request(&id("b"), "jws", request("b", 1000), &at(10)), Ok(Acceptance::New));
    // After the expiry, the enrolment accepts requests again.
    let later = request("a", 200_000_000_301);
    assert_eq!(state.accept_request(&id("a"), "jws", later, &at(10)), Ok(Acceptance::New));
}

#[test]
fn decisions_without_receipt_are_limited() {
    let mut state = state();
    for count in 1..=64 {
        let asked = request("a", 1000);
        let txn = asked.message.txn.clone();
        state.accept_request(&id("a"), "jws", asked, &at(10)).unwrap();
        let decision = SignedDecision {
            jws: "jws".into(),
            kind: DecisionKind::Deny,
            reason: None,
            key: None,
            at: None,
            history: None,
        };
        state.enrolment_mut(&id("a")).unwrap().queue(&txn, decision, number(count)).unwrap();
    }
    assert_eq!(state.accept_request(&id("a"), "jws", request("a", 9000), &at(10)), Err(VerifyError::Overfull));
    assert_eq!(state.enrolment(&id("a")).unwrap().outbox().count(), 64, "nothing is lost");
    assert_eq!(state.accept_request(&id("b"), "jws", request("b", 1000), &at(10)), Ok(Acceptance::New));
}

fn closed_of(entry: &super::Entry) -> Closed {
    Closed { txn: entry.request.txn.clone(), state: ClosedState::Cancelled }
}

#[test]
fn queued_decision_is_dropped_only_if_rejected_and_undecided() {
    let mut state = state();
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
    enrolment.queue(&txn, decision.clone(), number(1)).unwrap();
    assert!(enrolment.queue(&txn, decision, number(2)).is_err(), "a request has one decision");
    assert_eq!(enrolment.number, 1);
    let closed = |state| [Closed { txn: txn.clone(), state }];
    enrolment.close(&closed(ClosedState::Expired), &[]);
    enrolment.close(&closed(ClosedState::Decided), std::slice::from_ref(&txn));
    assert_eq!(enrolment.outbox().count(), 1);
    enrolment.close(&closed(ClosedState::Expired), std::slice::from_ref(&txn));
    assert_eq!(enrolment.outbox().count(), 0);
    assert!(matches!(&enrolment.entry(&txn).unwrap().state, EntryState::Abandoned(kept) if kept.jws == "jws"));
}

/// A state that an earlier version stored can have issuers with two spellings or too many
/// characters.
#[test]
fn state_with_issuer_of_earlier_version_opens() {
    let mut stored = state();
    stored.accept_request(&id("a"), "jws", request("a", 1000), &at(10)).unwrap();
    let text = serde_json::to_string(&stored).unwrap();
    let long = format!("https://{}.example", "a.".repeat(45) + "a");
    for earlier in ["https://A.example", "https://a.example:443", "https://a.example.", &long] {
        let changed = text.replace("https://a.example\"", &format!("{earlier}\""));
        assert_eq!(changed.matches(&format!("{earlier}\"")).count(), 3, "enrolment, metadata and request");
        let opened: State = strict_json::from_own(changed.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&opened).unwrap(), changed, "nothing is lost");
        assert!(!opened.enrolment(&id("a")).unwrap().issuer.is_canonical());
        let txn = &opened.enrolment(&id("a")).unwrap().entries[0].request.txn;
        assert!(opened.open_entry(txn, &at(11)).is_ok(), "it can be denied");
    }
}

#[test]
fn state_with_dots_as_txn_of_earlier_version_opens() {
    let mut stored = state();
    stored.accept_request(&id("a"), "jws", request("a", 1000), &at(10)).unwrap();
    let text = serde_json::to_string(&stored).unwrap();
    let txn = stored.enrolment(&id("a")).unwrap().entries[0].request.txn.clone();
    for dots in [".", ".."] {
        let changed = text.replace(txn.as_str(), dots);
        let opened: State = strict_json::from_own(changed.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&opened).unwrap(), changed, "nothing is lost");
        assert_eq!(opened.enrolment(&id("a")).unwrap().entries[0].request.txn.as_str(), dots);
    }
}

mod history;
mod incoming;
mod keys;
mod limits;
mod numbers;
mod settling;
mod waiting;
