//! The demo without a person: `countersign demo --headless`. Each of its checks is a test.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::tally::Tally;

/// The demo makes at least this many checks.
const MIN_CHECKS: usize = 20;

pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let mut demo = checkout.command(checkout.countersign()?);
    // The checks of expiry wait for seconds.
    let ended = job::capture(demo.args(["demo", "--headless", "--json"]), minutes(5))?;
    let document: Value = serde_json::from_str(&ended.stdout)
        .with_context(|| format!("the demo printed no JSON document:\n{}", ended.last_lines()))?;
    let mut tally = read_checks(&document);
    if !ended.status.success() && tally.failed == 0 {
        tally.fail(format!("the demo ended with {} although no check failed", ended.status));
    }
    Ok(tally)
}

fn read_checks(document: &Value) -> Tally {
    let mut tally = Tally::default();
    let checks = document.get("checks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for check in checks {
        if check.get("ok").and_then(Value::as_bool) == Some(true) {
            tally.pass();
        } else {
            tally.fail(check.get("name").and_then(Value::as_str).unwrap_or("a check without a name"));
        }
    }
    if checks.len() < MIN_CHECKS {
        tally.fail(format!("the demo made {} checks, at least {MIN_CHECKS} are expected", checks.len()));
    }
    tally
}
