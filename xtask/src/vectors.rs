//! `cargo xtask vectors`: every test vector and every mutation of a message. The core's test target
//! `vectors` runs them and prints a JSON object for each row of this report.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use crate::checkout::Checkout;
use crate::read::{matches, number, text};
use crate::report::{Report, table};
use crate::suites::rust;

/// A row in the output of a test.
const ROW: &str = r"vectors (\{.*)";
/// Makes the core's test write the cases that have no file yet.
const GENERATE: &str = "COUNTERSIGN_VECTORS_ADD";
/// The sets, each with its heading and whether its rows are added up.
const SETS: [(&str, &str, bool); 4] = [
    ("adp1", "our own cases, by kind", true),
    ("wycheproof", "Project Wycheproof", false),
    ("rfc", "examples of RFCs", false),
    ("changes", "mutations of a valid message: none may be accepted", true),
];

/// Runs all vectors. With `generate` only the test that writes missing files runs.
pub(crate) fn run(checkout: &Checkout, generate: bool) -> Result<Report> {
    let filter = if generate { "test(=frozen::no_published_case_changes_or_goes)" } else { "all()" };
    let arguments = ["-p", "countersign-core", "--test", "vectors", "-E", filter];
    let junit = rust::nextest(checkout, &arguments, if generate { &[(GENERATE, "1")] } else { &[] })?;
    let rows = rows(&junit.output)?;
    let mut report = Report::default();
    SETS.iter().flat_map(|set| lines(set, &rows)).for_each(|line| report.line(line));
    report.value("rows", rows);
    report.tests(&junit.tally, true);
    Ok(report)
}

/// The rows in the output of the tests, by set and name.
fn rows(output: &str) -> Result<Vec<Value>> {
    let rows = matches(ROW, output)?.into_iter();
    let mut rows: Vec<Value> = rows.filter_map(|[row]| serde_json::from_str(row).ok()).collect();
    rows.sort_by_key(|row| (text(row, "set").to_owned(), text(row, "name").to_owned()));
    Ok(rows)
}

/// The table of a set: a column for each count in any of its rows.
fn lines((set, heading, summed): &(&str, &str, bool), rows: &[Value]) -> Vec<String> {
    let rows: Vec<&Value> = rows.iter().filter(|row| text(row, "set") == *set).collect();
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, value) in rows.iter().filter_map(|row| row.as_object()).flatten() {
        if let Some(count) = value.as_u64() {
            *sums.entry(name).or_default() += count;
        }
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let columns: Vec<&str> = ["name"].into_iter().chain(sums.keys().copied()).chain(["remark"]).collect();
    let row = |row: &&Value| {
        let count = |name: &&str| number(row, name).into();
        [vec![text(row, "name").into()], sums.keys().map(count).collect(), vec![remark(row).into()]].concat()
    };
    let mut cells: Vec<Vec<Value>> = rows.iter().map(row).collect();
    if *summed {
        cells.push([vec!["all".into()], sums.values().copied().map(Value::from).collect(), vec!["".into()]].concat());
    }
    [vec![format!("\n== {heading}")], table(&columns, &cells)].concat()
}

/// The subject of an example, and the cases in which we are stricter than a set.
fn remark(row: &Value) -> String {
    let stricter = row.get("stricter").and_then(Value::as_object);
    let reasons = stricter.into_iter().flatten().map(|(reason, count)| format!("{count} rejected: {reason}"));
    reasons.chain([text(row, "shows").to_owned()]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "test own::x ... vectors {\"set\":\"adp1\",\"name\":\"request\",\"good\":2,\"bad\":3}\n\
        vectors {\"set\":\"adp1\",\"name\":\"offer\",\"good\":1,\"bad\":4}\n\
        vectors {\"set\":\"wycheproof\",\"name\":\"E\",\"valid\":5,\"stricter\":{\"high s\":2}}\nok\n";

    #[test]
    fn rows_are_found_in_the_output_and_summed() {
        let rows = rows(OUTPUT).unwrap();
        let all: Vec<String> = SETS.iter().flat_map(|set| lines(set, &rows)).collect();
        for line in ["| request | 3 | 2 |  |", "| all | 7 | 3 |  |", "| E | 5 | 2 rejected: high s |"] {
            assert!(all.contains(&line.to_owned()), "{all:?}");
        }
    }
}
