//! Kotlin: the Maven build with its tests and scenarios, then somebody else's program that knows the library by its
//! coordinates: as it is, shrunk with our rules, and shrunk without them, which must not work.

mod maven;
mod shrink;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::bindings;
use crate::checkout::{Checkout, without_our_libraries};
use crate::job::{self, Companion};
use crate::provision;
use crate::soak;
use crate::suites::program;
use crate::suites::scenarios::{self, Language};
use crate::tally::Tally;

const READY_BOUND: Duration = Duration::from_secs(60);
const BENCH_BOUND: Duration = Duration::from_secs(3600);
const PROGRAM_BOUND: Duration = Duration::from_secs(120);

/// Builds and tests everything under `android`.
pub(crate) fn run(checkout: &Checkout) -> Tally {
    if let Err(missing) = provision::maven(checkout) {
        return Tally::skipped(missing.to_string());
    }
    let program = match bindings::make(checkout, false)
        .map_err(|problem| problem.to_string())
        .and_then(|_| program::build(checkout))
    {
        Ok(program) => program,
        Err(problem) => return Tally::failed(problem),
    };
    let mut tally = match modules(checkout, &program) {
        Ok(tally) => tally,
        Err(problem) => return Tally::failed(problem),
    };
    tally.add(soak::smoke("kotlin", measure(checkout, "soak", soak::SMOKE)));
    tally.add(match consumer(checkout, &program) {
        Ok(tally) => tally,
        Err(problem) => Tally::failed(problem),
    });
    tally
}

/// What the program in `android/bench` prints of `receive` or `soak`, done so many times. The libraries are as they ship.
pub(crate) fn bench(checkout: &Checkout, what: &str, count: u32) -> Result<Value, String> {
    provision::maven(checkout).map_err(|missing| missing.to_string())?;
    bindings::make(checkout, true).map_err(|problem| problem.to_string())?;
    let mut mvn = maven::command(checkout, "android/pom.xml");
    maven::run(checkout, mvn.args(["package", "-DskipTests", "--projects", "bench", "--also-make"]))?;
    measure(checkout, what, count)
}

/// Runs the program in `android/bench` that was built last.
fn measure(checkout: &Checkout, what: &str, count: u32) -> Result<Value, String> {
    let folder = checkout.target().map_err(|problem| problem.to_string())?.join("maven/countersign-bench/program");
    let mut java = checkout.command("java");
    if what == "soak" {
        // Its own memory is taken once: what comes or goes is the library's.
        java.args(["-XX:+UseSerialGC", "-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch"]);
    }
    without_our_libraries(&mut java);
    java.arg("-cp").arg(folder.join("*"));
    java.args(["org.countersign.bench.MainKt", what]).arg(count.to_string());
    let ended = job::capture(&mut java, BENCH_BOUND).map_err(|problem| problem.to_string())?;
    let line = ended.stdout.lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|_| format!("the bench printed no JSON:\n{}", ended.last_words()))
}

/// The modules with their tests, installed where Maven looks for what is named by coordinates.
fn modules(checkout: &Checkout, program: &Path) -> Result<Tally, String> {
    let built = checkout.target().map_err(|problem| problem.to_string())?.join("maven");
    maven::forget_reports(&built)?;
    let mut mvn = maven::command(checkout, "android/pom.xml");
    // What failed is counted from the reports.
    mvn.args(["install", "-Dmaven.test.failure.ignore=true"]);
    mvn.env("COUNTERSIGN_BIN", program).env("COUNTERSIGN_SCENARIOS", checkout.path("tests/scenarios"));
    maven::run(checkout, &mut mvn)?;
    let said = built.join("countersign/surefire-reports/org.countersign.scenarios.ScenariosTest-output.txt");
    let said =
        std::fs::read_to_string(&said).map_err(|problem| format!("no scenario ran: {}: {problem}", said.display()))?;
    scenarios::ran(Language::Kotlin, &said);
    // The table of scenarios counts those.
    maven::read_reports(&built, "org.countersign.scenarios.ScenariosTest")
}

/// A program in a project of its own.
fn consumer(checkout: &Checkout, server: &Path) -> Result<Tally, String> {
    let mut mvn = maven::command(checkout, "android/consumer/pom.xml");
    maven::run(checkout, mvn.arg("package"))?;
    let folder = checkout.target().map_err(|problem| problem.to_string())?.join("maven/consumer");
    let mut tally = Tally::default();
    let plain = folder.join("program").join("*");
    tally.add(approves(checkout, server, "a program that names the library by its coordinates", &plain));
    let shrunk = shrink::shrink(checkout, &folder, shrink::Rules::Ours)?;
    tally.add(approves(checkout, server, "the program shrunk with the library's rules", &shrunk));
    let broken = shrink::shrink(checkout, &folder, shrink::Rules::None)?;
    tally.add(match enrol_and_approve(checkout, server, &broken) {
        Ok(()) => {
            Tally::failed("the program shrunk without the library's rules works: the rules prove nothing".to_owned())
        }
        Err(_) => Tally::one("the program shrunk without the library's rules does not work", &[]),
    });
    Ok(tally)
}

fn approves(checkout: &Checkout, server: &Path, what: &str, class_path: &Path) -> Tally {
    match enrol_and_approve(checkout, server, class_path) {
        Ok(()) => Tally::one(what, &[]),
        Err(problem) => Tally::failed(format!("{what}: {problem}")),
    }
}

/// Runs the program against a server of its own; it says `OK` when it has enrolled and approved.
fn enrol_and_approve(checkout: &Checkout, server: &Path, class_path: &Path) -> Result<(), String> {
    let server = Server::start(checkout, server)?;
    let mut java = checkout.command("java");
    java.arg("-cp").arg(class_path).arg("org.example.bank.MainKt").arg(&server.control);
    let ended = job::capture(&mut java, PROGRAM_BOUND).map_err(|problem| problem.to_string())?;
    if ended.status.success() && ended.stdout.lines().last() == Some("OK") { Ok(()) } else { Err(ended.last_words()) }
}

/// A server on a data folder of its own, which ends with this.
struct Server {
    _process: Companion,
    control: String,
    data: PathBuf,
}

impl Server {
    fn start(checkout: &Checkout, program: &Path) -> Result<Self, String> {
        let data = std::env::temp_dir().join(format!("countersign-consumer-{}", std::process::id()));
        let mut command: Command = checkout.command(program);
        command.arg("server").arg("--data").arg(&data);
        command.args(["--listen", "127.0.0.1:0", "--json", "--control", "127.0.0.1:0"]);
        let mut process = Companion::start(&mut command, checkout.prose).map_err(|problem| problem.to_string())?;
        let line = process.first_line(READY_BOUND).map_err(|problem| problem.to_string())?;
        let ready: Option<Value> = serde_json::from_str(&line).ok();
        let control = ready.as_ref().and_then(|ready| ready.get("control")).and_then(Value::as_str);
        let control =
            control.ok_or_else(|| format!("the server said `{line}` instead of where its control is"))?.to_owned();
        Ok(Self { _process: process, control, data })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What a crash leaves behind lies in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.data);
    }
}
