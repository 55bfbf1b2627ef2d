//! `cargo xtask bench`: what crossing the boundary costs, each call beside the same call in Rust on the same bytes, interleaved in
//! one run. Ratios count; times are this machine's.

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::prose;
use crate::suites::{kotlin, swift};

/// Receives for the medians of Swift.
const SAMPLES: u32 = 2000;
/// Receive, review, deny: for the memory.
const CYCLES: u32 = 2000;
/// `receive` in Kotlin may take so many times the Rust call.
const KOTLIN_LIMIT: f64 = 1.5;
/// `receive` in Swift may take so many times the Rust call.
const SWIFT_LIMIT: f64 = 1.15;

/// Measures; false where a language could not be measured or is over its limit.
pub(crate) fn run(checkout: &Checkout, as_json: bool) -> bool {
    let kotlin = kotlin::bench(checkout, CYCLES);
    let swift = swift::bench(checkout, SAMPLES, CYCLES)
        .map(|[receive, memory]| json!({ "receive": receive, "memory": memory }));
    let mut green = true;
    let mut rows = Vec::new();
    for (language, limit, measured) in [("kotlin", KOTLIN_LIMIT, kotlin), ("swift", SWIFT_LIMIT, swift)] {
        let measured = measured.unwrap_or_else(|problem| json!({ "problem": problem }));
        let ratio = measured.pointer("/receive/ratio").and_then(Value::as_f64);
        let within = ratio.is_some_and(|ratio| ratio <= limit);
        green &= within;
        checkout.prose.line(&match ratio {
            Some(ratio) => format!("{language:>7}: receive takes {ratio:.2} × the Rust call (limit {limit:.2})"),
            None => format!("{language:>7}: not measured"),
        });
        rows.push(json!({ "language": language, "limit": limit, "ok": within, "measured": measured }));
    }
    if as_json {
        prose::document(&json!({ "ok": green, "machine": machine(), "languages": rows }));
    } else {
        for row in &rows {
            checkout.prose.line(&row.to_string());
        }
        checkout.prose.line(&machine());
    }
    green
}

/// What measured it.
fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").ok();
    let model = processor.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("model name")));
    let model = model.map_or("unknown processor", |text| text.trim_start_matches([':', ' ', '\t']));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{model}, {cores} cores, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}
