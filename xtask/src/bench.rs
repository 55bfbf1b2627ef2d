//! `cargo xtask bench`: what crossing the boundary costs, each call beside the same call in Rust on the same bytes, interleaved in
//! one run. Ratios count; times are this machine's.

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::prose;
use crate::suites::{kotlin, swift};

/// Receives for the medians.
const SAMPLES: u32 = 2000;
/// `receive` in Kotlin may take so many times the Rust call.
const KOTLIN_LIMIT: f64 = 1.5;
/// `receive` in Swift may take so many times the Rust call.
const SWIFT_LIMIT: f64 = 1.15;

/// Measures; false where a language could not be measured or is over its limit.
pub(crate) fn run(checkout: &Checkout, as_json: bool) -> bool {
    let kotlin = kotlin::bench(checkout, "receive", SAMPLES);
    let swift = swift::bench(checkout, "receive", SAMPLES);
    let mut green = true;
    let mut rows = Vec::new();
    for (language, limit, measured) in [("kotlin", KOTLIN_LIMIT, kotlin), ("swift", SWIFT_LIMIT, swift)] {
        let measured = measured.unwrap_or_else(|problem| json!({ "problem": problem }));
        let number = |name: &str| measured.get(name).and_then(Value::as_f64);
        let within = number("ratio").is_some_and(|ratio| ratio <= limit);
        green &= within;
        checkout.prose.line(&match (number("ratio"), number("median_us"), number("rust_median_us"), number("cold_us")) {
            (Some(ratio), Some(median), Some(rust), Some(cold)) => format!(
                "{language:>7}: receive takes {ratio:.2} × the Rust call (limit {limit:.2}): {median:.0} µs, Rust {rust:.0} µs, the \
                 first call {cold:.0} µs"
            ),
            _ => format!("{language:>7}: not measured: {measured}"),
        });
        rows.push(json!({ "language": language, "limit": limit, "ok": within, "receive": measured }));
    }
    if as_json {
        prose::document(&json!({ "ok": green, "machine": machine(), "languages": rows }));
    } else {
        checkout.prose.line(&machine());
    }
    green
}

/// What measured it.
pub(crate) fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").ok();
    let model = processor.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("model name")));
    let model = model.map_or("unknown processor", |text| text.trim_start_matches([':', ' ', '\t']));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{model}, {cores} cores, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}
