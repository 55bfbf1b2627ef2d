//! What a suite found: counts, and a line for everything that did not pass.

use serde_json::{Value, json};

use crate::prose::Prose;

/// The counts of one suite. Every failed or skipped test that is known by name has a line in `notes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
    pub(crate) notes: Vec<String>,
}

impl Tally {
    /// One passed test.
    pub(crate) fn pass(&mut self) {
        self.passed += 1;
    }

    /// One failed test, and why.
    pub(crate) fn fail(&mut self, why: impl Into<String>) {
        self.failed += 1;
        self.notes.push(format!("failed: {}", why.into()));
    }

    /// One test that could not run, and what is missing.
    pub(crate) fn skip(&mut self, why: impl Into<String>) {
        self.skipped += 1;
        self.notes.push(format!("skipped: {}", why.into()));
    }

    /// A tally of one test: passed when nothing is wrong, else failed with every line of `wrong` as the reason.
    pub(crate) fn one(what: &str, wrong: &[String]) -> Self {
        let mut tally = Self::default();
        if wrong.is_empty() {
            tally.pass();
        } else {
            tally.fail(format!("{what}\n  {}", wrong.join("\n  ")));
        }
        tally
    }

    /// A tally of one test that could not run.
    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        let mut tally = Self::default();
        tally.skip(why);
        tally
    }

    /// A tally of one failed test.
    pub(crate) fn failed(why: impl Into<String>) -> Self {
        let mut tally = Self::default();
        tally.fail(why);
        tally
    }

    /// Adds another tally to this one.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.notes.extend(other.notes);
    }

    /// Whether a suite that must run everything is content.
    pub(crate) fn green(&self, require_all: bool) -> bool {
        self.failed == 0 && !(require_all && self.skipped > 0)
    }

    /// The closing line of every command that counts tests.
    pub(crate) fn closing_line(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }

    /// Says every note.
    pub(crate) fn say_notes(&self, prose: Prose) {
        for note in &self.notes {
            prose.line(note);
        }
    }

    /// The counts and notes as JSON.
    pub(crate) fn json(&self) -> Value {
        json!({ "passed": self.passed, "failed": self.failed, "skipped": self.skipped, "notes": self.notes })
    }
}

/// Reads the closing counts that test runners print: cargo's `test result:` lines (one a test binary), the summary
/// of `node --test`, and a plain `N passed, N failed`. `None` when the output holds none of them.
pub(crate) fn read_counts(output: &str) -> Option<Tally> {
    let mut sum: Option<Tally> = None;
    for line in output.lines() {
        let line = line.trim();
        let counted = line.strip_prefix("test result:").map(cargo_counts).or_else(|| node_count(line)).or_else(|| {
            let plain = plain_counts(line)?;
            Some(plain)
        });
        if let Some(counted) = counted {
            sum.get_or_insert_with(Tally::default).add(counted);
        }
    }
    sum
}

/// ` ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.1s`
fn cargo_counts(rest: &str) -> Tally {
    let rest = rest.split_once(". ").map_or(rest, |(_, counts)| counts);
    let mut tally = Tally::default();
    for part in rest.split(';') {
        match part.trim().split_once(' ') {
            Some((number, "passed")) => tally.passed += number.parse().unwrap_or(0),
            Some((number, "failed")) => tally.failed += number.parse().unwrap_or(0),
            Some((number, "ignored")) => tally.skipped += number.parse().unwrap_or(0),
            _ => {}
        }
    }
    tally
}

/// `# pass 12` in TAP, `ℹ pass 12` in node's own form.
fn node_count(line: &str) -> Option<Tally> {
    let rest = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?;
    let (word, number) = rest.split_once(' ')?;
    let number = number.parse().ok()?;
    let mut tally = Tally::default();
    match word {
        "pass" => tally.passed = number,
        "fail" | "cancelled" => tally.failed = number,
        "skipped" | "todo" => tally.skipped = number,
        _ => return None,
    }
    Some(tally)
}

/// `12 passed, 0 failed`, `12 passed, 0 failed, 1 skipped`.
fn plain_counts(line: &str) -> Option<Tally> {
    let mut tally = Tally::default();
    let mut words = 0;
    for part in line.split(", ") {
        let (number, word) = part.split_once(' ')?;
        let number = number.parse().ok()?;
        match word {
            "passed" => tally.passed = number,
            "failed" => tally.failed = number,
            "skipped" => tally.skipped = number,
            _ => return None,
        }
        words += 1;
    }
    (words >= 2).then_some(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32, skipped: u32) -> Option<Tally> {
        Some(Tally { passed, failed, skipped, notes: Vec::new() })
    }

    #[test]
    fn every_line_of_cargo_counts() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            noise: 9 passed\n\
            test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.01s\n";
        assert_eq!(read_counts(output), counts(5, 1, 1));
    }

    #[test]
    fn node_counts_in_both_forms() {
        assert_eq!(read_counts("# tests 4\n# pass 3\n# fail 1\n# cancelled 0\n# skipped 0\n"), counts(3, 1, 0));
        assert_eq!(read_counts("ℹ tests 4\nℹ pass 3\nℹ fail 0\nℹ cancelled 1\nℹ skipped 2\n"), counts(3, 1, 2));
    }

    #[test]
    fn the_plain_closing_line_counts() {
        assert_eq!(read_counts("ok   a\n10 passed, 2 failed\n"), counts(10, 2, 0));
        assert_eq!(read_counts("10 passed, 0 failed, 3 skipped\n"), counts(10, 0, 3));
    }

    #[test]
    fn output_without_counts_is_no_result() {
        assert_eq!(read_counts("error: could not compile `x`\n3 passed\nall is well, 3 failed tries\n"), None);
    }

    #[test]
    fn a_skip_is_red_only_where_all_is_required() {
        let tally = Tally::skipped("no chromium");
        assert!(tally.green(false));
        assert!(!tally.green(true));
    }
}
