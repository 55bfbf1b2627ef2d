//! The results of the approval scripts (`tests/approval`) in each language: events on the approval
//! screen with the expected decisions of the approval session.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::checkout::Checkout;
use crate::suites::scenarios;
use crate::tally::Tally;

/// The folder of the scripts.
pub(super) const FOLDER: &str = "tests/approval";
const MIN_SCRIPTS: usize = 40;

/// Runs the scripts in Rust, then prints and counts the results of every language.
pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let mut names = Vec::new();
    if checkout.path(FOLDER).is_dir() {
        let files = checkout.files(&["json"])?;
        let scripts = files.iter().map(Path::new).filter(|file| file.parent() == Some(Path::new(FOLDER)));
        names.extend(scripts.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())));
    }
    ensure!(names.len() >= MIN_SCRIPTS, "{FOLDER} has {} scripts, at least {MIN_SCRIPTS} are expected", names.len());
    scenarios::results(checkout, "APPROVAL", names, ["-p", "countersign-core", "--test", "approval"])
}
