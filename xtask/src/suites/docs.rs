//! The documents: every relative link leads to a file, every `#fragment` to a heading, every command in a code block exists with
//! the options shown, and every file and test that a table names as its proof is there.

mod claims;
mod commands;
mod links;

use std::path::{Path, PathBuf};

use crate::checkout::Checkout;
use crate::suites::program;
use crate::tally::Tally;

/// Folders that hold nothing we wrote.
const NOT_OURS: [&str; 4] = ["target", "node_modules", ".git", ".build"];

pub(crate) fn run(checkout: &Checkout) -> Tally {
    let mut tally = Tally::default();
    let program = match program::build(checkout) {
        Ok(program) => program,
        Err(problem) => return Tally::failed(problem),
    };
    let sources = collect(&checkout.root, &claims::SOURCES);
    let cases = collect(&checkout.path(claims::CASES), &["json"]);
    let scenarios = checkout.path(claims::SCENARIOS);
    let tests = claims::names(sources.iter().chain(&cases).chain([&scenarios]).map(PathBuf::as_path));
    let mut claimed = false;
    for document in &collect(&checkout.root, &["md"]) {
        let name = document.strip_prefix(&checkout.root).unwrap_or(document).display().to_string();
        match std::fs::read_to_string(document) {
            Ok(text) => {
                tally.add(Tally::one(&format!("links of {name}"), &links::broken(document, &text)));
                tally.add(commands::check(&program, &name, &text));
                if let Some(broken) = claims::broken(&checkout.root, &tests, &text) {
                    claimed = true;
                    tally.add(Tally::one(&format!("code and tests that {name} names"), &broken));
                }
            }
            Err(problem) => tally.fail(format!("{name}: {problem}")),
        }
    }
    if !claimed {
        tally.fail("no document has a table that names code and tests");
    }
    tally
}

/// The files with one of these extensions, in order.
fn collect(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !NOT_OURS.contains(&name) {
                found.extend(collect(&path, extensions));
            }
        } else if path.extension().and_then(|extension| extension.to_str()).is_some_and(|it| extensions.contains(&it)) {
            found.push(path);
        }
    }
    found.sort();
    found
}
