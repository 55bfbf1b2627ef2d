//! `cargo xtask crash`: the phone's process killed before and after each thing that it does to the world. The tests of
//! `core/tests/device/killed.rs` say a line for each operation; here the lines become a table.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::job;
use crate::prose;
use crate::tally::{Tally, read_counts};

/// A cold build is part of it, on a machine with two cores.
const BOUND: Duration = Duration::from_secs(45 * 60);
/// What stands before a row in the output of a test.
const MARK: &str = "CRASH ";
/// Each operation that must have been killed. One whose test fails says no line: something was lost or doubled.
const OPERATIONS: [&str; 9] =
    ["enrol", "receive", "approve", "deny", "refresh", "change push address", "rotate", "rotate all", "unenrol"];

/// An operation, and what its kills came to.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    operation: String,
    points: u64,
    lost: u64,
    doubled: u64,
}

/// Kills at every point. Returns whether nothing was lost or doubled, and every operation was killed somewhere.
pub(crate) fn run(checkout: &Checkout, as_json: bool) -> bool {
    let arguments =
        ["test", "-p", "countersign-core", "--test", "device", "killed::", "--", "--nocapture", "--test-threads=1"];
    let (rows, mut tally) = match job::capture(&mut checkout.cargo(arguments), BOUND) {
        Ok(ended) => {
            let mut tally = read_counts(&ended.stdout).unwrap_or_default();
            if !ended.status.success() {
                tally.fail(format!("the kills did not get to the end:\n{}", ended.last_words()));
            }
            (rows(&ended.stdout), tally)
        }
        Err(problem) => (Vec::new(), Tally::failed(problem.to_string())),
    };
    for problem in problems(&rows) {
        tally.fail(problem);
    }
    let green = tally.green(true);
    checkout.prose.line("| operation | points killed | lost | doubled |");
    checkout.prose.line("|---|---:|---:|---:|");
    for Row { operation, points, lost, doubled } in &rows {
        checkout.prose.line(&format!("| {operation} | {points} | {lost} | {doubled} |"));
    }
    let points: u64 = rows.iter().map(|row| row.points).sum();
    checkout.prose.line(&format!("{points} points of {} operations", rows.len()));
    tally.say_notes(checkout.prose);
    if as_json {
        let row = |row: &Row| json!({ "operation": row.operation, "points": row.points, "lost": row.lost, "doubled": row.doubled });
        let rows: Vec<Value> = rows.iter().map(row).collect();
        prose::document(&json!({ "ok": green, "points": points, "operations": rows, "tests": tally.json() }));
    }
    green
}

/// `CRASH approve: 12 points, 0 lost, 0 doubled`, also behind the name of the test that says it.
fn rows(output: &str) -> Vec<Row> {
    let row = |line: &str| {
        let (_, said) = line.split_once(MARK)?;
        let (operation, counts) = said.split_once(": ")?;
        let mut numbers = counts.split(", ").map(|count| count.split(' ').next()?.parse().ok());
        let (points, lost, doubled) = (numbers.next()??, numbers.next()??, numbers.next()??);
        Some(Row { operation: operation.to_owned(), points, lost, doubled })
    };
    let mut rows: Vec<Row> = output.lines().filter_map(row).collect();
    rows.sort_by_key(|row| OPERATIONS.iter().position(|operation| *operation == row.operation));
    rows
}

fn problems(rows: &[Row]) -> Vec<String> {
    let mut problems = Vec::new();
    for operation in OPERATIONS {
        if !rows.iter().any(|row| row.operation == operation && row.points > 0) {
            problems.push(format!("{operation}: killed nowhere to its end, so something may be lost or doubled"));
        }
    }
    for row in rows {
        if row.lost > 0 || row.doubled > 0 {
            problems.push(format!("{}: {} lost, {} doubled", row.operation, row.lost, row.doubled));
        }
        if !OPERATIONS.contains(&row.operation.as_str()) {
            problems.push(format!("{}: an operation that this command does not know", row.operation));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_also_behind_the_name_of_its_test() {
        let output = "test killed::a ... CRASH approve: 12 points, 0 lost, 1 doubled\nok\nCRASH enrol: 24 points, 0 lost, 0 doubled\n";
        let read = rows(output);
        assert_eq!((read.len(), &*read[0].operation, read[0].points, read[1].doubled), (2, "enrol", 24, 1));
    }

    #[test]
    fn what_is_lost_doubled_or_never_killed_is_a_problem() {
        let row = |operation: &str, points, lost, doubled| Row { operation: operation.into(), points, lost, doubled };
        let good = || OPERATIONS.map(|operation| row(operation, 10, 0, 0));
        assert_eq!(problems(&good()), Vec::<String>::new());
        for (points, lost, doubled) in [(0, 0, 0), (10, 1, 0), (10, 0, 1)] {
            let mut rows = good();
            rows[2] = row(OPERATIONS[2], points, lost, doubled);
            assert_eq!(problems(&rows).len(), 1);
        }
        assert_eq!(problems(&good()[1..]).len(), 1);
    }
}
