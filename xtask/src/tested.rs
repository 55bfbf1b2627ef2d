//! `cargo xtask test`: runs the suites and prints a table of their counts.

use std::time::Instant;

use clap::ValueEnum;
use serde_json::Value;

use crate::checkout::Checkout;
use crate::report::Report;
use crate::suites::Suite;
use crate::tally::Tally;

/// Runs these suites, or all of them. With `require_all` a skipped test is a failure.
pub(crate) fn run(checkout: &Checkout, only: &[Suite], require_all: bool) -> Report {
    let suites = if only.is_empty() { Suite::value_variants() } else { only };
    let (mut sum, mut rows) = (Tally::default(), Vec::new());
    for suite in suites {
        let name = suite.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        checkout.prose.heading(&name);
        let began = Instant::now();
        let mut tally = Tally::of(suite.run(checkout));
        if tally.passed + tally.failed + tally.skipped == 0 {
            tally.fail("no test ran");
        }
        for note in &mut tally.notes {
            checkout.prose.line(note);
            note.insert_str(0, &format!("{name}: "));
        }
        let counts = [tally.passed, tally.failed, tally.skipped].map(Value::from);
        rows.push([vec![name.into()], counts.into(), vec![began.elapsed().as_secs().into()]].concat());
        sum.add(tally);
    }
    let mut report = Report::default();
    report.line("\n== summary");
    report.table("suites", &["suite", "passed", "failed", "skipped", "seconds"], &rows);
    if require_all && sum.skipped > 0 {
        report.line(format!("{} skipped: a failure because of --require-all", sum.skipped));
    }
    report.tests(&sum, require_all);
    report
}
