//! Swift: the package under `ios` with its tests, the scenarios, and its public API.

mod api;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::bindings;
use crate::checkout::{Checkout, without_our_libraries};
use crate::job::{self, minutes};
use crate::memory;
use crate::read::matches;
use crate::suites::scenarios;
use crate::swift_root::Swift;
use crate::tally::Tally;

/// The package, and what its programs need to run.
struct Package<'a> {
    checkout: &'a Checkout,
    swift: Swift,
    /// The folder with cargo's libraries.
    libraries: PathBuf,
    /// The folder that Swift builds in.
    build: PathBuf,
    /// The `countersign` command.
    program: PathBuf,
}

/// Builds and tests everything under `ios` that can run on this machine.
pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let package = Package::make(checkout, "debug")?;
    let mut tally = package.tests()?;
    let memory = package.measure("debug", "soak", memory::SMOKE).and_then(|measured| memory::flat(&measured));
    tally.result("Swift: memory does not grow", memory);
    api::check(&package, &mut tally)?;
    Ok(tally)
}

/// Builds `ios/Tests/Bench` and returns its result for `receive` or `soak`. The libraries are as
/// they ship.
pub(crate) fn bench(checkout: &Checkout, what: &str, count: u32) -> Result<Value> {
    Package::make(checkout, "release")?.measure("release", what, count)
}

impl<'a> Package<'a> {
    /// Makes everything that the package is built from, then builds every target of it.
    fn make(checkout: &'a Checkout, configuration: &str) -> Result<Self> {
        let (swift, release) = (Swift::find(checkout)?, configuration == "release");
        bindings::make(checkout, release)?;
        let (program, target) = (checkout.countersign()?, checkout.target()?);
        let libraries = target.join(if release { "mobile" } else { "debug" });
        let package = Self { checkout, swift, libraries, build: target.join("swift/build"), program };
        let mut build = package.swift("build", &["--quiet", "--configuration", configuration]);
        build.args((!release).then_some("--build-tests"));
        job::run(&mut build, minutes(30), checkout.prose)?;
        Ok(package)
    }

    /// Runs the program in `ios/Tests/Bench`.
    fn measure(&self, configuration: &str, what: &str, count: u32) -> Result<Value> {
        let mut program = self.command(self.build.join(configuration).join("bench").into());
        program.arg(what).arg(count.to_string());
        without_our_libraries(&mut program);
        serde_json::from_str(&job::read(&mut program, minutes(60))?).context("the bench printed no JSON")
    }

    /// Runs the tests, then the scenarios, which the suite `scenarios` counts.
    fn tests(&self) -> Result<Tally> {
        let ended = job::stream(&mut self.swift("test", &["--skip-build"]), minutes(10), self.checkout.prose)?;
        let mut tally = counts(&format!("{}{}", ended.stdout, ended.stderr))?;
        ended.add_failure("`swift test`", &mut tally);
        ensure!(tally.passed > 0, "`swift test` ran no test");
        let mut runner = self.command(self.build.join("debug/scenarios").into());
        let scenarios = job::stream(&mut runner, minutes(10), self.checkout.prose)?;
        scenarios::ran("Swift", &format!("{}{}{}", ended.stdout, ended.stderr, scenarios.stdout));
        Ok(tally)
    }

    fn swift(&self, verb: &str, options: &[&str]) -> Command {
        let mut swift = self.command("swift".into());
        swift.args([verb, "--package-path", "ios", "--scratch-path"]).arg(&self.build).args(options);
        swift
    }

    /// A program that sees the checkout and the builds, with the environment that the package and
    /// its tests read.
    fn command(&self, program: OsString) -> Command {
        let target = self.build.parent().unwrap_or(&self.build);
        let home = target.join("home");
        let mut folders: Vec<&Path> = [target, &self.libraries].into();
        folders.extend(self.program.parent());
        folders.retain(|folder| !folder.starts_with(&self.checkout.root));
        // Where the folder cannot be created, the build reports it.
        let _created = std::fs::create_dir_all(&home);
        let mut command = self.swift.command(self.checkout, &program, &folders);
        command.env("HOME", &home).env("LANG", "C.UTF-8").env("COUNTERSIGN_LIBRARY_DIR", &self.libraries);
        scenarios::variables(self.checkout, &self.program, &mut command);
        command
    }
}

/// Counts XCTest's lines, one for each test. Its totals count failed assertions instead of tests.
fn counts(output: &str) -> Result<Tally> {
    let mut tally = Tally::default();
    for [name, result] in matches(r"(?m)^Test Case '(.*?)' (passed|failed|skipped)\b", output)? {
        match result {
            "passed" => tally.pass(),
            "failed" => tally.fail(name),
            _ => tally.skip(name),
        }
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_counts_once() {
        let output = "Test Case 'LeakTests.testA' started at 2026-01-01 00:00:00.000\n\
            Test Case 'LeakTests.testA' passed (0.1 seconds)\n\
            a.swift:3: error: LeakTests.testB : XCTAssertEqual failed: (\"1\") is not equal to (\"2\") -\n\
            Test Case 'LeakTests.testB' failed (0.1 seconds)\n\
            Test Case '-[Tests.LeakTests testC]' skipped (0.0 seconds).\n\
            Executed 3 tests, with 1 test skipped and 2 failures (0 unexpected) in 0.2 (0.2) seconds\n";
        let tally = counts(output).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 1, 1));
        assert_eq!(tally.notes, ["failed: LeakTests.testB", "skipped: -[Tests.LeakTests testC]"]);
    }
}
