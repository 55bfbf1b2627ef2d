//! `cargo xtask compat`: the scenarios between this commit and an earlier one. The program
//! `tests/examples/compat` builds the earlier commit and prints the results.

use anyhow::Result;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::read::matches;
use crate::tally::Tally;

pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let mut command = checkout.command(checkout.example("countersign-tests", "compat")?);
    command.arg("--root").arg(checkout.path("")).arg("--target").arg(checkout.target()?);
    let ended = job::stream(&mut command, minutes(45), checkout.prose)?;
    let mut tally = Tally::default();
    for [name, result] in matches(r"(?m)^COMPAT (\S+ \S+) (ok|FAILED.*)$", &ended.stdout)? {
        if result == "ok" { tally.pass() } else { tally.fail(format!("{name}: {result}")) }
    }
    ended.add_failure("the comparison with an earlier commit", &mut tally);
    Ok(tally)
}
