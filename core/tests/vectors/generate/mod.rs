//! Generates the cases.
//!
//! Keys are fixed and signatures are random, so a case that is generated twice has different bytes.
//! A file is written only once, and only missing files are added. The code of a bad case is written
//! here by hand. The meaning of a good case is taken from the core when the file is generated, and
//! then frozen with it.

mod arrivals;
mod claims;
mod codes;
mod decision;
mod details;
mod device;
mod display;
mod dpop;
mod enrolment;
mod evidence;
mod history;
mod jwe;
mod jws;
mod metadata;
mod offer;
mod push;
mod request;
mod review;
mod seal;
mod sign;
mod text;
mod values;

use serde_json::Value;

use crate::case::{Case, Expect};
use crate::run;

/// A case to generate. Its `ok` has the members that the author knows.
pub(crate) struct Draft {
    case: Case,
}

impl Draft {
    pub(crate) fn name(&self) -> &str {
        &self.case.name
    }

    /// Runs the case and returns it with the complete result.
    pub(crate) fn finish(self) -> Result<Case, String> {
        let Self { mut case } = self;
        if let Expect::Ok(sure) = &case.expect {
            let outcome = run::run(&case).map_err(|code| format!("{}: rejected with {code}", case.name))?;
            for (name, value) in sure.as_object().into_iter().flatten() {
                if outcome[name] != *value {
                    return Err(format!("{}: {name} is {}, not {value}", case.name, outcome[name]));
                }
            }
            case.expect = Expect::Ok(outcome);
        }
        run::judge(&case).map(|()| case)
    }
}

/// Returns all cases.
pub(crate) fn all() -> Vec<Draft> {
    [
        jws::cases,
        request::cases,
        jwe::cases,
        device::cases,
        arrivals::cases,
        decision::cases,
        enrolment::cases,
        metadata::cases,
        offer::cases,
        push::cases,
        dpop::cases,
        codes::cases,
        evidence::cases,
        history::cases,
        display::cases,
        details::cases,
        review::cases,
        text::cases,
        values::cases,
    ]
    .into_iter()
    .flat_map(|cases| cases())
    .collect()
}

/// Cases of one kind with the same `given`.
struct Set {
    kind: &'static str,
    given: Value,
    drafts: Vec<Draft>,
}

impl Set {
    fn new(kind: &'static str, given: Value) -> Self {
        Self { kind, given, drafts: Vec::new() }
    }

    fn good(&mut self, name: &str, about: &str, input: impl Into<Value>) {
        self.means(name, about, input, Value::Null);
    }

    /// Adds a good case with members that the result must have.
    fn means(&mut self, name: &str, about: &str, input: impl Into<Value>, sure: Value) {
        self.add(name, about, input.into(), Expect::Ok(sure));
    }

    fn bad(&mut self, name: &str, about: &str, input: impl Into<Value>, code: &str) {
        self.add(name, about, input.into(), Expect::Error(code.into()));
    }

    fn add(&mut self, name: &str, about: &str, input: Value, expect: Expect) {
        let (kind, given) = (self.kind.to_owned(), self.given.clone());
        let case = Case { name: name.into(), about: about.into(), kind, given, input, expect };
        self.drafts.push(Draft { case });
    }
}

/// Returns `text` with the first `from` replaced. `from` must occur.
fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} does not occur in {text}");
    text.replacen(from, to, 1)
}
