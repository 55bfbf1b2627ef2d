//! `cargo xtask loc`: the lines of each part of the tree.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use crate::checkout::Checkout;
use crate::report::Report;

const EXTENSIONS: [&str; 10] = ["rs", "kt", "swift", "sql", "html", "css", "js", "mjs", "py", "md"];

/// Counts files, lines and lines that are not blank, by top-level folder and extension.
pub(crate) fn run(checkout: &Checkout) -> Result<Report> {
    let mut parts: BTreeMap<(String, String), [usize; 3]> = BTreeMap::new();
    for (file, text) in checkout.texts(&EXTENSIONS)? {
        let part = file.split_once('/').map_or(".", |(part, _)| part).to_owned();
        let extension = file.rsplit('.').next().unwrap_or_default().to_owned();
        let [files, lines, filled] = parts.entry((part, extension)).or_default();
        *files += 1;
        *lines += text.lines().count();
        *filled += text.lines().filter(|line| !line.trim().is_empty()).count();
    }
    let row = |((part, extension), counts): (&(String, String), &[usize; 3])| {
        [vec![part.as_str().into(), extension.as_str().into()], counts.map(Value::from).into()].concat()
    };
    let rows: Vec<Vec<Value>> = parts.iter().map(row).collect();
    let mut report = Report::default();
    report.table("parts", &["part", "language", "files", "lines", "not blank"], &rows);
    Ok(report)
}
