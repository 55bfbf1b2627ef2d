//! Tables that make claims about the code: a column `enforced in` names files and a column `tested
//! by` names tests, both in backticks. Each file and each test must exist. A row that names no test
//! says why: `not tested`, `not stopped`, `not addressed`, or `outside` for another party.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::read::matches;

const ENFORCED: &str = "enforced in";
const TESTED: &str = "tested by";
const NO_TEST: [&str; 4] = ["not tested", "not stopped", "not addressed", "outside"];

/// The extensions of files that hold tests.
const SOURCES: [&str; 4] = ["rs", "kt", "swift", "mjs"];
/// The list of scenarios, whose headings are names of tests.
const SCENARIOS: &str = "tests/scenarios.md";
/// Folders with cases. Each case is a test with the name of its file.
const CASES: [&str; 2] = ["tests/vectors/", "tests/approval/"];

/// The names of all tests: functions in Rust, Kotlin and Swift, names in JavaScript, rules that the
/// suites of this command check, cases, and scenarios.
pub(super) fn names(checkout: &Checkout) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for (file, text) in checkout.texts(&SOURCES)? {
        names.extend(names_in(&file, &text)?);
    }
    let cases = checkout.files(&["json"])?;
    for case in cases.iter().filter(|file| CASES.iter().any(|folder| file.starts_with(folder))) {
        names.extend(Path::new(case).file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.extend(names_in(SCENARIOS, &checkout.text(SCENARIOS)?)?);
    Ok(names)
}

/// A pattern for the names of tests, by the extension of the file. The rules that this command
/// checks are tests too.
const NAMES: [(&str, &str); 7] = [
    ("rs", r"#\[(?:\w+::)*test(?:\([^\]]*\))?\]\s*(?:(?:#\[[^\n]*\]|//[^\n]*)\s*)*(?:pub\S* )?(?:async )?fn (\w+)"),
    // The functions of the conformance suite of the store. A macro declares their tests.
    ("rs", r"pub\(in crate::store\) async fn (\w+)\(store: &Store\)"),
    ("rs", r#"\.(?:check|result)\(\s*"([^"]+)""#),
    ("kt", r"@Test\b[^\n]*\s(?:\s*@[^\n]*\s)*\s*(?:\w+ )*fun\s+(?:`([^`]+)`|(\w+))"),
    ("swift", r"\bfunc (test\w*)"),
    ("mjs", r#"\b(?:test|check)\("([^"]+)""#),
    ("md", r"(?m)^### (.+)$"),
];

/// The names of the tests in one file.
fn names_in(file: &str, text: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for (_, pattern) in NAMES.iter().filter(|(extension, _)| file.ends_with(&format!(".{extension}"))) {
        // Only one of two groups takes part in a match.
        names.extend(matches(pattern, text)?.iter().map(|names: &[&str; 2]| names.concat().trim().to_owned()));
    }
    Ok(names)
}

/// The wrong claims of a document, or `None` if it has no table with claims.
pub(super) fn wrong(root: &Path, tests: &BTreeSet<String>, text: &str) -> Option<Vec<String>> {
    let (mut fenced, mut head, mut wrong) = (false, None, None);
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let Some(inside) = line.strip_prefix('|').filter(|_| !fenced) else {
            head = None;
            continue;
        };
        let cells: Vec<&str> = inside.trim_end().trim_end_matches('|').split('|').map(str::trim).collect();
        let is_rule = cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':')));
        match &head {
            None => head = Some(cells),
            Some(head) if !is_rule => {
                if let Some(row) = wrong_row(root, tests, head, &cells) {
                    wrong.get_or_insert_with(Vec::new).extend(row);
                }
            }
            Some(_) => {}
        }
    }
    wrong
}

/// The wrong claims of a row, or `None` if its table makes no claims.
fn wrong_row(root: &Path, tests: &BTreeSet<String>, head: &[&str], cells: &[&str]) -> Option<Vec<String>> {
    let at = |title| head.iter().position(|cell| *cell == title);
    let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
    let (enforced, tested) = (cell(at(ENFORCED)?), cell(at(TESTED)?));
    let (files, named) = (in_backticks(enforced), in_backticks(tested));
    let silent = named.is_empty() && !NO_TEST.iter().any(|words| tested.contains(words));
    let no_file = files.is_empty() && !named.is_empty();
    let files = files.iter().filter(|file| !root.join(file).is_file()).map(|file| format!("there is no file {file}"));
    let named = named.iter().filter(|test| !tests.contains(**test)).map(|test| format!("there is no test {test}"));
    let silent = silent.then(|| "it names no test and does not say why".to_owned());
    let no_file = no_file.then(|| "it names tests and no file".to_owned());
    let wrong = files.chain(named).chain(silent).chain(no_file);
    Some(wrong.map(|wrong| format!("{}: {wrong}", cell(0))).collect())
}

fn in_backticks(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> BTreeSet<String> {
        [
            ("a.rs", "#[tokio::test]\nasync fn in_rust() {}\nfn helper() {}\ntally.check(\"a rule\", &[])"),
            ("b.kt", "@Test\nfun `in Kotlin, too`() {}\n@Suppress(\"x\")\nfun other() {}"),
            ("c.swift", "func testInSwift() {}\nfunc helper() {}"),
            ("d.mjs", "test(\"in a page\", async () => {});\ncheck(\"a step\", true);"),
            ("e.md", "### a_scenario\ntext"),
        ]
        .iter()
        .flat_map(|(file, text)| names_in(file, text).unwrap())
        .collect()
    }

    #[test]
    fn only_tests_are_found_in_every_language() {
        let expected = ["a rule", "a step", "a_scenario", "in Kotlin, too", "in a page", "in_rust", "testInSwift"];
        assert_eq!(found().into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn missing_test_missing_file_and_silence_are_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.rs"), "").unwrap();
        let wrong = |enforced, tested| {
            let table = format!("| threat | enforced in | tested by |\n|---|:--|---|\n| T | {enforced} | {tested} |\n");
            wrong(folder.path(), &found(), &table).unwrap().join("; ")
        };
        for (enforced, tested, expected) in [
            ("`a.rs`", "`in_rust`, `in Kotlin, too`, `a_scenario`", ""),
            ("`a.rs`", "**not tested**", ""),
            ("", "**not addressed**: the reason", ""),
            ("the bank", "outside: the bank", ""),
            ("`a.rs`", "`in_rust`, `gone`", "T: there is no test gone"),
            ("`a.rs`", "`helper`", "T: there is no test helper"),
            ("`gone.rs`", "`in_rust`", "T: there is no file gone.rs"),
            ("`a.rs`", "", "T: it names no test and does not say why"),
            ("somewhere", "`in_rust`", "T: it names tests and no file"),
        ] {
            assert_eq!(wrong(enforced, tested), expected);
        }
        assert!(super::wrong(folder.path(), &found(), "| a | b |\n|---|---|\n| `x` | `y` |\n").is_none());
    }
}
