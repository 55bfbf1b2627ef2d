//! What cargo itself checks: form, lints, tests.

use std::process::Command;
use std::time::Duration;

use crate::checkout::Checkout;
use crate::job;
use crate::tally::{Tally, read_counts};

/// A cold build of everything is part of the first of these, on a machine with two cores.
const BUILD_BOUND: Duration = Duration::from_secs(45 * 60);
const QUICK_BOUND: Duration = Duration::from_secs(120);

/// uniffi's generator has one line of ours and no test. In one build with the library it would give it its own features.
const GENERATOR: &str = "--exclude=countersign-bindgen";

/// `cargo fmt`: one test.
pub(crate) fn format(checkout: &Checkout) -> Tally {
    one(checkout, &["fmt", "--all", "--check"], QUICK_BOUND, "a file is not formatted: run `cargo fmt --all`")
}

/// `cargo clippy` over every target and over the core as the server uses it, then `cargo doc` for the links between
/// items; a warning is an error. Three tests.
pub(crate) fn lint(checkout: &Checkout) -> Tally {
    let wrong = "clippy has something to say";
    let mut tally = one(
        checkout,
        &["clippy", "--workspace", GENERATOR, "--all-targets", "--", "-D", "warnings"],
        BUILD_BOUND,
        wrong,
    );
    let slim = ["clippy", "-p", "countersign-core", "--no-default-features", "--all-targets", "--", "-D", "warnings"];
    tally.add(one(checkout, &slim, BUILD_BOUND, "clippy has something to say of the core without its adapters"));
    let mut doc = checkout.cargo(["doc", "--no-deps", "-p", "countersign-core", "-p", "countersign-server"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    tally.add(judged(checkout, &mut doc, BUILD_BOUND, "the reference documentation has warnings"));
    tally
}

/// Every Rust test of the workspace, documentation examples included.
pub(crate) fn workspace(checkout: &Checkout) -> Tally {
    counted(checkout, &["test", "--workspace", GENERATOR, "--no-fail-fast"])
}

/// The core without adapters: what the server builds on, and what must not need an async runtime.
pub(crate) fn slim_core(checkout: &Checkout) -> Tally {
    counted(checkout, &["test", "-p", "countersign-core", "--no-default-features", "--no-fail-fast"])
}

fn one(checkout: &Checkout, arguments: &[&str], bound: Duration, wrong: &str) -> Tally {
    judged(checkout, &mut checkout.cargo(arguments.iter().copied()), bound, wrong)
}

/// One test that passes if the command ends well.
fn judged(checkout: &Checkout, command: &mut Command, bound: Duration, wrong: &str) -> Tally {
    match job::stream(command, bound, checkout.prose) {
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
