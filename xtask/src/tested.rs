//! `cargo xtask test`: runs the suites, prints the table, counts everything.

use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::prose;
use crate::suites::Suite;
use crate::tally::Tally;

/// A suite that has run.
struct Ran {
    name: String,
    tally: Tally,
    took: Duration,
}

/// Runs the named suites, or all of them. Returns whether the run is green; with `require_all` a skip is red.
pub(crate) fn run(checkout: &Checkout, only: &[Suite], require_all: bool, as_json: bool) -> bool {
    let suites = if only.is_empty() { Suite::value_variants() } else { only };
    let ran: Vec<Ran> = suites.iter().map(|suite| run_one(checkout, *suite)).collect();
    let mut sum = Tally::default();
    for suite in &ran {
        sum.add(suite.tally.clone());
    }
    let green = sum.green(require_all);
    if as_json {
        prose::document(&document(&ran, &sum, green));
    }
    let prose = checkout.prose;
    prose.heading("summary");
    sum.say_notes(prose);
    for line in table(&ran) {
        prose.line(&line);
    }
    if require_all && sum.skipped > 0 {
        prose.line(&format!("{} skipped, and --require-all makes that a failure", sum.skipped));
    }
    prose.line(&sum.closing_line());
    green
}

fn run_one(checkout: &Checkout, suite: Suite) -> Ran {
    let name = suite.name();
    checkout.prose.heading(&name);
    let began = Instant::now();
    let mut tally = suite.run(checkout);
    tally.say_notes(checkout.prose);
    for note in &mut tally.notes {
        note.insert_str(0, &format!("{name}: "));
    }
    if tally.passed + tally.failed + tally.skipped == 0 {
        tally.fail(format!("{name}: ran no test"));
    }
    Ran { name, tally, took: began.elapsed() }
}

fn table(ran: &[Ran]) -> Vec<String> {
    let mut lines = vec![String::new(), "| suite | passed | failed | skipped | seconds |".to_owned()];
    lines.push("|---|---:|---:|---:|---:|".to_owned());
    for Ran { name, tally, took } in ran {
        let seconds = took.as_secs();
        lines.push(format!("| {name} | {} | {} | {} | {seconds} |", tally.passed, tally.failed, tally.skipped));
    }
    lines.push(String::new());
    lines
}

fn document(ran: &[Ran], sum: &Tally, green: bool) -> Value {
    let suite = |Ran { name, tally, took }: &Ran| {
        let mut suite = tally.json();
        if let Value::Object(members) = &mut suite {
            members.insert("name".to_owned(), json!(name));
            members.insert("seconds".to_owned(), json!(took.as_secs()));
        }
        suite
    };
    json!({
        "ok": green,
        "passed": sum.passed,
        "failed": sum.failed,
        "skipped": sum.skipped,
        "suites": ran.iter().map(suite).collect::<Vec<_>>(),
    })
}
