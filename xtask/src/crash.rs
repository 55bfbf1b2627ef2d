//! `cargo xtask crash`: kills the phone's process before and after each of its side effects. The
//! tests in `core/tests/device/killed.rs` print a line for each operation; this command prints them
//! as a table.

use anyhow::Result;
use serde_json::Value;

use crate::checkout::Checkout;
use crate::read::matches;
use crate::report::Report;
use crate::suites::rust;

/// A row in the output of a test: an operation, the points at which it was killed, and the effects
/// that were lost or doubled.
const ROW: &str = r"CRASH (.+): (\d+) points, (\d+) lost, (\d+) doubled";
/// The operations that must be killed. An operation whose test fails prints no line.
const OPERATIONS: [&str; 9] =
    ["enrol", "receive", "approve", "deny", "refresh", "change push address", "rotate", "rotate all", "unenrol"];

/// Succeeds if nothing was lost or doubled and every operation was killed.
pub(crate) fn run(checkout: &Checkout) -> Result<Report> {
    let arguments = ["-p", "countersign-core", "--test", "device", "-E", "test(/^killed::/)"];
    let junit = rust::nextest(checkout, &arguments, &[])?;
    let (rows, mut tally) = (rows(&junit.output)?, junit.tally);
    wrong(&rows).into_iter().for_each(|wrong| tally.fail(wrong));
    let row = |(operation, counts): &Row| [vec![operation.as_str().into()], counts.map(Value::from).into()].concat();
    let rows: Vec<Vec<Value>> = rows.iter().map(row).collect();
    let mut report = Report::default();
    report.table("operations", &["operation", "points killed", "lost", "doubled"], &rows);
    report.tests(&tally, true);
    Ok(report)
}

type Row = (String, [u64; 3]);

fn rows(output: &str) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for [operation, counts @ ..] in matches::<4>(ROW, output)? {
        let [points, lost, doubled] = counts.map(str::parse);
        rows.push((operation.to_owned(), [points?, lost?, doubled?]));
    }
    rows.sort_by_key(|(row, _)| OPERATIONS.iter().position(|operation| operation == row));
    Ok(rows)
}

fn wrong(rows: &[Row]) -> Vec<String> {
    let killed = |operation: &str| rows.iter().any(|(row, [points, ..])| row == operation && *points > 0);
    let missing = OPERATIONS.iter().filter(|operation| !killed(operation));
    let mut wrong: Vec<String> = missing.map(|operation| format!("{operation}: not killed at every point")).collect();
    for (operation, [_, lost, doubled]) in rows {
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
        let good = rows(&all("10 points, 0 lost, 0 doubled")).unwrap();
        assert_eq!((good.len(), wrong(&good)), (OPERATIONS.len(), Vec::new()));
        assert_eq!(wrong(&good[1..]), ["enrol: not killed at every point"]);
        assert_eq!(wrong(&rows(&all("10 points, 1 lost, 0 doubled")).unwrap()).len(), OPERATIONS.len());
        let other = rows("CRASH other: 1 points, 0 lost, 0 doubled").unwrap();
        assert_eq!(wrong(&[good, other].concat()).len(), 1);
    }
}
