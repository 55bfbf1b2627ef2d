//! Tables that claim something of the code: a column `enforced in` names files, a column `tested by` names tests, both in
//! backticks. Each file and each test is there, and a row that names no test says why: `not tested`, `not stopped`, or `outside`
//! where somebody else has to do it.

use std::collections::BTreeSet;
use std::path::Path;

const ENFORCED: &str = "enforced in";
const TESTED: &str = "tested by";
const NO_TEST: [&str; 3] = ["not tested", "not stopped", "outside"];

/// The extensions of files that hold tests.
pub(super) const SOURCES: [&str; 4] = ["rs", "kt", "swift", "mjs"];

/// The list of scenarios, whose headings are names of tests.
pub(super) const SCENARIOS: &str = "tests/scenarios.md";

/// The folder of published cases, each of which is a test with the name of its file.
pub(super) const CASES: &str = "tests/vectors";

/// The names of all tests in these files: functions in Rust, Kotlin and Swift, names given in JavaScript, the rules that the
/// suites of this command check, published cases, and scenarios.
pub(super) fn names<'a>(files: impl IntoIterator<Item = &'a Path>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
            "rs" => {
                names.extend(marked(&text, "#[", "test", "fn "));
                names.extend(quoted(&text, &["outcome(\"", "Tally::one(\""]));
            }
            "kt" => names.extend(marked(&text, "@", "Test", "fun ")),
            "swift" => names.extend(
                text.lines().filter_map(|line| name_after(line, "func ")).filter(|name| name.starts_with("test")),
            ),
            "mjs" => names.extend(quoted(&text, &["test(\"", "check(\""])),
            "json" => names.extend(file.file_stem().map(|name| name.to_string_lossy().into_owned())),
            _ => names
                .extend(text.lines().filter_map(|line| line.strip_prefix("### ")).map(|name| name.trim().to_owned())),
        }
    }
    names
}

/// What is wrong in the tables of a document; `None` if it has no such table.
pub(super) fn broken(root: &Path, tests: &BTreeSet<String>, text: &str) -> Option<Vec<String>> {
    let rows = rows(text);
    (!rows.is_empty()).then(|| rows.iter().flat_map(|row| row.wrong(root, tests)).collect())
}

/// A row of a table with such columns.
struct Row {
    first: String,
    files: Vec<String>,
    tests: Vec<String>,
    says_why_not: bool,
}

impl Row {
    fn of(head: &[String], cells: &[String]) -> Option<Self> {
        let column = |title: &str| head.iter().position(|cell| cell == title);
        let (enforced, tested) = (column(ENFORCED)?, column(TESTED)?);
        let cell = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
        Some(Self {
            first: cell(0).to_owned(),
            files: in_backticks(cell(enforced)),
            tests: in_backticks(cell(tested)),
            says_why_not: NO_TEST.iter().any(|words| cell(tested).contains(words)),
        })
    }

    fn wrong(&self, root: &Path, tests: &BTreeSet<String>) -> Vec<String> {
        let row = &self.first;
        let mut wrong = Vec::new();
        for file in self.files.iter().filter(|file| !root.join(file).is_file()) {
            wrong.push(format!("{row}: there is no file {file}"));
        }
        for test in self.tests.iter().filter(|test| !tests.contains(*test)) {
            wrong.push(format!("{row}: there is no test {test}"));
        }
        if self.tests.is_empty() && !self.says_why_not {
            wrong.push(format!("{row}: it names no test and does not say why"));
        }
        if self.files.is_empty() && !self.tests.is_empty() {
            wrong.push(format!("{row}: it names tests and no file"));
        }
        wrong
    }
}

fn rows(text: &str) -> Vec<Row> {
    let (mut fenced, mut head, mut rows) = (false, None::<Vec<String>>, Vec::new());
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let Some(inside) = line.strip_prefix('|').filter(|_| !fenced) else {
            head = None;
            continue;
        };
        let cells: Vec<String> =
            inside.trim_end().trim_end_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        match &head {
            None => head = Some(cells),
            Some(_) if cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':'))) => {}
            Some(head) => rows.extend(Row::of(head, &cells)),
        }
    }
    rows
}

