//! The documents: files and tests in tables exist, commands in code blocks exist, and the
//! references name every command, option and key. The suite `text` checks links.

mod claims;
mod commands;
mod reference;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::tally::Tally;

pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let mut tally = Tally::default();
    let program = checkout.countersign()?;
    let tests = claims::names(checkout)?;
    let mut claimed = false;
    for (document, text) in checkout.texts(&["md"])? {
        commands::check(&program, &document, &text, &mut tally);
        if let Some(wrong) = claims::wrong(&checkout.root, &tests, &text) {
            claimed = true;
            tally.check(&format!("code and tests that {document} names"), wrong);
        }
    }
    anyhow::ensure!(claimed, "no document has a table that names code and tests");
    reference::check(checkout, &program, &mut tally)?;
    Ok(tally)
}
