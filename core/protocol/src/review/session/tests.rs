//! Cases that the scripts of `tests/approval` cannot express: secrets, busy sessions, numbers that
//! JSON does not have.

use zeroize::Zeroizing;

use super::*;
use crate::review::Model;
use crate::{
    details::DetailTypes,
    jose::{Digest, json as strict},
    message::request::{BindingMode, Request},
};

const CLAIMS: &str = r#"{
    "iss": "https://bank.example",
    "aud": "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    "sub": "enrolment-1", "jti": "j1", "txn": "t1", "iat": 1769860800, "exp": 1769861100, "seq": 7,
    "client": {"id": "shop", "name": "ACME Shop"}, "uv": "required",
    "binding": {"mode": "entry", "length": 6, "charset": "digits"}, "nonce": "n1"
}"#;

fn session() -> Session {
    let request: Request = strict::from_str(CLAIMS).unwrap();
    let review = Review::new(&request, Digest::of(CLAIMS.as_bytes()), Locale::De, &DetailTypes::default(), Model::V4);
    Session::new(review, DisplayPolicy { min_shown_ms: 10, ..DisplayPolicy::default() }, false)
}

fn visible(field: &str, height: f64, top: f64, bottom: f64) -> SessionEvent {
    SessionEvent::Visible { field: field.to_owned(), height, top, bottom }
}

/// A session in which the user may approve.
fn read() -> Session {
    let mut session = session();
    let mut events = vec![SessionEvent::Foreground { on: true }];
    let fields = session.display().fields.iter().map(|field| visible(&field.id.to_string(), 40.0, 0.0, 40.0));
    events.extend(fields);
    session.handle(100, &events).unwrap();
    session.handle(110, &[]).unwrap();
    session.set_binding_value(Some(Zeroizing::new("314159".to_owned()))).unwrap();
    assert!(session.state().approval_allowed);
    session
}

#[test]
fn session_returns_what_the_screen_draws() {
    let session = session();
    assert_eq!(session.txn().as_str(), "t1");
    assert_eq!(session.locale(), Locale::De);
    assert_eq!(session.min_shown_ms(), 10);
    assert_eq!(session.binding().mode(), BindingMode::Entry);
}

#[test]
fn ticket_has_the_report_of_the_session() {
    let mut session = read();
    let (ticket, value) = session.ticket().unwrap();
    assert_eq!((ticket.shown_ms(), ticket.call_active()), (10, false));
    assert_eq!(ticket.display_hash(), session.display().hash);
    assert_eq!(ticket.locale(), Locale::De);
    assert_eq!(ticket.request_hash(), Digest::of(CLAIMS.as_bytes()));
    assert_eq!(value.to_wire().as_deref(), Some("314159"));
}

#[test]
fn second_decision_is_rejected_while_one_is_in_progress() {
    let mut session = read();
    session.ticket().unwrap();
    assert!(!session.state().approval_allowed);
    assert_eq!(session.state().obstacle, None);
    assert_eq!(session.ticket().unwrap_err(), SessionError::Busy.into());
    assert_eq!(session.begin_denial(), Err(SessionError::Busy));
    session.handle(200, &[SessionEvent::Foreground { on: false }]).unwrap();
    session.decision_failed();
    session.begin_denial().unwrap();
    assert_eq!(session.ticket().unwrap_err(), SessionError::Busy.into());
}

#[test]
fn ended_session_stays_ended_and_forgets_the_value() {
    let mut session = read();
    session.ticket().unwrap();
    session.end();
    session.decision_failed();
    assert_eq!(session.begin_denial(), Err(SessionError::Ended));
    assert!(session.value.is_none());
}

#[test]
fn debug_output_hides_the_binding_value() {
    let output = format!("{:?}", read());
    assert!(output.contains("t1") && output.contains("shown_ms: 10") && output.contains("Reading"), "{output}");
    assert!(!output.contains("314159"), "{output}");
}

#[test]
fn geometry_that_is_not_finite_is_rejected() {
    let mut session = session();
    for event in [
        visible("client", f64::NAN, 0.0, 40.0),
        visible("client", f64::INFINITY, 0.0, 40.0),
        visible("client", 40.0, f64::NAN, 40.0),
        visible("client", 40.0, 0.0, f64::NEG_INFINITY),
        SessionEvent::Layout { fields: vec![FieldHeight { field: "client".to_owned(), height: f64::NAN }] },
    ] {
        assert_eq!(session.handle(0, &[event]), Err(SessionError::Geometry("client".to_owned())));
    }
}

#[test]
fn time_on_screen_ends_at_its_maximum() {
    let mut shown = ShownTime::default();
    shown.advance(u64::MAX, true);
    assert_eq!(shown.total_ms(), u64::MAX);
    shown.clear();
    shown.advance(0, true);
    assert_eq!(shown.total_ms(), 0);
}

#[test]
fn obstacles_and_errors_have_distinct_codes() {
    let obstacles = [
        Obstacle::NotApprovable { code: NotApprovable::UnsafeText },
        Obstacle::ScannerMissing,
        Obstacle::Covered,
        Obstacle::Shared,
        Obstacle::CallActive,
        Obstacle::Background,
        Obstacle::Unread,
        Obstacle::TooShort,
        Obstacle::Value { code: BindingError::Charset.reason() },
    ];
    let errors = [
        SessionError::UnknownField("sum".to_owned()),
        SessionError::Geometry("client".to_owned()),
        SessionError::Busy,
        SessionError::Ended,
    ];
    assert_eq!(
        obstacles.map(Obstacle::code),
        [
            "unsafe_text",
            "scanner_missing",
            "covered",
            "shared",
            "call_active",
            "background",
            "unread",
            "too_short",
            "binding_charset"
        ]
    );
    assert_eq!(
        errors.map(|error| error.code()),
        ["session_field_unknown", "session_geometry", "session_busy", "session_ended"]
    );
}

#[test]
fn changed_policy_counts_at_once() {
    let mut session = read();
    let policy = DisplayPolicy::default();
    session.set_policy(DisplayPolicy { min_shown_ms: 11, ..policy });
    assert_eq!((session.state().obstacle, session.min_shown_ms()), (Some(Obstacle::TooShort), 11));
    session.set_policy(DisplayPolicy { binding_floor: BindingMode::Scan, ..policy });
    let code = NotApprovable::BindingBelowFloor;
    assert_eq!(session.state().obstacle, Some(Obstacle::NotApprovable { code }));
    session.set_policy(policy);
    assert_eq!(session.state().obstacle, None, "what was read is kept");
    session.set_policy(DisplayPolicy { calls: CallPolicy::Block, ..policy });
    assert_eq!(session.state().obstacle, None, "there was no call");
    session.set_policy(policy);
    session.handle(20, &[SessionEvent::Call { on: true }]).unwrap();
    session.handle(20, &[SessionEvent::Call { on: false }]).unwrap();
    assert_eq!(session.state().obstacle, None, "the decision reports the call");
    session.set_policy(policy);
    assert_eq!(session.state().obstacle, None, "calls are still allowed");
    session.set_policy(DisplayPolicy { calls: CallPolicy::Block, ..policy });
    assert_eq!(session.state().obstacle, Some(Obstacle::Unread));
    assert!(!session.state().call_warning);
}
