//! The pages that people see, in a real browser: the phone's page against a mock of its API, then the whole demo, then hostile
//! requests from a real server.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::checkout::Checkout;
use crate::job::{self, Companion};
use crate::provision::{self, Missing};
use crate::suites::interop::counted;
use crate::suites::program;
use crate::tally::Tally;

const PAGE_BOUND: Duration = Duration::from_secs(600);
const READY_BOUND: Duration = Duration::from_secs(60);
const END_BOUND: Duration = Duration::from_secs(15);

/// The phone's page against a mock.
pub(crate) fn page(checkout: &Checkout) -> Tally {
    match npm_script(checkout, "test") {
        Ok(mut npm) => counted(job::stream(&mut npm, PAGE_BOUND, checkout.prose), "tests/page"),
        Err(missing) => Tally::skipped(missing.to_string()),
    }
}

/// The demo on free ports, with a browser as the customer, and twenty hostile requests. That the programs end when asked is a test
/// too.
pub(crate) fn flow(checkout: &Checkout) -> Tally {
    let mut tally = customer(checkout);
    tally.add(hostile(checkout));
    tally
}

fn customer(checkout: &Checkout) -> Tally {
    let mut npm = match npm_script(checkout, "flow") {
        Ok(npm) => npm,
        Err(missing) => return Tally::skipped(missing.to_string()),
    };
    match demo(checkout) {
        Ok(Demo { process, addresses }) => {
            npm.envs(addresses);
            let mut tally = counted(job::stream(&mut npm, PAGE_BOUND, checkout.prose), "tests/page/flow.mjs");
            tally.add(ends_when_asked("demo", process));
            tally
        }
        Err(problem) => Tally::failed(problem),
    }
}

fn hostile(checkout: &Checkout) -> Tally {
    let mut npm = match npm_script(checkout, "hostile") {
        Ok(npm) => npm,
        Err(missing) => return Tally::skipped(missing.to_string()),
    };
    match bank_and_phone(checkout) {
        Ok(Test { server, phone, addresses }) => {
            npm.envs(addresses);
            let mut tally = counted(job::stream(&mut npm, PAGE_BOUND, checkout.prose), "tests/page/hostile.mjs");
            tally.add(ends_when_asked("phone", phone));
            tally.add(ends_when_asked("server", server));
            tally
        }
        Err(problem) => Tally::failed(problem),
    }
}

/// A script of `tests/page`, with everything it needs installed.
fn npm_script(checkout: &Checkout, script: &str) -> Result<Command, Missing> {
    let folder = checkout.path("tests/page");
    provision::node(checkout)?;
    let chromium: PathBuf = provision::chromium(checkout)?;
    provision::npm_packages(checkout, &folder)?;
    let mut npm = checkout.command("npm");
    npm.current_dir(folder).args(["run", "--silent", script]).env("CHROMIUM", chromium);
    Ok(npm)
}

/// A running demo.
struct Demo {
    process: Companion,
    /// Where its parts answer, as the environment that the browser's script reads.
    addresses: Vec<(&'static str, String)>,
}

fn demo(checkout: &Checkout) -> Result<Demo, String> {
    let program = program::build(checkout)?;
    let mut command = checkout.command(program);
    command.args(["demo", "--json", "--port-base", "0"]);
    let mut process = Companion::start(&mut command, checkout.prose).map_err(|problem| problem.to_string())?;
    let line = process.first_line(READY_BOUND).map_err(|problem| problem.to_string())?;
    let ready: Value = serde_json::from_str(&line).map_err(|_| format!("the demo said `{line}` instead of JSON"))?;
    let mut addresses = Vec::new();
    for (variable, part) in [("DEMO_SERVER", "server"), ("DEMO_PHONE", "phone"), ("DEMO_SHOP", "shop")] {
        let address = ready.get(part).and_then(Value::as_str);
        let address = address.ok_or_else(|| format!("the demo named no address for its {part}: {line}"))?;
        addresses.push((variable, address.to_owned()));
    }
    Ok(Demo { process, addresses })
}

/// A server that a test drives, and a phone.
struct Test {
    server: Companion,
    phone: Companion,
    addresses: Vec<(&'static str, String)>,
}

fn bank_and_phone(checkout: &Checkout) -> Result<Test, String> {
    let program = program::build(checkout)?;
    // New folders are a new server and a new phone; the last run's stay until then, for whoever wants to look.
    let data = checkout.path("target/hostile-data");
    if data.exists() {
        std::fs::remove_dir_all(&data).map_err(|problem| format!("{}: {problem}", data.display()))?;
    }
    let start = |part: &str, more: &[&str], member: &str| {
        let mut command = checkout.command(&program);
        command.args([part, "--json", "--listen", "127.0.0.1:0", "--data"]).arg(data.join(part)).args(more);
        let mut process = Companion::start(&mut command, checkout.prose).map_err(|problem| problem.to_string())?;
        let line = process.first_line(READY_BOUND).map_err(|problem| problem.to_string())?;
        let ready: Value =
            serde_json::from_str(&line).map_err(|_| format!("the {part} said `{line}` instead of JSON"))?;
        let address = ready.get(member).and_then(Value::as_str);
        let address = address.ok_or_else(|| format!("the {part} named no {member}: {line}"))?.to_owned();
        Ok::<_, String>((process, address))
    };
    let (server, control) = start("server", &["--control", "127.0.0.1:0"], "control")?;
    let (phone, url) = start("phone", &[], "url")?;
    let addresses = vec![("HOSTILE_CONTROL", control), ("HOSTILE_PHONE", url)];
    Ok(Test { server, phone, addresses })
}

fn ends_when_asked(name: &str, process: Companion) -> Tally {
    match process.interrupt(END_BOUND) {
        Ok(status) if status.success() => Tally::one(&format!("the {name} ends when asked"), &[]),
        Ok(status) => Tally::failed(format!("the {name}, asked to end, ended with {status}")),
        Err(problem) => Tally::failed(problem.to_string()),
    }
}
