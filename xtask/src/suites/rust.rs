//! What cargo itself checks: form, lints, tests.

use std::time::Duration;

use crate::checkout::Checkout;
use crate::job;
use crate::tally::{Tally, read_counts};

/// A cold build of everything is part of the first of these, on a machine with two cores.
const BUILD_BOUND: Duration = Duration::from_secs(45 * 60);
const QUICK_BOUND: Duration = Duration::from_secs(120);

/// `cargo fmt`: one test.
pub(crate) fn format(checkout: &Checkout) -> Tally {
    one(checkout, &["fmt", "--all", "--check"], QUICK_BOUND, "a file is not formatted: run `cargo fmt --all`")
}

/// `cargo clippy` over every target, a warning being an error: one test.
pub(crate) fn lint(checkout: &Checkout) -> Tally {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    one(checkout, &arguments, BUILD_BOUND, "clippy has something to say")
}

/// Every Rust test of the workspace, documentation examples included.
pub(crate) fn workspace(checkout: &Checkout) -> Tally {
    counted(checkout, &["test", "--workspace", "--no-fail-fast"])
}

/// The core without adapters: what the server builds on, and what must not need an async runtime.
pub(crate) fn slim_core(checkout: &Checkout) -> Tally {
    counted(checkout, &["test", "-p", "countersign-core", "--no-default-features", "--no-fail-fast"])
}

fn one(checkout: &Checkout, arguments: &[&str], bound: Duration, wrong: &str) -> Tally {
    let mut cargo = checkout.cargo(arguments.iter().copied());
    match job::stream(&mut cargo, bound, checkout.prose) {
        Ok(ended) if ended.status.success() => Tally::one(wrong, &[]),
        Ok(_) => Tally::failed(wrong),
        Err(problem) => Tally::failed(problem.to_string()),
    }
}

fn counted(checkout: &Checkout, arguments: &[&str]) -> Tally {
    let mut cargo = checkout.cargo(arguments.iter().copied());
    match job::stream(&mut cargo, BUILD_BOUND, checkout.prose) {
        Ok(ended) => {
            let mut tally = read_counts(&ended.stdout).unwrap_or_default();
            if !ended.status.success() && tally.failed == 0 {
                tally.fail(format!("`cargo {}` did not get to the end", arguments.join(" ")));
            }
            for line in failed_tests(&ended.stdout) {
                tally.notes.push(format!("failed: {line}"));
            }
            tally
        }
        Err(problem) => Tally::failed(problem.to_string()),
    }
}

/// The names of the failed tests, from lines such as `test money::rounds ... FAILED`.
fn failed_tests(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"))
}
