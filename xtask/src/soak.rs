//! `cargo xtask soak`: a hundred thousand requests received, reviewed and denied from Kotlin and from Swift, at a bank in the same
//! process. What is in memory is told ten times on the way, and it must not grow.

use serde_json::{Value, json};

use crate::bench::machine;
use crate::checkout::Checkout;
use crate::prose;
use crate::suites::{kotlin, swift};
use crate::tally::Tally;

/// So many in the suites: enough to see that every kind of object goes.
pub(crate) const SMOKE: u32 = 300;
/// From here on the process itself has grown to its size, the JVM above all.
const SETTLED: u64 = 10_000;
/// The second half may have so many hundredths of what the first half had.
const GROWTH: u64 = 110;

/// Runs both; false where a language could not be run or memory grew.
pub(crate) fn run(checkout: &Checkout, cycles: u32, as_json: bool) -> bool {
    let mut green = true;
    let mut rows = Vec::new();
    let languages =
        [("kotlin", kotlin::bench(checkout, "soak", cycles)), ("swift", swift::bench(checkout, "soak", cycles))];
    for (language, measured) in languages {
        let measured = measured.unwrap_or_else(|problem| json!({ "problem": problem }));
        let verdict = flat(&measured);
        green &= verdict.is_ok();
        for sample in samples(&measured) {
            checkout.prose.line(&format!("{language:>7}: {sample}"));
        }
        checkout.prose.line(&match &verdict {
            Ok(()) => format!("{language:>7}: flat"),
            Err(problem) => format!("{language:>7}: {problem}"),
        });
        rows.push(json!({ "language": language, "ok": verdict.is_ok(), "measured": measured }));
    }
    if as_json {
        prose::document(&json!({ "ok": green, "machine": machine(), "languages": rows }));
    }
    green
}

/// The short form, as a test.
pub(crate) fn smoke(language: &str, measured: Result<Value, String>) -> Tally {
    match measured.and_then(|measured| flat(&measured)) {
        Ok(()) => Tally::one(&format!("{language}: memory after {SMOKE} requests"), &[]),
        Err(problem) => Tally::failed(format!("{language}: {problem}")),
    }
}

fn samples(measured: &Value) -> &[Value] {
    measured.get("samples").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether nothing grew: the least of the second half is set against the least of the first, since what waits for a collection comes
/// and goes.
fn flat(measured: &Value) -> Result<(), String> {
    let samples = samples(measured);
    let (first, second) = samples.split_at(samples.len() / 2);
    let Some(last) = second.last() else { return Err(format!("not measured: {measured}")) };
    let least =
        |half: &[Value], name: &str| half.iter().filter_map(|sample| sample.get(name).and_then(Value::as_u64)).min();
    let settled = measured.get("cycles").and_then(Value::as_u64).is_some_and(|cycles| cycles >= SETTLED);
    let mut compared = 0;
    for name in ["objects", "heap_kb", "resident_kb"] {
        let (Some(before), Some(after)) = (least(first, name), least(second, name)) else { continue };
        if name == "resident_kb" && !settled {
            continue;
        }
        compared += 1;
        if after.saturating_mul(100) > before.saturating_mul(GROWTH) {
            return Err(format!("{name} grew from {before} to {after}"));
        }
    }
    match last.get("callbacks").and_then(Value::as_u64) {
        Some(left) if left > 0 => Err(format!("{left} callbacks never ended")),
        _ if compared == 0 => Err(format!("nothing to compare in {measured}")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(cycles: u32, name: &str, values: [u32; 6]) -> Value {
        let samples: Vec<Value> = values.iter().map(|value| json!({ name: value })).collect();
        json!({ "cycles": cycles, "samples": samples })
    }

    #[test]
    fn what_comes_and_goes_is_flat_and_what_grows_is_not() {
        assert_eq!(flat(&measured(300, "objects", [1400, 2500, 1400, 2600, 1410, 1400])), Ok(()));
        assert!(flat(&measured(300, "objects", [1400, 1500, 1600, 1700, 1800, 1900])).is_err());
        assert!(flat(&measured(300, "heap_kb", [100, 100, 100, 120, 120, 120])).is_err());
    }

    #[test]
    fn the_process_itself_is_asked_once_it_has_settled() {
        let grows = [100, 110, 120, 130, 140, 150];
        assert!(flat(&measured(100_000, "resident_kb", grows)).is_err());
        assert!(flat(&measured(300, "resident_kb", grows)).is_err_and(|problem| problem.starts_with("nothing")));
    }

    #[test]
    fn a_callback_that_is_left_or_no_figure_at_all_is_no_success() {
        let mut left = measured(300, "heap_kb", [1; 6]);
        assert_eq!(flat(&left), Ok(()));
        *left.pointer_mut("/samples/5").unwrap() = json!({ "heap_kb": 1, "callbacks": 2 });
        assert!(flat(&left).is_err());
        assert!(flat(&json!({ "problem": "none" })).is_err());
        assert_eq!(smoke("kotlin", Err("none".into())).failed, 1);
    }
}
