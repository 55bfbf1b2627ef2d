//! `cargo xtask vectors`: every vector there is, and every change of a message. The core's test target `vectors` runs them and
//! says each row of this report as a line of its own; here they become a table.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::checkout::Checkout;
use crate::job;
use crate::prose;
use crate::tally::{Tally, read_counts};

/// A cold build is part of it, on a machine with two cores.
const BOUND: Duration = Duration::from_secs(45 * 60);
/// What stands before a row in the output of a test.
const MARK: &str = "vectors {";
/// Makes the core's test add the cases that have no file yet.
const ADDING: &str = "COUNTERSIGN_VECTORS_ADD";

/// Runs them all, after adding what is missing if that is asked for. Returns whether nothing failed.
pub(crate) fn run(checkout: &Checkout, generate: bool, as_json: bool) -> bool {
    let mut cargo = checkout.cargo(["test", "-p", "countersign-core", "--test", "vectors", "--", "--nocapture"]);
    if generate {
        cargo.env(ADDING, "1").args(["--exact", "frozen::no_published_case_changes_or_goes"]);
    }
    let (rows, tally) = match job::stream(&mut cargo, BOUND, checkout.prose) {
        Ok(ended) => {
            let mut tally = read_counts(&ended.stdout).unwrap_or_default();
            if !ended.status.success() && tally.failed == 0 {
                tally.fail("the vectors did not get to the end");
            }
            (rows(&ended.stdout), tally)
        }
        Err(problem) => (Vec::new(), Tally::failed(problem.to_string())),
    };
    let green = tally.green(true);
    if as_json {
        let counts = [("ok", json!(green)), ("tests", tally.json()), ("rows", json!(rows))];
        prose::document(&Value::Object(Map::from_iter(counts.map(|(name, value)| (name.to_owned(), value)))));
    }
    for line in tables(&rows) {
        checkout.prose.line(&line);
    }
    tally.say_notes(checkout.prose);
    checkout.prose.line(&tally.closing_line());
    green
}

/// The rows that tests said, in the order of their sets and names.
fn rows(output: &str) -> Vec<Value> {
    let said = output.lines().filter_map(|line| line.find(MARK).and_then(|at| line.get(at + MARK.len() - 1..)));
    let mut rows: Vec<Value> = said.filter_map(|row| serde_json::from_str(row).ok()).collect();
    rows.sort_by_key(|row| (text(row, "set"), text(row, "name")));
    rows
}

fn text(row: &Value, name: &str) -> String {
    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A set of rows as a table.
struct Table {
    set: &'static str,
    heading: &'static str,
    columns: &'static [&'static str],
    /// Whether its rows add up to something.
    summed: bool,
}

const TABLES: [Table; 4] = [
    Table { set: "adp1", heading: "our own cases, by kind", columns: &["good", "bad"], summed: true },
    Table {
        set: "wycheproof",
        heading: "Project Wycheproof",
        columns: &["valid", "acceptable", "invalid", "wrong"],
        summed: false,
    },
    Table { set: "rfc", heading: "examples of RFCs", columns: &[], summed: false },
    Table {
        set: "changes",
        heading: "changes of a good message: none may be accepted",
        columns: &["bytes", "flips", "flips_no_text", "prefixes", "suffixes", "added", "accepted"],
        summed: true,
    },
];

fn tables(rows: &[Value]) -> Vec<String> {
    let mut lines = Vec::new();
    for Table { set, heading, columns, summed } in TABLES {
        let rows: Vec<&Value> = rows.iter().filter(|row| text(row, "set") == set).collect();
        if rows.is_empty() {
            continue;
        }
        let line = |first: &str, counts: Vec<String>, last: &str| {
            let cells = counts.iter().fold(String::new(), |cells, count| format!("{cells} {count} |"));
            format!("| {first} |{cells} {last} |")
        };
        let count = |row: &Value, column: &str| row.get(column).and_then(Value::as_u64).unwrap_or_default();
        lines.push(format!("\n== {heading}"));
        lines.push(line("", columns.iter().map(ToString::to_string).collect(), ""));
        lines.push(format!("|---|{}---|", "---:|".repeat(columns.len())));
        for row in &rows {
            let counts = columns.iter().map(|column| count(row, column).to_string()).collect();
            lines.push(line(&text(row, "name"), counts, &remark(row)));
        }
        if summed {
            let sum = |column: &&str| rows.iter().map(|row| count(row, column)).sum::<u64>().to_string();
            lines.push(line("all", columns.iter().map(sum).collect(), ""));
        }
    }
    lines
}

/// What an example shows, and where we are stricter than a set and why.
fn remark(row: &Value) -> String {
    let stricter = row.get("stricter").and_then(Value::as_object);
    let reasons = stricter.into_iter().flatten().map(|(reason, count)| format!("{count} refused: {reason}"));
    reasons.chain(Some(text(row, "shows"))).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "test own::x ... vectors {\"set\":\"adp1\",\"name\":\"request\",\"good\":2,\"bad\":3}\n\
        vectors {\"set\":\"adp1\",\"name\":\"offer\",\"good\":1,\"bad\":4}\n\
        vectors {\"set\":\"wycheproof\",\"name\":\"E\",\"valid\":5,\"stricter\":{\"high s\":2}}\nok\n";

    #[test]
    fn rows_are_found_beside_what_cargo_says_and_summed() {
        let rows = rows(OUTPUT);
        assert_eq!(rows.len(), 3);
        let lines = tables(&rows);
        assert!(lines.contains(&"| request | 2 | 3 |  |".to_owned()), "{lines:?}");
        assert!(lines.contains(&"| all | 3 | 7 |  |".to_owned()), "{lines:?}");
        assert!(lines.contains(&"| E | 5 | 0 | 0 | 0 | 2 refused: high s |".to_owned()), "{lines:?}");
    }
}
