//! The web pages in Chromium: the phone's page against a mock of its API, the whole demo, and
//! hostile requests from a real server.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use sysinfo::Signal;

use crate::checkout::Checkout;
use crate::files::empty_folder;
use crate::job::{self, Companion, minutes};
use crate::junit::Junit;
use crate::provision;
use crate::suites::interop::run_script;
use crate::tally::Tally;

const FOLDER: &str = "tests/page";
/// The time in which a program must end after an interrupt.
const END_LIMIT: Duration = Duration::from_secs(15);

/// The phone's page against a mock.
pub(crate) fn page(checkout: &Checkout) -> Result<Tally> {
    let report = checkout.path("target/page-junit.xml");
    let _old_report = std::fs::remove_file(&report);
    let mut node = node(checkout, "--test")?;
    node.args(["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=junit"]);
    node.arg(format!("--test-reporter-destination={}", report.display())).arg("mock.test.mjs");
    let ended = job::stream(&mut node, minutes(10), checkout.prose)?;
    let mut tally = Junit::read(&report)?.tally;
    ended.add_failure(FOLDER, &mut tally);
    Ok(tally)
}

/// The demo with a browser as the customer, then hostile requests. The programs must end after an
/// interrupt.
pub(crate) fn flow(checkout: &Checkout) -> Result<Tally> {
    let program = checkout.countersign()?;
    let mut script = node(checkout, "flow.mjs")?;
    let mut command = checkout.command(&program);
    command.args(["demo", "--json", "--port-base", "0"]);
    let (demo, [server, phone, shop]) = Companion::start(&mut command, checkout.prose, ["server", "phone", "shop"])?;
    script.env("DEMO_SERVER", server).env("DEMO_PHONE", phone).env("DEMO_SHOP", shop);
    let mut tally = run_script(checkout, &mut script, "tests/page/flow.mjs")?;
    tally.result("the demo ends after an interrupt", demo.end(Signal::Interrupt, END_LIMIT));

    let mut script = node(checkout, "hostile.mjs")?;
    // New folders make a new server and a new phone. Those of the last run stay until then.
    let data = checkout.path("target/hostile-data");
    empty_folder(&data)?;
    let start = |part: &str, more: &[&str], address| {
        let mut command = checkout.command(&program);
        command.args([part, "--json", "--listen", "127.0.0.1:0", "--data"]).arg(data.join(part)).args(more);
        Companion::start(&mut command, checkout.prose, [address])
    };
    let (server, [control]) = start("server", &["--control", "127.0.0.1:0"], "control")?;
    let (phone, [url]) = start("phone", &[], "url")?;
    script.env("HOSTILE_CONTROL", control).env("HOSTILE_PHONE", url);
    tally.add(run_script(checkout, &mut script, "tests/page/hostile.mjs")?);
    tally.result("the phone ends after an interrupt", phone.end(Signal::Interrupt, END_LIMIT));
    tally.result("the server ends after an interrupt", server.end(Signal::Interrupt, END_LIMIT));
    Ok(tally)
}

/// Node in `tests/page`, after everything it needs is installed.
fn node(checkout: &Checkout, argument: &str) -> Result<Command> {
    let folder = checkout.path(FOLDER);
    provision::node(checkout)?;
    let chromium = provision::chromium(checkout)?;
    provision::npm_packages(checkout, &folder)?;
    let mut node = checkout.command("node");
    node.current_dir(folder).arg(argument).env("CHROMIUM", chromium);
    Ok(node)
}
