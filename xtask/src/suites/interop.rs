//! Software that others wrote, against the built `countersign` command. Each peer is a script in `tests/interop/` that
//! starts the processes it needs and closes with `N passed, N failed`.

use std::process::Command;
use std::time::Duration;

use crate::checkout::Checkout;
use crate::cli::Peer;
use crate::job;
use crate::prose;
use crate::provision::{self, Missing};
use crate::suites::program;
use crate::tally::{Tally, read_counts};

/// One peer's whole script.
const PEER_BOUND: Duration = Duration::from_secs(1800);
/// So many messages each way are a smoke test of the comparison.
const SMOKE: u32 = 500;

/// `cargo xtask interop`: the named peer, or all. Returns whether nothing failed and nothing was skipped.
pub(crate) fn run(checkout: &Checkout, name: Option<Peer>, messages: u32, as_json: bool) -> bool {
    let peers = name.map_or_else(|| Peer::ALL.to_vec(), |peer| vec![peer]);
    let tally = peers_against_us(checkout, &peers, messages);
    if as_json {
        prose::document(&tally.json());
    }
    tally.say_notes(checkout.prose);
    checkout.prose.line(&tally.closing_line());
    tally.green(true)
}

/// Every peer, as a suite.
pub(crate) fn every_peer(checkout: &Checkout) -> Tally {
    peers_against_us(checkout, &Peer::ALL, SMOKE)
}

fn peers_against_us(checkout: &Checkout, peers: &[Peer], messages: u32) -> Tally {
    let mut tally = Tally::default();
    for peer in peers {
        tally.add(match ready(checkout, *peer) {
            Ok(mut script) => {
                script.env("COUNTERSIGN_MESSAGES", messages.to_string());
                counted(job::stream(&mut script, PEER_BOUND, checkout.prose), peer.script())
            }
            Err(tally) => tally,
        });
    }
    tally
}

/// A peer's script, with everything it needs installed and built; or why it cannot run.
fn ready(checkout: &Checkout, peer: Peer) -> Result<Command, Tally> {
    let folder = checkout.path("tests/interop");
    let missing = |missing: Missing| Tally::skipped(missing.to_string());
    let mut script = if peer == Peer::Joserfc {
        let packages = provision::python_packages(checkout, &folder).map_err(missing)?;
        let mut python = checkout.command("python3");
        python.env("PYTHONPATH", packages);
        python
    } else {
        provision::node(checkout).map_err(missing)?;
        provision::npm_packages(checkout, &folder).map_err(missing)?;
        checkout.command("node")
    };
    if peer == Peer::OpenidClient {
        script.env("COUNTERSIGN_BIN", program::build(checkout).map_err(Tally::failed)?);
    } else {
        script.env("COUNTERSIGN_JOSE", program::jose(checkout).map_err(Tally::failed)?);
    }
    script.current_dir(&folder).arg(peer.script());
    Ok(script)
}

/// Counts what a script reported; a script that failed without saying so counts as one failure.
pub(super) fn counted(ended: Result<job::Finished, job::JobError>, what: &str) -> Tally {
    let ended = match ended {
        Ok(ended) => ended,
        Err(problem) => return Tally::failed(problem.to_string()),
    };
    let mut tally = read_counts(&ended.stdout).unwrap_or_default();
    if tally.failed > 0 {
        tally.notes.push(format!("failed: {what}: {} of its tests, named above", tally.failed));
    } else if !ended.status.success() {
        tally.fail(format!("{what} ended with {}:\n{}", ended.status, ended.last_words()));
    }
    if tally.skipped > 0 {
        tally.notes.push(format!("skipped: {what}: {} of its tests, named above", tally.skipped));
    }
    tally
}
