//! Software that others wrote, against the built `countersign` command. Each peer is a script in `tests/interop/` that
//! starts the processes it needs and closes with `N passed, N failed`.

use std::time::Duration;

use crate::checkout::Checkout;
use crate::cli::Peer;
use crate::job;
use crate::prose;
use crate::provision;
use crate::suites::program;
use crate::tally::{Tally, read_counts};

/// One peer's whole script.
const PEER_BOUND: Duration = Duration::from_secs(300);

/// `cargo xtask interop`: the named peer, or all. Returns whether nothing failed and nothing was skipped.
pub(crate) fn run(checkout: &Checkout, name: Option<Peer>, as_json: bool) -> bool {
    let peers = name.map_or_else(|| Peer::ALL.to_vec(), |peer| vec![peer]);
    let tally = peers_against_us(checkout, &peers);
    if as_json {
        prose::document(&tally.json());
    }
    tally.say_notes(checkout.prose);
    checkout.prose.line(&tally.closing_line());
    tally.green(true)
}

/// Every peer, as a suite.
pub(crate) fn every_peer(checkout: &Checkout) -> Tally {
    peers_against_us(checkout, &Peer::ALL)
}

fn peers_against_us(checkout: &Checkout, peers: &[Peer]) -> Tally {
    let folder = checkout.path("tests/interop");
    if let Err(missing) = provision::node(checkout) {
        return Tally::skipped(missing.to_string());
    }
    if let Err(missing) = provision::npm_packages(checkout, &folder) {
        return Tally::skipped(missing.to_string());
    }
    let program = match program::build(checkout) {
        Ok(program) => program,
        Err(problem) => return Tally::failed(problem),
    };
    let mut tally = Tally::default();
    for peer in peers {
        let mut node = checkout.command("node");
        node.current_dir(&folder).arg(peer.script()).env("COUNTERSIGN_BIN", &program);
        tally.add(counted(job::stream(&mut node, PEER_BOUND, checkout.prose), peer.script()));
    }
    tally
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
