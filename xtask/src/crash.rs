//! `cargo xtask crash`: kills the phone's process before and after each of its side effects. The
//! tests in `core/tests/device/killed.rs` print a line for each operation; this command prints them
//! as a table.

use anyhow::Result;
use serde_json::Value;

use crate::checkout::Checkout;
use crate::report::Report;
use crate::suites::rust;

/// The prefix of a row in the output of a test.
const MARK: &str = "CRASH ";
/// The operations that must be killed. An operation whose test fails prints no line.
const OPERATIONS: [&str; 9] =
    ["enrol", "receive", "approve", "deny", "refresh", "change push address", "rotate", "rotate all", "unenrol"];

/// An operation: the points at which it was killed, and the effects that were lost or doubled.
#[derive(Clone, Debug)]
struct Row {
    operation: String,
    counts: [u64; 3],
}

/// Succeeds if nothing was lost or doubled and every operation was killed.
pub(crate) fn run(checkout: &Checkout) -> Result<Report> {
    let arguments = ["-p", "countersign-core", "--test", "device", "-E", "test(/^killed::/)"];
    let junit = rust::nextest(checkout, &arguments)?;
    let (rows, mut tally) = (rows(&junit.output), junit.tally);
    for wrong in wrong(&rows) {
        tally.fail(wrong);
    }
    let row = |row: &Row| [vec![row.operation.as_str().into()], row.counts.map(Value::from).into()].concat();
    let mut report = Report::default();
    report.table(
        "operations",
        &["operation", "points killed", "lost", "doubled"],
        &rows.iter().map(row).collect::<Vec<Vec<Value>>>(),
    );
    report.tests(&tally, true);
    Ok(report)
}

/// Reads `CRASH approve: 12 points, 0 lost, 0 doubled`.
fn rows(output: &str) -> Vec<Row> {
    let row = |line: &str| {
        let (operation, counts) = line.split_once(MARK)?.1.split_once(": ")?;
        let mut numbers = counts.split(", ").map(|count| count.split(' ').next()?.parse().ok());
        Some(Row { operation: operation.to_owned(), counts: [numbers.next()??, numbers.next()??, numbers.next()??] })
    };
    let mut rows: Vec<Row> = output.lines().filter_map(row).collect();
    rows.sort_by_key(|row| OPERATIONS.iter().position(|operation| *operation == row.operation));
    rows
}

fn wrong(rows: &[Row]) -> Vec<String> {
    let killed = |operation: &str| rows.iter().any(|row| row.operation == operation && row.counts.first() > Some(&0));
    let missing = OPERATIONS.iter().filter(|operation| !killed(operation));
    let mut wrong: Vec<String> = missing.map(|operation| format!("{operation}: not killed at every point")).collect();
    for Row { operation, counts: [_, lost, doubled] } in rows {
        if *lost > 0 || *doubled > 0 {
            wrong.push(format!("{operation}: {lost} lost, {doubled} doubled"));
        }
        if !OPERATIONS.contains(&operation.as_str()) {
            wrong.push(format!("{operation}: not in the list of operations"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_doubled_and_missing_operations_are_wrong() {
        let all = |counts: &str| -> String {
            OPERATIONS.iter().map(|it| format!("test killed::a ... CRASH {it}: {counts}\n")).collect()
        };
        let good = rows(&all("10 points, 0 lost, 0 doubled"));
        assert_eq!((good.len(), wrong(&good)), (OPERATIONS.len(), Vec::new()));
        assert_eq!(wrong(&good[1..]), ["enrol: not killed at every point"]);
        assert_eq!(wrong(&rows(&all("10 points, 1 lost, 0 doubled"))).len(), OPERATIONS.len());
        assert_eq!(wrong(&[good.as_slice(), &rows("CRASH other: 1 points, 0 lost, 0 doubled")].concat()).len(), 1);
    }
}
