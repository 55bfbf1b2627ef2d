//! Runs a script on `review::Session`.

use countersign_core::details::DetailTypes;
use countersign_core::jose::{Digest, json as strict};
use countersign_core::message::claims::Locale;
use countersign_core::message::enrolment::CallPolicy;
use countersign_core::message::request::{BindingMode, Request};
use countersign_core::review::{
    DisplayPolicy, Model, Obstacle, Review, Session, SessionEvent, SessionState, TicketError,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::script::{Decision, Expect, Policy, Prompt, Script, Step};

/// The code of an error, or the report of a decision if one was made.
type Called = Result<Option<Decision>, String>;

/// Runs all steps. Returns the first difference.
pub(crate) fn run(script: &Script) -> Result<(), String> {
    let mut session = Session::new(review(script), policy(&script.policy), script.can_scan);
    for (at, step) in script.steps.iter().enumerate() {
        check_step(&mut session, step).map_err(|difference| format!("step {at}: {difference}"))?;
    }
    Ok(())
}

fn review(script: &Script) -> Review {
    let mut claims = json!({
        "iss": "https://bank.example",
        "aud": "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        "sub": "enrolment-1", "jti": "j1", "txn": "t1", "iat": 1_769_860_800, "exp": 1_769_861_100, "seq": 7,
        "client": {"id": "shop", "name": "ACME Shop"}, "scope": "openid", "uv": "required",
        "binding": script.request.binding, "nonce": "n1"
    });
    if script.request.binding["mode"] == "display" {
        claims["message"] = Value::from("Compare the code 4711");
    }
    if !script.request.approvable {
        claims["ext"] = json!(["https://bank.example/unknown"]);
    }
    let text = claims.to_string();
    let request: Request = strict::from_str(&text).unwrap();
    Review::new(&request, Digest::of(text.as_bytes()), Locale::En, &DetailTypes::default(), Model::LATEST)
}

fn policy(policy: &Policy) -> DisplayPolicy {
    let calls = CallPolicy::ALL.into_iter().find(|calls| calls.as_str() == policy.calls).unwrap();
    let floor = BindingMode::ALL.into_iter().find(|mode| mode.as_str() == policy.binding_floor).unwrap();
    DisplayPolicy { binding_floor: floor, min_shown_ms: policy.min_shown_ms, calls, ..DisplayPolicy::default() }
}

fn check_step(session: &mut Session, step: &Step) -> Result<(), String> {
    let fields: Vec<String> = session.display().fields.iter().map(|field| field.id.to_string()).collect();
    let (decision, error) = match call(session, step, &fields) {
        Ok(decision) => (decision, None),
        Err(code) => (None, Some(code)),
    };
    let Expect {
        missing,
        remaining_ms,
        obstacle,
        approval_allowed,
        call_warning,
        shown_ms,
        error: expected,
        decision: decided,
    } = step.expect();
    let state = session.state();
    let missing = missing.as_ref().map(|ids| if *ids == ["*"] { fields } else { ids.clone() });
    equal("error", expected, &error)?;
    equal("decision", decided, &decision)?;
    given("missing", missing.as_ref(), &missing_of(&state))?;
    given("remaining_ms", remaining_ms.as_ref(), &state.remaining_ms)?;
    given("obstacle", obstacle.as_ref(), &state.obstacle.map_or("none", Obstacle::code).to_owned())?;
    given("approval_allowed", approval_allowed.as_ref(), &state.approval_allowed)?;
    given("call_warning", call_warning.as_ref(), &state.call_warning)?;
    given("shown_ms", shown_ms.as_ref(), &state.shown_ms)
}

fn missing_of(state: &SessionState) -> Vec<String> {
    state.missing.iter().map(ToString::to_string).collect()
}

fn equal<T: PartialEq + std::fmt::Debug>(name: &str, expected: &T, actual: &T) -> Result<(), String> {
    if expected == actual { Ok(()) } else { Err(format!("{name} is {actual:?} instead of {expected:?}")) }
}

/// Compares a member that the script has.
fn given<T: PartialEq + std::fmt::Debug>(name: &str, expected: Option<&T>, actual: &T) -> Result<(), String> {
    expected.map_or(Ok(()), |expected| equal(name, expected, actual))
}

fn call(session: &mut Session, step: &Step, fields: &[String]) -> Called {
    match step {
        Step::Handle { at_ms, events, .. } => {
            let events: Vec<SessionEvent> = events.iter().flat_map(|event| event.expand(fields)).collect();
            session.handle(*at_ms, &events).map(|_| None).map_err(|error| error.code().to_owned())
        }
        Step::SetBindingValue { value, .. } => {
            let value = value.clone().map(Zeroizing::new);
            session.set_binding_value(value).map(|_| None).map_err(|error| error.code().to_owned())
        }
        Step::Approve { prompt, .. } => approve(session, *prompt),
        Step::Deny { .. } => {
            session.begin_denial().map_err(|error| error.code().to_owned())?;
            let shown_ms = session.shown_ms();
            session.end();
            Ok(Some(Decision { shown_ms, call_active: false, binding: None }))
        }
    }
}

fn approve(session: &mut Session, prompt: Prompt) -> Called {
    let (ticket, value) = session.ticket().map_err(|error| {
        match error {
            TicketError::NotApprovable(reason) => reason.code(),
            TicketError::NotRendered(reason) => reason.code(),
            TicketError::Binding(error) => error.code(),
            TicketError::Session(error) => error.code(),
        }
        .to_owned()
    })?;
    if prompt == Prompt::Cancelled {
        session.decision_failed();
        return Err("prompt_cancelled".to_owned());
    }
    session.end();
    Ok(Some(Decision { shown_ms: ticket.shown_ms(), call_active: ticket.call_active(), binding: value.to_wire() }))
}
