//! The result of a command: text for people and a JSON document for programs. Only this module
//! writes to the terminal.

use std::io::Write;

use serde_json::{Map, Value, json};

use crate::tally::Tally;

/// The stream for text: stdout, or stderr if stdout carries a JSON document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prose {
    Stdout,
    Stderr,
}

impl Prose {
    /// Writes one line. A closed terminal does not stop a test run, so a failed write is ignored.
    pub(crate) fn line(self, text: &str) {
        let _closed = match self {
            Self::Stdout => writeln!(std::io::stdout().lock(), "{text}"),
            Self::Stderr => writeln!(std::io::stderr().lock(), "{text}"),
        };
    }

    /// Announces a part of a run.
    pub(crate) fn heading(self, text: &str) {
        self.line(&format!("\n== {text}"));
    }
}

/// The result of a command: lines of text, and a JSON object with the same content.
#[derive(Debug, Default)]
pub(crate) struct Report {
    failed: bool,
    lines: Vec<String>,
    json: Map<String, Value>,
}

impl Report {
    /// A report of tests. A skipped test is a failure.
    pub(crate) fn of(tally: &Tally) -> Self {
        let mut report = Self::default();
        report.tests(tally, true);
        report
    }

    pub(crate) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Adds a line and makes the command fail.
    pub(crate) fn fail(&mut self, line: impl Into<String>) {
        self.failed = true;
        self.line(line);
    }

    /// Adds a member to the JSON object.
    pub(crate) fn value(&mut self, name: &str, value: impl Into<Value>) {
        self.json.insert(name.to_owned(), value.into());
    }

    /// Adds a table: Markdown in the text, an array of objects in the JSON object.
    pub(crate) fn table(&mut self, name: &str, columns: &[&str], rows: &[Vec<Value>]) {
        self.lines.extend(table(columns, rows));
        let object = |row: &Vec<Value>| columns.iter().map(|it| (*it).to_owned()).zip(row.iter().cloned()).collect();
        self.value(name, rows.iter().map(|row| Value::Object(object(row))).collect::<Vec<_>>());
    }

    /// Adds the counts of tests. A failed test makes the command fail, and with `require_all` a
    /// skipped one too.
    pub(crate) fn tests(&mut self, tally: &Tally, require_all: bool) {
        self.failed |= !tally.ok(require_all);
        self.lines.extend(tally.notes.iter().cloned().chain([tally.closing_line()]));
        let Tally { passed, failed, skipped, notes } = tally;
        self.value("tests", json!({ "passed": passed, "failed": failed, "skipped": skipped, "notes": notes }));
    }

    /// Prints the text and, if `as_json`, the JSON object on stdout. Returns whether the command
    /// succeeded.
    pub(crate) fn print(mut self, prose: Prose, as_json: bool) -> bool {
        if as_json {
            self.value("ok", !self.failed);
            let _closed = writeln!(std::io::stdout().lock(), "{:#}", Value::Object(self.json));
        }
        for line in &self.lines {
            prose.line(line);
        }
        !self.failed
    }
}

/// A Markdown table. A column of numbers is aligned to the right.
pub(crate) fn table(columns: &[&str], rows: &[Vec<Value>]) -> Vec<String> {
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let is_number = |at| rows.first().and_then(|row| row.get(at)).is_some_and(Value::is_number);
    let rule: String = (0..columns.len()).map(|at| if is_number(at) { "---:|" } else { "---|" }).collect();
    let mut lines = vec![line(columns.iter().map(ToString::to_string).collect()), format!("|{rule}")];
    lines.extend(rows.iter().map(|row| line(row.iter().map(cell).collect())));
    lines
}

/// The processor and the system.
pub(crate) fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (system, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{}, {cores} cores, {system} {architecture}", model.trim_start_matches([':', ' ', '\t']))
}
