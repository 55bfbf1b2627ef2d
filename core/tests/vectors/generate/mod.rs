//! Makes the cases. Keys are fixed and signatures are random, so a case made twice is not the same bytes twice: a file is
//! written once, and only missing ones are added. What a bad case is refused with is written here by hand; what a good one
//! means is taken from the core when the file is made, and frozen with it.

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

/// A case that is to be. Its `ok` holds the members that the author is sure of.
pub(crate) struct Draft {
    case: Case,
}

impl Draft {
    pub(crate) fn name(&self) -> &str {
        &self.case.name
    }

    /// Runs it and gives the case, a good one with everything that came of it.
    pub(crate) fn finish(self) -> Result<Case, String> {
        let Self { mut case } = self;
        if let Expect::Ok(sure) = &case.expect {
            let outcome = run::run(&case).map_err(|code| format!("{}: refused with {code}", case.name))?;
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

/// Every case there is.
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

/// Cases of one kind under one `given`.
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

    /// A good case, with members of what it must mean.
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

/// `text` with the first `from` replaced, which must be there.
fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}
