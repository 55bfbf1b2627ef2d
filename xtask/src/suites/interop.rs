//! Software of other vendors against the built `countersign` command. Each peer is a script in
//! `tests/interop/` that starts the processes it needs and ends with `N passed, N failed`.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::checkout::Checkout;
use crate::cli::Peer;
use crate::job::{self, minutes};
use crate::provision;
use crate::tally::{Tally, plain_counts};

/// The number of messages in the suite.
pub(crate) const SMOKE: u32 = 500;
const FOLDER: &str = "tests/interop";

/// Runs this peer, or all.
pub(crate) fn run(checkout: &Checkout, name: Option<Peer>, messages: u32) -> Tally {
    let mut tally = Tally::default();
    for peer in Peer::value_variants().iter().filter(|peer| name.is_none_or(|name| name == **peer)) {
        tally.add(Tally::of(command(checkout, *peer).and_then(|mut script| {
            script.env("COUNTERSIGN_MESSAGES", messages.to_string());
            run_script(checkout, &mut script, peer.script())
        })));
    }
    tally
}

/// A peer's script, after everything it needs is installed and built.
fn command(checkout: &Checkout, peer: Peer) -> Result<Command> {
    if peer == Peer::Nginx {
        let nginx = provision::program(checkout, &["nginx"], &["nginx-light", "openssl"], "Install nginx.")?;
        let mut example = checkout.command(checkout.example("countersign-server", peer.script())?);
        example.env("NGINX_BIN", nginx);
        return Ok(example);
    }
    let folder = checkout.path(FOLDER);
    let mut script = if peer == Peer::Joserfc {
        let packages = provision::python_packages(checkout, &format!("{FOLDER}/requirements.txt"), "interop")?;
        let mut python = checkout.command("python3");
        python.env("PYTHONPATH", packages);
        python
    } else {
        provision::node(checkout)?;
        provision::npm_packages(checkout, &folder)?;
        checkout.command("node")
    };
    if peer == Peer::OpenidClient {
        script.env("COUNTERSIGN_BIN", checkout.countersign()?);
    } else {
        script.env("COUNTERSIGN_JOSE", checkout.example("countersign-core", "jose_lines")?);
    }
    script.current_dir(&folder).arg(peer.script());
    Ok(script)
}

/// Runs a script and reads its closing line. The script itself prints the names of its tests.
pub(super) fn run_script(checkout: &Checkout, script: &mut Command, what: &str) -> Result<Tally> {
    let ended = job::stream(script, minutes(30), checkout.prose)?;
    let mut tally = plain_counts(&ended.stdout)?;
    for (word, count) in [("failed", tally.failed), ("skipped", tally.skipped)].into_iter().filter(|it| it.1 > 0) {
        tally.notes.push(format!("{word}: {what}: {count} of its tests, named above"));
    }
    ended.add_failure(what, &mut tally);
    Ok(tally)
}
