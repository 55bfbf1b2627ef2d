//! The text of the tree: spelling, Markdown, links, the glossary's forbidden words, widths and
//! names.

mod form;
mod words;

use std::process::Command;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::provision;
use crate::tally::Tally;

/// A test for each rule.
pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let mut tally = Tally::default();
    let markdown = checkout.files(&["md"])?;
    let mut typos = tool(checkout, "typos")?;
    typos.args(["--format", "brief", "--color", "never"]);
    tally.result("every word is spelled correctly (typos, `_typos.toml`)", passes(&mut typos));
    let mut rumdl = tool(checkout, "rumdl")?;
    rumdl.args(["check", "--no-cache", "--quiet", "--color", "never"]).args(&markdown);
    tally.result("every document is well-formed Markdown (rumdl, `.rumdl.toml`)", passes(&mut rumdl));
    let mut lychee = tool(checkout, "lychee")?;
    lychee.args(["--offline", "--no-progress", "--mode", "plain"]).args(&markdown);
    tally.result(
        "every link inside the tree leads to a file and a heading (lychee, `lychee.toml`)",
        passes(&mut lychee),
    );
    words::check(checkout, &mut tally)?;
    form::check(checkout, &mut tally)?;
    Ok(tally)
}

fn tool(checkout: &Checkout, name: &str) -> Result<Command> {
    Ok(checkout.command(provision::tool(checkout, name)?))
}

/// Runs a tool whose report is on stdout. The whole report is shown if the tool fails.
fn passes(command: &mut Command) -> Result<()> {
    let ended = job::capture(command, minutes(5))?;
    if !ended.status.success() {
        anyhow::bail!("{}{}", ended.stdout, ended.stderr);
    }
    Ok(())
}
