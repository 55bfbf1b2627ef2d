//! The checks and tests of cargo.

use std::time::Duration;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::junit::Junit;
use crate::provision;
use crate::tally::{Tally, cargo_counts};

/// A cold build of everything, on two cores.
pub(crate) const BUILD_LIMIT: Duration = minutes(45);
/// The generator's package. In one build with the library it would change the library's features.
const WITHOUT_GENERATOR: &str = "--exclude=countersign-bindgen";
/// The patches of the generated code, without the generator.
const PATCHES: [&str; 4] = ["-p", "countersign-bindgen", "--no-default-features", "--lib"];
/// The crates that must not depend on an adapter.
const SLIM: [&str; 7] =
    ["-p", "countersign-protocol", "-p", "countersign-device", "-p", "countersign-core", "--no-default-features"];

pub(crate) fn format(checkout: &Checkout) -> Result<Tally> {
    let mut tally = Tally::default();
    let formatted = job::run(&mut checkout.cargo(["fmt", "--all", "--check"]), BUILD_LIMIT, checkout.prose);
    tally.result("every Rust file is formatted (`cargo fmt --all`)", formatted);
    Ok(tally)
}

/// `cargo clippy` over every target, the patches of the bindings and the core without its adapters,
/// and `cargo doc`. A warning is a failure.
pub(crate) fn lint(checkout: &Checkout) -> Result<Tally> {
    let mut tally = Tally::default();
    let clippy = |arguments: &[&str]| {
        let mut cargo = checkout.cargo(["clippy"].into_iter().chain(arguments.iter().copied()));
        job::run(cargo.args(["--", "-D", "warnings"]), BUILD_LIMIT, checkout.prose)
    };
    let whole = ["--workspace", WITHOUT_GENERATOR, "--all-targets"];
    tally.result("clippy reports no warning in the workspace", clippy(&whole));
    tally.result("clippy reports no warning in the patches of the bindings", clippy(&PATCHES));
    let slim = [SLIM.as_slice(), &["--all-targets"]].concat();
    tally.result("clippy reports no warning in the core without its adapters", clippy(&slim));
    let packages = ["countersign-protocol", "countersign-device", "countersign-core", "countersign-server"];
    let mut doc = checkout.cargo(["doc", "--no-deps"]);
    doc.args(packages.iter().flat_map(|package| ["-p", package])).env("RUSTDOCFLAGS", "-D warnings");
    tally.result("rustdoc reports no warning", job::run(&mut doc, BUILD_LIMIT, checkout.prose));
    Ok(tally)
}

/// Every Rust test of the workspace, and the examples in the documentation. The suites `scenarios`
/// and `approval` run their own targets.
pub(crate) fn workspace(checkout: &Checkout) -> Result<Tally> {
    let all = ["--workspace", WITHOUT_GENERATOR, "-E", "not (binary(scenarios) or binary(approval))"];
    let mut tally = nextest(checkout, &all, &[])?.tally;
    tally.add(nextest(checkout, &PATCHES, &[])?.tally);
    let mut doc = checkout.cargo(["test", "--doc", "--workspace", WITHOUT_GENERATOR, "--no-fail-fast"]);
    let ended = job::stream(&mut doc, BUILD_LIMIT, checkout.prose)?;
    let mut counted = cargo_counts(&ended.stdout)?;
    ended.add_failure("the run of the examples in the documentation", &mut counted);
    tally.add(counted);
    Ok(tally)
}

/// The core without adapters: the crates that the server builds on must not need an async runtime.
pub(crate) fn slim_core(checkout: &Checkout) -> Result<Tally> {
    Ok(nextest(checkout, &SLIM, &[])?.tally)
}

/// Runs tests with nextest and these variables, and reads its JUnit file. A failed test is in the
/// tally, not an error.
pub(crate) fn nextest(checkout: &Checkout, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Junit> {
    // `.config/nextest.toml` names the file.
    let report = checkout.target()?.join("nextest/default/junit.xml");
    let _old_report = std::fs::remove_file(&report);
    let mut nextest = checkout.cargo_by(provision::tool(checkout, "cargo-nextest")?, ["nextest", "run"]);
    nextest.args(arguments).envs(variables.iter().copied());
    let ended = job::stream(&mut nextest, BUILD_LIMIT, checkout.prose)?;
    let mut junit = Junit::read(&report)?;
    ended.add_failure("nextest", &mut junit.tally);
    Ok(junit)
}
