//! The text of the tree: spelling, Markdown, links, the glossary's forbidden words, widths and
//! names.

mod form;
mod words;

use anyhow::{Result, ensure};

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::provision;
use crate::tally::Tally;

/// A test for each rule.
pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let mut tally = Tally::default();
    let markdown = checkout.files(&["md"])?;
    let typos = passes(checkout, "typos", &["--format", "brief", "--color", "never"], &[])?;
    tally.result("every word is spelled correctly (typos, `_typos.toml`)", typos);
    let rumdl = passes(checkout, "rumdl", &["check", "--no-cache", "--quiet", "--color", "never"], &markdown)?;
    tally.result("every document is well-formed Markdown (rumdl, `.rumdl.toml`)", rumdl);
    let lychee = passes(checkout, "lychee", &["--offline", "--no-progress", "--mode", "plain"], &markdown)?;
    tally.result("every link inside the tree leads to a file and a heading (lychee, `lychee.toml`)", lychee);
    words::check(checkout, &mut tally)?;
    form::check(checkout, &mut tally)?;
    Ok(tally)
}

/// Runs a tool whose report is on stdout. The whole report is shown if the tool fails. The outer
/// error says that the tool is not installed.
fn passes(checkout: &Checkout, tool: &str, options: &[&str], files: &[String]) -> Result<Result<()>> {
    let mut command = checkout.command(provision::tool(checkout, tool)?);
    let ended = job::capture(command.args(options).args(files), minutes(5));
    Ok(ended.and_then(|ended| {
        ensure!(ended.status.success(), "{}{}", ended.stdout, ended.stderr);
        Ok(())
    }))
}
