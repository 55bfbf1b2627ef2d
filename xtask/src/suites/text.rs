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
    // All tools are installed together. If that is not possible, no rule has failed.
    provision::tool(checkout, "typos")?;
    // The report of a tool is on stdout. The whole report is shown if the tool fails.
    let passes = |tool, options: &[&str], files: &[String]| {
        let mut command = checkout.command(provision::tool(checkout, tool)?);
        let ended = job::capture(command.args(options).args(files), minutes(5))?;
        ensure!(ended.status.success(), "{}{}", ended.stdout, ended.stderr);
        Ok(())
    };
    let typos = passes("typos", &["--format", "brief", "--color", "never"], &[]);
    tally.result("every word is spelled correctly (typos, `_typos.toml`)", typos);
    let rumdl = passes("rumdl", &["check", "--no-cache", "--quiet", "--color", "never"], &markdown);
    tally.result("every document is well-formed Markdown (rumdl, `.rumdl.toml`)", rumdl);
    let lychee = passes("lychee", &["--offline", "--no-progress", "--mode", "plain"], &markdown);
    tally.result("every link inside the tree leads to a file and a heading (lychee, `lychee.toml`)", lychee);
    words::check(checkout, &mut tally)?;
    form::check(checkout, &mut tally)?;
    Ok(tally)
}
