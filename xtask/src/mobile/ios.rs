//! What a static library for iOS defines for others.

use std::io::{Error, Result};
use std::path::Path;
use std::time::Duration;

use crate::job;
use crate::mobile::toolchain::Toolchain;

const BOUND: Duration = Duration::from_secs(120);

/// The names that a static library defines for whoever links it, as C spells them.
pub(super) fn defined(toolchain: &Toolchain, library: &Path) -> Result<Vec<String>> {
    let mut nm = toolchain.llvm("llvm-nm");
    nm.args(["--extern-only", "--defined-only", "--no-weak", "--format=just-symbols", "--quiet"]).arg(library);
    let ended = job::capture(&mut nm, BOUND).map_err(Error::other)?;
    if !ended.status.success() {
        return Err(Error::other(ended.last_words()));
    }
    Ok(read(&ended.stdout))
}

/// The names of a listing: each with the underscore that Mach-O puts before it, archive members as `name.o:`.
fn read(listing: &str) -> Vec<String> {
    listing.lines().filter_map(|line| line.strip_prefix('_')).map(str::to_owned).collect()
}
