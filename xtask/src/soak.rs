//! `cargo xtask soak`: receives, reviews and denies 100,000 requests from Kotlin and from Swift,
//! with a bank in the same process. Memory is sampled ten times and must not grow.

use serde_json::json;

use crate::checkout::Checkout;
use crate::memory::{flat, samples};
use crate::report::{Report, machine};
use crate::suites::{kotlin, swift};

/// Succeeds if both languages ran and memory did not grow.
pub(crate) fn run(checkout: &Checkout, cycles: u32) -> Report {
    let mut report = Report::default();
    report.line(machine());
    let kotlin = kotlin::bench(checkout, "soak", cycles);
    let swift = swift::bench(checkout, "soak", cycles);
    for (language, measured) in [("Kotlin", kotlin), ("Swift", swift)] {
        let measured = measured.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }));
        samples(&measured).iter().for_each(|sample| report.line(format!("{language}: {sample}")));
        match flat(&measured) {
            Ok(()) => report.line(format!("{language}: memory does not grow")),
            Err(error) => report.fail(format!("{language}: {error:#}")),
        }
        report.value(language, measured);
    }
    report
}
