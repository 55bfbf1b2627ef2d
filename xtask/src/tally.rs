//! The counts of a suite, with a line for every test that did not pass.

use anyhow::Result;
use thiserror::Error;

use crate::read::matches;

/// A program that is not installed and cannot be installed here, and the remedy.
#[derive(Debug, Error)]
#[error("{0} is not installed. {1}")]
pub(crate) struct Missing(pub(crate) String, pub(crate) String);

/// The counts of a suite. `notes` holds a line for every failed or skipped test whose name is
/// known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
    pub(crate) notes: Vec<String>,
}

impl Tally {
    pub(crate) fn pass(&mut self) {
        self.passed += 1;
    }

    pub(crate) fn fail(&mut self, why: impl Into<String>) {
        self.failed += 1;
        self.notes.push(format!("failed: {}", why.into()));
    }

    pub(crate) fn skip(&mut self, why: impl Into<String>) {
        self.skipped += 1;
        self.notes.push(format!("skipped: {}", why.into()));
    }

    /// Counts one test. It passes if `wrong` is empty; otherwise `wrong` is printed below its name.
    pub(crate) fn check(&mut self, name: &str, wrong: impl IntoIterator<Item = String>) {
        let wrong: String = wrong.into_iter().map(|line| format!("\n  {line}")).collect();
        if wrong.is_empty() { self.pass() } else { self.fail(format!("{name}{wrong}")) }
    }

    /// Counts one test. It passes if the result is `Ok`.
    pub(crate) fn result<T>(&mut self, name: &str, result: Result<T>) {
        match result {
            Ok(_) => self.pass(),
            Err(error) => self.fail(format!("{name}\n{error:#}")),
        }
    }

    /// A suite whose run may end early: skipped if a program is missing, failed for every other
    /// error.
    pub(crate) fn of(result: Result<Self>) -> Self {
        result.unwrap_or_else(|error| {
            let (mut tally, count) = (Self::default(), if error.is::<Missing>() { Self::skip } else { Self::fail });
            count(&mut tally, format!("{error:#}"));
            tally
        })
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.notes.extend(other.notes);
    }

    /// Returns whether nothing failed and, if `require_all`, nothing was skipped.
    pub(crate) fn ok(&self, require_all: bool) -> bool {
        self.failed == 0 && !(require_all && self.skipped > 0)
    }

    /// The closing line of every command that counts tests.
    pub(crate) fn closing_line(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }

    fn of_counts(counts: [&str; 3]) -> Self {
        let [passed, failed, skipped] = counts.map(|count| count.parse().unwrap_or_default());
        Self { passed, failed, skipped, notes: Vec::new() }
    }
}

/// Reads the counts that a script prints as `12 passed, 0 failed` or `12 passed, 0 failed, 1
/// skipped`. The last line counts.
pub(crate) fn plain_counts(output: &str) -> Result<Tally> {
    let found = matches(r"(?m)^\s*(\d+) passed, (\d+) failed(?:, (\d+) skipped\s*$)?", output)?;
    Ok(found.last().map(|counts| Tally::of_counts(*counts)).unwrap_or_default())
}

/// Adds up the lines `test result: ok. 12 passed; 0 failed; 1 ignored; …` of `cargo test`.
pub(crate) fn cargo_counts(output: &str) -> Result<Tally> {
    let mut tally = Tally::default();
    let found = matches(r"(?m)^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", output)?;
    found.into_iter().for_each(|counts| tally.add(Tally::of_counts(counts)));
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32, skipped: u32) -> Tally {
        Tally { passed, failed, skipped, notes: Vec::new() }
    }

    #[test]
    fn counts_of_every_test_binary_are_added() {
        let output = "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            noise: 9 passed\n\
            test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.01s\n";
        assert_eq!(cargo_counts(output).unwrap(), counts(5, 1, 1));
    }

    #[test]
    fn closing_line_of_a_script_is_counted() {
        assert_eq!(plain_counts("ok   a\n10 passed, 2 failed\n").unwrap(), counts(10, 2, 0));
        assert_eq!(plain_counts("10 passed, 0 failed, 3 skipped\n").unwrap(), counts(10, 0, 3));
        assert_eq!(
            plain_counts("error: could not compile `x`\n3 passed\nfine, 3 failed tries\n").unwrap(),
            counts(0, 0, 0)
        );
    }

    #[test]
    fn missing_program_is_a_skip_and_fails_only_if_all_is_required() {
        let tally = Tally::of(Err(Missing("chromium".into(), "Install it.".into()).into()));
        assert_eq!((tally.skipped, tally.failed, tally.ok(false), tally.ok(true)), (1, 0, true, false));
        assert_eq!(Tally::of(Err(anyhow::anyhow!("broken"))).failed, 1);
    }
}
