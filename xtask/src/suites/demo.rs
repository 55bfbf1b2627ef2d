//! The demo without a person: `countersign demo --headless`. Each of its checks is a test.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::read::{list, text};
use crate::tally::Tally;

/// The demo makes at least this many checks.
const MIN_CHECKS: usize = 20;

pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let mut demo = checkout.command(checkout.countersign()?);
    // The checks of expiry wait for seconds.
    let ended = job::capture(demo.args(["demo", "--headless", "--json"]), minutes(5))?;
    let document: Value = serde_json::from_str(&ended.stdout)
        .with_context(|| format!("the demo printed no JSON document:\n{}", ended.last_lines()))?;
    let (checks, mut tally) = (list(&document, "checks"), Tally::default());
    for check in checks {
        let passed = check.get("ok") == Some(&Value::Bool(true));
        if passed { tally.pass() } else { tally.fail(text(check, "name")) }
    }
    if checks.len() < MIN_CHECKS {
        tally.fail(format!("the demo made {} checks, at least {MIN_CHECKS} are expected", checks.len()));
    }
    ended.add_failure("the demo", &mut tally);
    Ok(tally)
}
