//! `cargo xtask bench`: the time of a call from Kotlin and from Swift, compared with the same call
//! in Rust on the same bytes, interleaved in one run. The ratios have limits; the times depend on
//! the machine.

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::report::{Report, machine};
use crate::suites::{kotlin, swift};

/// The number of calls for the medians.
const SAMPLES: u32 = 2000;
/// The largest ratio of `receive` in Kotlin to the Rust call.
const MAX_KOTLIN_RATIO: f64 = 1.5;
/// The largest ratio of `receive` in Swift to the Rust call.
const MAX_SWIFT_RATIO: f64 = 1.15;

/// Succeeds if both languages were measured and are within their limits.
pub(crate) fn run(checkout: &Checkout) -> Report {
    let mut report = Report::default();
    report.line(machine());
    let kotlin = kotlin::bench(checkout, "receive", SAMPLES);
    let swift = swift::bench(checkout, "receive", SAMPLES);
    for (language, limit, measured) in [("Kotlin", MAX_KOTLIN_RATIO, kotlin), ("Swift", MAX_SWIFT_RATIO, swift)] {
        let measured = measured.unwrap_or_else(|error| json!({ "error": format!("{error:#}") }));
        let number = |name: &str| measured.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let line = format!(
            "{language}: receive takes {:.2} × the Rust call (limit {limit:.2}): {:.0} µs, Rust {:.0} µs, first call {:.0} µs",
            number("ratio"),
            number("median_us"),
            number("rust_median_us"),
            number("cold_us")
        );
        if number("ratio") <= limit {
            report.line(line)
        } else {
            report.fail(format!("{line}: {measured}"))
        }
        report.value(language, measured);
    }
    report
}
