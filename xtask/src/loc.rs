//! `cargo xtask loc`: how many lines each part has, and of what kind.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::prose;

/// Each part is a folder at the top of the tree.
const PARTS: [&str; 7] = ["core", "bindings", "server", "emulator", "tests", "xtask", "docs"];

/// The endings of the files that we write by hand.
const SOURCES: [&str; 7] = ["rs", "sql", "html", "css", "js", "mjs", "md"];

/// Folders that hold nothing we wrote.
const NOT_OURS: [&str; 2] = ["node_modules", "target"];

/// The lines of a part. Blank lines count nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lines {
    files: usize,
    /// What runs when the product runs.
    code: usize,
    /// Test modules, and everything in a `tests` folder.
    test: usize,
    /// Comments of every kind, and whole documents.
    doc: usize,
}

/// Prints a table, or a JSON document. Always succeeds: it reports and judges nothing.
pub(crate) fn run(checkout: &Checkout, as_json: bool) -> bool {
    let rows: Vec<(&str, Lines)> = PARTS.iter().map(|part| (*part, count(&checkout.root, part))).collect();
    if as_json {
        let row = |(name, lines): &(&str, Lines)| json!({ "part": name, "files": lines.files, "code": lines.code, "test": lines.test, "doc": lines.doc });
        prose::document(&Value::Array(rows.iter().map(row).collect()));
    } else {
        checkout.prose.line("| part | files | code | test | doc |");
        checkout.prose.line("|---|---:|---:|---:|---:|");
        let all = rows.iter().fold(Lines::default(), |sum, (_, lines)| sum.plus(*lines));
        for (name, lines) in rows.into_iter().chain([("all", all)]) {
            let Lines { files, code, test, doc } = lines;
            checkout.prose.line(&format!("| {name} | {files} | {code} | {test} | {doc} |"));
        }
    }
    true
}

impl Lines {
    fn plus(self, other: Self) -> Self {
        Self {
            files: self.files + other.files,
            code: self.code + other.code,
            test: self.test + other.test,
            doc: self.doc + other.doc,
        }
    }
}

fn count(root: &Path, part: &str) -> Lines {
    let mut files = Vec::new();
    collect(&root.join(part), &mut files);
    files.iter().fold(Lines::default(), |sum, file| sum.plus(count_file(root, file)))
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !NOT_OURS.contains(&name) {
                collect(&path, found);
            }
        } else if path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| SOURCES.contains(&ending)) {
            found.push(path);
        }
    }
}

fn count_file(root: &Path, file: &Path) -> Lines {
    let Ok(text) = std::fs::read_to_string(file) else { return Lines::default() };
    let is_document = file.extension().is_some_and(|ending| ending == "md");
    let inside = file.strip_prefix(root).unwrap_or(file);
    let is_test = inside.iter().any(|part| part == "tests") || file.file_stem().is_some_and(|stem| stem == "tests");
    let mut lines = count_text(&text);
    if is_document {
        lines = Lines { doc: lines.code + lines.test + lines.doc, ..Lines::default() };
    } else if is_test {
        lines = Lines { test: lines.code + lines.test, code: 0, ..lines };
    }
    Lines { files: 1, ..lines }
}

/// Counts by line. A test module stands at the end of its file, so everything from its attribute on is test.
fn count_text(text: &str) -> Lines {
    let mut lines = Lines::default();
    let mut testing = false;
    let mut lines_left = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines_left.next() {
        let only_tests = line.starts_with("#[cfg(") && line.contains("test");
        testing |= only_tests && lines_left.peek().is_some_and(|next| next.starts_with("mod "));
        if ["//", "--", "/*", "* ", "<!--"].iter().any(|comment| line.starts_with(comment)) {
            lines.doc += 1;
        } else if testing {
            lines.test += 1;
        } else {
            lines.code += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        let text = "//! What it is.\n\nfn f() {}\n\n#[cfg(test)]\nmod tests {\n    // why\n}\n";
        assert_eq!(count_text(text), Lines { files: 0, code: 1, test: 3, doc: 2 });
    }

    #[test]
    fn a_document_is_documentation_and_a_tests_folder_is_tests() {
        let folder = tempfile::tempdir().unwrap();
        let tests = folder.path().join("tests");
        std::fs::create_dir(&tests).unwrap();
        std::fs::write(tests.join("flow.rs"), "fn f() {}\n").unwrap();
        std::fs::write(folder.path().join("README.md"), "# A\n\nb\n").unwrap();
        assert_eq!(count(folder.path(), ""), Lines { files: 2, code: 0, test: 1, doc: 2 });
    }
}
