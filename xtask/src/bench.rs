//! `cargo xtask bench` and `cargo xtask soak`: programs in Kotlin and Swift that repeat one call.

use anyhow::Result;
use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::memory::flat;
use crate::read::list;
use crate::report::{Report, machine};
use crate::suites::{kotlin, swift};

/// The number of calls for the medians.
const SAMPLES: u32 = 2000;
/// The largest ratio of `receive` in Kotlin to the Rust call.
const MAX_KOTLIN_RATIO: f64 = 1.5;
/// The largest ratio of `receive` in Swift to the Rust call.
const MAX_SWIFT_RATIO: f64 = 1.15;

/// Compares the time of a call with the same call in Rust on the same bytes, interleaved in one
/// run. Succeeds if both languages are within their limits; the times depend on the machine.
pub(crate) fn run(checkout: &Checkout) -> Report {
    measure(checkout, "receive", SAMPLES, |report, language, measured| {
        let limit = if language == "Kotlin" { MAX_KOTLIN_RATIO } else { MAX_SWIFT_RATIO };
        let number = |name: &str| measured.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let [ratio, median, rust, cold] = ["ratio", "median_us", "rust_median_us", "cold_us"].map(number);
        let line = format!(
            "{language}: receive takes {ratio:.2} × the Rust call (limit {limit:.2}): {median:.0} µs, Rust {rust:.0} µs, first call {cold:.0} µs"
        );
        if ratio <= limit { report.line(line) } else { report.fail(format!("{line}: {measured}")) }
    })
}

/// Receives, reviews and denies requests, with a bank in the same process. Memory is sampled ten
/// times and must not grow.
pub(crate) fn soak(checkout: &Checkout, cycles: u32) -> Report {
    measure(checkout, "soak", cycles, |report, language, measured| {
        list(measured, "samples").iter().for_each(|sample| report.line(format!("{language}: {sample}")));
        match flat(measured) {
            Ok(()) => report.line(format!("{language}: memory does not grow")),
            Err(error) => report.fail(format!("{language}: {error:#}")),
        }
    })
}

fn measure(checkout: &Checkout, what: &str, count: u32, judge: impl Fn(&mut Report, &str, &Value)) -> Report {
    let mut report = Report::default();
    report.line(machine());
    let bench = |bench: fn(&Checkout, &str, u32) -> Result<Value>| {
        bench(checkout, what, count).unwrap_or_else(|error| json!({ "error": format!("{error:#}") }))
    };
    for (language, measured) in [("Kotlin", bench(kotlin::bench)), ("Swift", bench(swift::bench))] {
        judge(&mut report, language, &measured);
        report.value(language, measured);
    }
    report
}
