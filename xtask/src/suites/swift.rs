//! Swift: the package under `ios` with its tests, the scenarios, and its API as a stranger reads it.

mod api;
mod reports;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::bindings;
use crate::checkout::{Checkout, without_our_libraries};
use crate::job;
use crate::soak;
use crate::suites::program;
use crate::suites::scenarios::{self, Language};
use crate::swift_root::Swift;
use crate::tally::Tally;

/// A cold build of the package and all its tests, on a machine with two cores.
const BUILD_BOUND: Duration = Duration::from_secs(30 * 60);
const TEST_BOUND: Duration = Duration::from_secs(600);
const BENCH_BOUND: Duration = Duration::from_secs(3600);

/// The package, and what its programs need to run.
pub(crate) struct Package {
    swift: Swift,
    /// The libraries that cargo built.
    libraries: PathBuf,
    /// Where Swift builds.
    build: PathBuf,
    /// The `countersign` command.
    program: PathBuf,
}

/// Builds and tests everything under `ios` that can be on this machine.
pub(crate) fn run(checkout: &Checkout) -> Tally {
    let swift = match Swift::find(checkout) {
        Ok(swift) => swift,
        Err(missing) => return Tally::skipped(missing.to_string()),
    };
    let tested = Package::make(checkout, swift, false).and_then(|package| {
        package.build(checkout, "debug")?;
        let mut tally = package.tests(checkout)?;
        tally.add(package.scenarios(checkout)?);
        tally.add(soak::smoke("swift", package.measure(checkout, "debug", "soak", soak::SMOKE)));
        tally.add(api::check(checkout, &package)?);
        Ok(tally)
    });
    tested.unwrap_or_else(Tally::failed)
}

/// What the program in `ios/Tests/Bench` prints of `receive` or `soak`, done so many times. The libraries are as they ship.
pub(crate) fn bench(checkout: &Checkout, what: &str, count: u32) -> Result<Value, String> {
    let swift = Swift::find(checkout).map_err(|missing| missing.to_string())?;
    let package = Package::make(checkout, swift, true)?;
    package.build(checkout, "release")?;
    package.measure(checkout, "release", what, count)
}

impl Package {
    /// Makes everything that the package is built from.
    pub(crate) fn make(checkout: &Checkout, swift: Swift, optimised: bool) -> Result<Self, String> {
        bindings::make(checkout, optimised).map_err(|problem| problem.to_string())?;
        let program = program::build(checkout)?;
        let target = checkout.target().map_err(|problem| problem.to_string())?;
        Ok(Self {
            swift,
            libraries: target.join(if optimised { "mobile" } else { "debug" }),
            build: target.join("swift").join("build"),
            program,
        })
    }

    /// Builds every target, tests and programs included.
    pub(crate) fn build(&self, checkout: &Checkout, configuration: &str) -> Result<(), String> {
        let mut swift = self.swift(checkout, &["build", "--quiet", "--configuration", configuration]);
        if configuration == "debug" {
            swift.arg("--build-tests");
        }
        let ended = job::stream(&mut swift, BUILD_BOUND, checkout.prose).map_err(|problem| problem.to_string())?;
        if ended.status.success() { Ok(()) } else { Err(format!("`swift build` failed:\n{}", ended.last_words())) }
    }

    /// A program of the package that was built.
    pub(crate) fn program(&self, checkout: &Checkout, configuration: &str, name: &str) -> Command {
        self.command(checkout, self.build.join(configuration).join(name).as_os_str().to_owned())
    }

    /// Runs the program in `ios/Tests/Bench`.
    fn measure(&self, checkout: &Checkout, configuration: &str, what: &str, count: u32) -> Result<Value, String> {
        let mut program = self.program(checkout, configuration, "bench");
        program.arg(what).arg(count.to_string());
        without_our_libraries(&mut program);
        let ended = job::capture(&mut program, BENCH_BOUND).map_err(|problem| problem.to_string())?;
        serde_json::from_str(&ended.stdout).map_err(|_| format!("the bench printed no JSON:\n{}", ended.last_words()))
    }

    fn tests(&self, checkout: &Checkout) -> Result<Tally, String> {
        let mut swift = self.swift(checkout, &["test", "--skip-build"]);
        let ended = job::stream(&mut swift, TEST_BOUND, checkout.prose).map_err(|problem| problem.to_string())?;
        let mut tally = reports::read(&ended.stdout);
        tally.add(reports::read(&ended.stderr));
        if !ended.status.success() && tally.failed == 0 {
            tally.fail(format!("`swift test` ended with {}:\n{}", ended.status, ended.last_words()));
        }
        if tally.passed == 0 {
            tally.fail("`swift test` ran no test");
        }
        Ok(tally)
    }

    /// Runs the scenarios; the suite `scenarios` counts them.
    fn scenarios(&self, checkout: &Checkout) -> Result<Tally, String> {
        let mut runner = self.program(checkout, "debug", "scenarios");
        let ended = job::stream(&mut runner, TEST_BOUND, checkout.prose).map_err(|problem| problem.to_string())?;
        scenarios::ran(Language::Swift, &ended.stdout);
        if ended.stdout.lines().any(|line| line.starts_with("SCENARIO ")) {
            Ok(Tally::default())
        } else {
            Ok(Tally::failed(format!("the scenarios in Swift did not run:\n{}", ended.last_words())))
        }
    }

    fn swift(&self, checkout: &Checkout, arguments: &[&str]) -> Command {
        let mut swift = self.command(checkout, "swift".into());
        if let Some((verb, options)) = arguments.split_first() {
            swift.arg(verb).args(["--package-path", "ios", "--scratch-path"]).arg(&self.build).args(options);
        }
        swift
    }

    /// A program that sees the checkout and what was built, with the environment that the package and its tests read.
    fn command(&self, checkout: &Checkout, program: OsString) -> Command {
        let target = self.build.parent().unwrap_or(&self.build);
        let home = target.join("home");
        let mut folders: Vec<&Path> = [target, &self.libraries].into();
        folders.extend(self.program.parent());
        folders.retain(|folder| !folder.starts_with(&checkout.root));
        for folder in [target, &home] {
            // Where it cannot be made, what is built there says so.
            let _ = std::fs::create_dir_all(folder);
        }
        let mut command = self.swift.command(checkout, &program, &folders);
        command.env("HOME", &home).env("LANG", "C.UTF-8").env("COUNTERSIGN_LIBRARY_DIR", &self.libraries);
        command.env("COUNTERSIGN_BIN", &self.program).env("COUNTERSIGN_SCENARIOS", checkout.path("tests/scenarios"));
        command
    }
}
