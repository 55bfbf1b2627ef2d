//! Kotlin: the Maven build with its tests, then a separate project that uses the library by its
//! coordinates. Its program runs as it is, shrunk with the library's rules, and shrunk without
//! them, which must fail.

mod shrink;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::bindings;
use crate::checkout::{Checkout, without_our_libraries};
use crate::job::{self, Companion, minutes};
use crate::junit::Junit;
use crate::memory;
use crate::provision;
use crate::suites::scenarios;
use crate::tally::Tally;

/// The class that runs the scenarios. The suite `scenarios` counts them.
const SCENARIOS: &str = "org.countersign.scenarios.ScenariosTest";

/// Builds and tests everything under `android`.
pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    provision::maven(checkout)?;
    bindings::make(checkout, false)?;
    let mut tally = modules(checkout)?;
    let memory = measure(checkout, "soak", memory::SMOKE).and_then(|measured| memory::flat(&measured));
    tally.result("Kotlin: memory does not grow", memory);
    maven(checkout, "android/consumer/pom.xml", &["package"])?;
    let folder = checkout.target()?.join("maven/consumer");
    let runs = |class_path: &Path| enrol_and_approve(checkout, class_path);
    tally.result("a program that names the library by its coordinates", runs(&folder.join("program").join("*")));
    let shrunk = shrink::shrink(checkout, &folder, true)?;
    tally.result("the program shrunk with the library's rules", runs(&shrunk));
    let broken = shrink::shrink(checkout, &folder, false)?;
    let works = runs(&broken).is_ok().then(|| "it works, so this check proves nothing about the rules".to_owned());
    tally.check("the program shrunk without the library's rules fails", works);
    Ok(tally)
}

/// Builds `android/bench` and returns its result for `receive` or `soak`. The libraries are as they
/// ship.
pub(crate) fn bench(checkout: &Checkout, what: &str, count: u32) -> Result<Value> {
    provision::maven(checkout)?;
    bindings::make(checkout, true)?;
    maven(checkout, "android/pom.xml", &["package", "-DskipTests", "--projects", "bench", "--also-make"])?;
    measure(checkout, what, count)
}

/// Runs the program in `android/bench` that was built last.
fn measure(checkout: &Checkout, what: &str, count: u32) -> Result<Value> {
    let folder = checkout.target()?.join("maven/countersign-bench/program");
    let mut java = checkout.command("java");
    if what == "soak" {
        // The JVM takes its memory once, so that a change is the library's.
        java.args(["-XX:+UseSerialGC", "-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch"]);
    }
    without_our_libraries(&mut java);
    java.arg("-cp").arg(folder.join("*")).args(["org.countersign.bench.MainKt", what]).arg(count.to_string());
    let printed = job::read(&mut java, minutes(60))?;
    serde_json::from_str(printed.lines().last().unwrap_or_default()).context("the bench printed no JSON")
}

/// Runs Maven. A first run downloads everything.
fn maven(checkout: &Checkout, project: &str, arguments: &[&str]) -> Result<()> {
    let mut mvn = checkout.command("mvn");
    mvn.args(["--quiet", "--batch-mode", "--no-transfer-progress", "-Dstyle.color=never", "--file", project]);
    scenarios::variables(checkout, &checkout.countersign()?, mvn.args(arguments));
    job::run(&mut mvn, minutes(30), checkout.prose)
}

/// Tests the modules and installs them where Maven finds them by their coordinates.
fn modules(checkout: &Checkout) -> Result<Tally> {
    let built = checkout.target()?.join("maven");
    let reports = || -> Vec<PathBuf> {
        let modules = std::fs::read_dir(&built).into_iter().flatten().flatten();
        modules.map(|module| module.path().join("surefire-reports")).filter(|folder| folder.is_dir()).collect()
    };
    for old in reports() {
        std::fs::remove_dir_all(old)?;
    }
    // Failures are counted from the reports.
    maven(checkout, "android/pom.xml", &["install", "-Dmaven.test.failure.ignore=true"])?;
    let (mut tally, mut output) = (Tally::default(), String::new());
    for file in reports().iter().flat_map(std::fs::read_dir).flatten().flatten().map(|entry| entry.path()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with("-output.txt") {
            output.push_str(&std::fs::read_to_string(&file)?);
        } else if name.starts_with("TEST-") && name.ends_with(".xml") && !name.contains(SCENARIOS) {
            let junit = Junit::read(&file)?;
            output.push_str(&junit.output);
            tally.add(junit.tally);
        }
    }
    scenarios::ran("Kotlin", &output);
    ensure!(tally.passed > 0, "Maven ran no test");
    Ok(tally)
}

/// Runs the program against its own server. It prints `OK` after it has enrolled and approved.
fn enrol_and_approve(checkout: &Checkout, class_path: &Path) -> Result<()> {
    let data = std::env::temp_dir().join(format!("countersign-consumer-{}", std::process::id()));
    let mut command = checkout.command(checkout.countersign()?);
    command.args(["server", "--json", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--data"]).arg(&data);
    let (server, [control]) = Companion::start(&mut command, checkout.prose, ["control"])?;
    let mut java = checkout.command("java");
    java.arg("-cp").arg(class_path).arg("org.example.bank.MainKt").arg(&control);
    let ended = job::capture(&mut java, minutes(2));
    drop(server);
    let _removed = std::fs::remove_dir_all(&data);
    let ended = ended?;
    let done = ended.status.success() && ended.stdout.lines().last() == Some("OK");
    ensure!(done, "{}", ended.last_lines());
    Ok(())
}
