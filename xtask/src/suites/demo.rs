//! The main job without a person: `countersign demo --headless`. Each of its checks is one test.

use std::time::Duration;

use serde_json::Value;

use crate::checkout::Checkout;
use crate::job;
use crate::suites::program;
use crate::tally::Tally;

/// The expiry checks wait for real seconds.
const BOUND: Duration = Duration::from_secs(300);
/// Fewer checks than this, and something has fallen out of the demo.
const LEAST_CHECKS: usize = 20;

pub(crate) fn run(checkout: &Checkout) -> Tally {
    let program = match program::build(checkout) {
        Ok(program) => program,
        Err(problem) => return Tally::failed(problem),
    };
    let ended = match job::capture(checkout.command(program).args(["demo", "--headless", "--json"]), BOUND) {
        Ok(ended) => ended,
        Err(problem) => return Tally::failed(problem.to_string()),
    };
    let Ok(document) = serde_json::from_str::<Value>(&ended.stdout) else {
        return Tally::failed(format!("the demo printed no JSON document:\n{}", ended.last_words()));
    };
    let mut tally = read_checks(&document);
    if !ended.status.success() && tally.failed == 0 {
        tally.fail(format!("the demo ended with {} although no check failed", ended.status));
    }
    if let Some(ms) = document.get("ms") {
        checkout.prose.line(&format!("ms: {ms}"));
    }
    tally
}

fn read_checks(document: &Value) -> Tally {
    let mut tally = Tally::default();
    let checks = document.get("checks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for check in checks {
        let name = check.get("name").and_then(Value::as_str).unwrap_or("a check without a name");
        if check.get("ok").and_then(Value::as_bool) == Some(true) {
            tally.pass();
        } else {
            tally.fail(name);
        }
    }
    if checks.len() < LEAST_CHECKS {
        tally.fail(format!("the demo made {} checks, at least {LEAST_CHECKS} are expected", checks.len()));
    }
    tally
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(count: usize, ok: Value) -> Value {
        json!({ "checks": vec![json!({ "name": "pinned metadata", "ok": ok }); count] })
    }

    #[test]
    fn each_check_is_a_test() {
        assert_eq!(read_checks(&document(24, json!(true))).passed, 24);
        assert_eq!(read_checks(&document(24, json!(false))).failed, 24);
    }

    #[test]
    fn only_true_is_true() {
        assert_eq!(read_checks(&document(24, json!("true"))).failed, 24);
    }

    #[test]
    fn too_few_checks_fail() {
        assert_eq!(read_checks(&document(3, json!(true))).failed, 1);
        assert_eq!(read_checks(&json!({})).failed, 1);
    }
}
