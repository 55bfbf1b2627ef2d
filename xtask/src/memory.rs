//! Samples of the memory of a program that repeats one call.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::read::{list, number};

/// The number of requests in the suites: enough to see that every kind of object is freed.
pub(crate) const SMOKE: u32 = 300;
/// From this number of requests on the resident memory is compared. Before, the process still
/// grows, mostly the JVM.
const SETTLED: u64 = 10_000;
/// The largest value of the second half, in percent of the first half.
const MAX_GROWTH_PERCENT: u64 = 110;

/// Compares the minimum of the second half with the minimum of the first half, because garbage
/// comes and goes.
pub(crate) fn flat(measured: &Value) -> Result<()> {
    let samples = list(measured, "samples");
    let (first, second) = samples.split_at(samples.len() / 2);
    let last = second.last().with_context(|| format!("not measured: {measured}"))?;
    let min =
        |half: &[Value], name: &str| half.iter().filter_map(|sample| sample.get(name).and_then(Value::as_u64)).min();
    let settled = number(measured, "cycles") >= SETTLED;
    let mut compared = 0;
    for name in ["objects", "heap_kb", "resident_kb"].into_iter().filter(|name| settled || *name != "resident_kb") {
        let (Some(before), Some(after)) = (min(first, name), min(second, name)) else { continue };
        compared += 1;
        let grew = after.saturating_mul(100) > before.saturating_mul(MAX_GROWTH_PERCENT);
        ensure!(!grew, "{name} grew from {before} to {after}");
    }
    let callbacks = number(last, "callbacks");
    ensure!(callbacks == 0, "{callbacks} callbacks never ended");
    ensure!(compared > 0, "no value to compare in {measured}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn measured(cycles: u32, name: &str, values: [u32; 6]) -> Value {
        let samples: Vec<Value> = values.iter().map(|value| json!({ name: value })).collect();
        json!({ "cycles": cycles, "samples": samples })
    }

    #[test]
    fn only_growth_and_unfinished_callbacks_fail() {
        assert!(flat(&measured(300, "objects", [1400, 2500, 1400, 2600, 1410, 1400])).is_ok());
        assert!(flat(&measured(300, "objects", [1400, 1500, 1600, 1700, 1800, 1900])).is_err());
        let grows = [100, 110, 120, 130, 140, 150];
        assert!(flat(&measured(100_000, "resident_kb", grows)).is_err());
        assert!(flat(&measured(300, "resident_kb", grows)).unwrap_err().to_string().starts_with("no value"));
        let mut left = measured(300, "heap_kb", [1; 6]);
        *left.pointer_mut("/samples/5").unwrap() = json!({ "heap_kb": 1, "callbacks": 2 });
        assert!(flat(&left).is_err());
        assert!(flat(&json!({ "error": "none" })).is_err());
    }
}
