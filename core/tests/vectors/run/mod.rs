//! Runs a case. The module knows the file format and the functions of the core, but no single case.

mod device;
mod display;
mod enrolment;
mod evidence;
mod server;
mod values;

use countersign_core::error::VerifyError;
use countersign_core::jose::JoseError;
use serde_json::Value;

use crate::case::{Case, Expect};

/// The result of an input: its meaning, or the code of its rejection.
pub(crate) type Outcome = Result<Value, String>;

/// Runs inputs with one `given`.
pub(crate) type Opener = Box<dyn Fn(&Value) -> Outcome + Send + Sync>;

/// Returns the opener of a kind.
pub(crate) fn opener(kind: &str, given: &Value) -> Opener {
    match kind {
        "request" => device::request(given),
        "status" => device::status(given),
        "sealed_push" => device::sealed_push(given),
        "inbox" => device::inbox(given),
        "receipt" => device::receipt(given),
        "arrivals" => device::arrivals(given),
        "decision" => server::decision(given),
        "update" => server::update(given),
        "enrol" => server::enrol(given),
        "proof" => server::proof(given),
        "dpop" => Box::new(server::dpop),
        "metadata" => enrolment::metadata(given),
        "challenge" => enrolment::challenge(given),
        "enrolled" => enrolment::enrolled(given),
        "offer" => Box::new(enrolment::offer),
        "push" => Box::new(enrolment::push),
        "confirmation_code" => Box::new(enrolment::confirmation_code),
        "attestation_challenge" => Box::new(enrolment::attestation_challenge),
        "evidence" => Box::new(evidence::evidence),
        "display" => Box::new(display::display),
        "detail_types" => Box::new(display::detail_types),
        "review" => display::review(given),
        "binding" => display::binding(given),
        "money" => Box::new(values::money),
        "iban" => Box::new(values::iban),
        "bic" => Box::new(values::bic),
        "text" => Box::new(values::text),
        "thumbprint" => Box::new(values::thumbprint),
        "point" => Box::new(values::point),
        "digest" => Box::new(values::digest),
        "base64url" => Box::new(values::base64url),
        "issuer" => Box::new(values::issuer),
        "app_version" => values::app_version(given),
        other => panic!("unknown kind {other}"),
    }
}

/// Runs a case.
pub(crate) fn run(case: &Case) -> Outcome {
    opener(&case.kind, &case.given)(&case.input)
}

/// Compares the result of a case with its file.
pub(crate) fn judge(case: &Case) -> Result<(), String> {
    let expected = match &case.expect {
        Expect::Ok(value) => Ok(value.clone()),
        Expect::Error(code) => Err(code.clone()),
    };
    let outcome = run(case);
    if outcome == expected { Ok(()) } else { Err(format!("{}: expected {expected:?}, got {outcome:?}", case.name)) }
}

/// Returns a text of a file.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// Returns a value of a file as a type of the core.
fn parsed<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error} in {value}"))
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn jose(error: JoseError) -> String {
    error.code().to_owned()
}

fn rejection(error: VerifyError) -> String {
    error.code().to_owned()
}