fn in_backticks(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The names of functions that stand below a mark, such as `#[tokio::test]` or `@Test`.
fn marked(text: &str, opening: &str, mark: &str, keyword: &str) -> Vec<String> {
    let (mut waits, mut names) = (false, Vec::new());
    for line in text.lines().map(str::trim) {
        waits |= line.strip_prefix(opening).is_some_and(|attribute| is_mark(attribute, mark));
        if let Some(name) = name_after(line, keyword) {
            if waits {
                names.push(name);
            }
            waits = false;
        }
    }
    names
}

/// Whether an attribute is this mark, with or without a path before it and arguments after it.
fn is_mark(attribute: &str, mark: &str) -> bool {
    let path = attribute.split(['(', ']', ' ']).next().unwrap_or_default();
    path.rsplit("::").next() == Some(mark)
}

/// The name that a declaration gives: an identifier, or words in backticks.
fn name_after(line: &str, keyword: &str) -> Option<String> {
    let at = line
        .find(keyword)
        .filter(|at| !line.starts_with("//") && !line.get(..*at).unwrap_or_default().contains('"'))?;
    let rest = line.get(at + keyword.len()..)?;
    let name = match rest.strip_prefix('`') {
        Some(words) => words.split('`').next()?.to_owned(),
        None => rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect(),
    };
    (!name.is_empty()).then_some(name)
}

/// The strings that stand behind these openings.
fn quoted(text: &str, openings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for opening in openings {
        found.extend(text.split(opening).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "a.rs",
            "#[tokio::test]\nasync fn in_rust() {}\nfn helper() {}\n// #[test] fn no() {}\nTally::one(\"a rule\", &[])",
        );
        write("b.kt", "@Test\nfun `in Kotlin, too`() {}\nfun helper() {}\n@Suppress(\"x\")\nfun other() {}");
        write("c.swift", "func testInSwift() {}\nfunc helper() {}");
        write("d.mjs", "test(\"in a page\", async () => {});\ncheck(\"a step\", true);");
        write("e.md", "### a_scenario\ntext");
        write("a-case.json", "{}");
        folder
    }

    fn found(folder: &Path) -> BTreeSet<String> {
        let files = ["a.rs", "b.kt", "c.swift", "d.mjs", "e.md", "a-case.json"].map(|name| folder.join(name));
        names(files.iter().map(std::path::PathBuf::as_path))
    }

    #[test]
    fn tests_of_every_language_are_found_and_nothing_else() {
        let expected =
            ["a rule", "a step", "a-case", "a_scenario", "in Kotlin, too", "in a page", "in_rust", "testInSwift"];
        assert_eq!(found(tree().path()).into_iter().collect::<Vec<_>>(), expected);
    }

    fn table(enforced: &str, tested: &str) -> String {
        format!("| threat | enforced in | tested by |\n|---|:--|---|\n| T | {enforced} | {tested} |\n")
    }

    #[test]
    fn a_table_whose_names_are_there_is_good() {
        let folder = tree();
        let tests = found(folder.path());
        let good = [
            table("`a.rs`, `b.kt`", "`in_rust`, `in Kotlin, too`, `a_scenario`"),
            table("`a.rs`", "**not tested**"),
            table("", "**not stopped**"),
            table("the bank", "outside: the bank"),
        ];
        for text in good {
            assert_eq!(broken(folder.path(), &tests, &text), Some(Vec::new()), "{text}");
        }
        let others =
            ["| a | b |\n|---|---|\n| `x` | `y` |\n".to_owned(), format!("```\n{}```\n", table("`gone`", "`gone`"))];
        for text in others {
            assert_eq!(broken(folder.path(), &tests, &text), None, "{text}");
        }
    }

    #[test]
    fn a_wrong_name_a_lost_file_and_silence_are_found() {
        let folder = tree();
        let tests = found(folder.path());
        let cases = [
            (table("`a.rs`", "`in_rust`, `gone`"), "T: there is no test gone"),
            (table("`a.rs`", "`helper`"), "T: there is no test helper"),
            (table("`gone.rs`", "`in_rust`"), "T: there is no file gone.rs"),
            (table("`a.rs`", ""), "T: it names no test and does not say why"),
            (table("somewhere", "`in_rust`"), "T: it names tests and no file"),
        ];
        for (text, expected) in cases {
            assert_eq!(broken(folder.path(), &tests, &text), Some(vec![expected.to_owned()]), "{text}");
        }
    }
}
