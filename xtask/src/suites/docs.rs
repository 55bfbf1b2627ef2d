//! The documents: every relative link leads to a file, every `#fragment` to a heading, and every command in a code block
//! exists with the options shown.

mod commands;
mod links;

use std::path::{Path, PathBuf};

use crate::checkout::Checkout;
use crate::suites::program;
use crate::tally::Tally;

/// Folders that hold nothing we wrote.
const NOT_OURS: [&str; 3] = ["target", "node_modules", ".git"];

pub(crate) fn run(checkout: &Checkout) -> Tally {
    let mut tally = Tally::default();
    let program = match program::build(checkout) {
        Ok(program) => program,
        Err(problem) => return Tally::failed(problem),
    };
    let mut documents = Vec::new();
    collect(&checkout.root, &mut documents);
    documents.sort();
    for document in &documents {
        let name = document.strip_prefix(&checkout.root).unwrap_or(document).display().to_string();
        match std::fs::read_to_string(document) {
            Ok(text) => {
                tally.add(Tally::one(&format!("links of {name}"), &links::broken(document, &text)));
                tally.add(commands::check(&program, &name, &text));
            }
            Err(problem) => tally.fail(format!("{name}: {problem}")),
        }
    }
    tally
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !NOT_OURS.contains(&name) {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}
