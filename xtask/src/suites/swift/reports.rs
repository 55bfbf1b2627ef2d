//! What XCTest says of each test, on Linux and on a Mac.

use crate::tally::Tally;

/// Counts the tests of one output. Its own totals count assertions that failed, not tests.
pub(super) fn read(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines() {
        let Some((name, rest)) = line.strip_prefix("Test Case '").and_then(|rest| rest.split_once("' ")) else {
            continue;
        };
        if rest.starts_with("passed") {
            tally.pass();
        } else if rest.starts_with("failed") {
            tally.fail(name);
        } else if rest.starts_with("skipped") {
            tally.skip(name);
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_counts_once() {
        let output = "Test Suite 'All tests' started at 2026-01-01 00:00:00.000\n\
            Test Case 'LeakTests.testA' started at 2026-01-01 00:00:00.000\n\
            Test Case 'LeakTests.testA' passed (0.1 seconds)\n\
            a.swift:3: error: LeakTests.testB : XCTAssertEqual failed: (\"1\") is not equal to (\"2\") -\n\
            a.swift:4: error: LeakTests.testB : XCTAssertEqual failed: (\"1\") is not equal to (\"2\") -\n\
            Test Case 'LeakTests.testB' failed (0.1 seconds)\n\
            Test Case '-[Tests.LeakTests testC]' skipped (0.0 seconds).\n\
            Executed 3 tests, with 1 test skipped and 2 failures (0 unexpected) in 0.2 (0.2) seconds\n";
        let tally = read(output);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 1, 1));
        assert_eq!(tally.notes, ["failed: LeakTests.testB", "skipped: -[Tests.LeakTests testC]"]);
    }
}
