//! The dependencies against `deny.toml` (cargo-deny), the lockfiles of npm, and the workflows
//! (zizmor).

use anyhow::Result;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::provision;
use crate::tally::Tally;

/// The words of cargo-deny if the advisory database is out of reach.
const NO_DATABASE: &str = "failed to fetch advisory database";

/// A test for each check.
pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let mut tally = Tally::default();
    let deny = provision::tool(checkout, "cargo-deny")?;
    let passes = |check| job::read(&mut checkout.cargo_by(&deny, ["check", check]), minutes(5));
    tally.result("every licence is allowed by deny.toml", passes("licenses"));
    tally.result("no crate is banned by deny.toml", passes("bans"));
    tally.result("everything comes from one registry", passes("sources"));
    let advisories = job::capture(&mut checkout.cargo_by(&deny, ["check", "advisories"]), minutes(5))?;
    if advisories.stderr.contains(NO_DATABASE) {
        // Not a skipped test: the registries that CI reaches have no database. The GitHub workflow
        // runs this check.
        tally.notes.push(format!("skipped: no known advisory: cargo-deny {NO_DATABASE}"));
    } else {
        tally.result("no known advisory", passes("advisories"));
    }
    tally.check("no lockfile names a registry host", lockfiles(checkout)?);
    let mut zizmor = checkout.command(provision::tool(checkout, "zizmor")?);
    zizmor.args(["--offline", "--no-progress", "--persona=pedantic", ".github"]);
    tally.result("zizmor finds nothing in the workflows", job::read(&mut zizmor, minutes(1)));
    Ok(tally)
}

/// A lockfile of npm that names hosts ties everyone to one mirror of the registry.
fn lockfiles(checkout: &Checkout) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for lockfile in ["tests/page/package-lock.json", "tests/interop/package-lock.json"] {
        if checkout.text(lockfile)?.contains("\"resolved\"") {
            wrong.push(format!("{lockfile}: run npm with --omit-lockfile-registry-resolved"));
        }
    }
    Ok(wrong)
}
