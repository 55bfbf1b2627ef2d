//! `cargo xtask secrets`: a run of the command as real processes whose logs and core dumps are searched for every secret of that
//! run (`tests/examples/secrets`); here its report becomes a table.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::job;
use crate::prose;
use crate::provision::{self, Missing};
use crate::suites::program;
use crate::tally::Tally;

/// Ten core dumps, each searched.
const BOUND: Duration = Duration::from_secs(600);

/// How much is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// A dump at every moment.
    Whole,
    /// One dump of each process.
    Smoke,
}

/// Why there is no report.
enum Unknown {
    /// What dumps a process is not there.
    Tool(Missing),
    Failed(String),
}

/// Runs all of it. Returns whether nothing was found and the search is seen to work.
pub(crate) fn run(checkout: &Checkout, as_json: bool) -> bool {
    let report =
        report(checkout, Length::Whole).unwrap_or_else(|unknown| json!({ "ok": false, "problem": why(&unknown) }));
    for line in lines(&report) {
        checkout.prose.line(&line);
    }
    if as_json {
        prose::document(&report);
    }
    report.get("ok") == Some(&json!(true))
}

/// The short form, as two tests.
pub(crate) fn smoke(checkout: &Checkout) -> Tally {
    match report(checkout, Length::Smoke) {
        Ok(report) => judged(&report),
        Err(unknown @ Unknown::Tool(Missing::Program { .. })) => Tally::skipped(why(&unknown)),
        Err(unknown) => Tally::failed(why(&unknown)),
    }
}

fn why(unknown: &Unknown) -> String {
    match unknown {
        Unknown::Tool(missing) => missing.to_string(),
        Unknown::Failed(why) => why.clone(),
    }
}

fn report(checkout: &Checkout, length: Length) -> Result<Value, Unknown> {
    let gcore = provision::gcore(checkout).map_err(Unknown::Tool)?;
    let program = program::build(checkout).map_err(Unknown::Failed)?;
    let search = program::secrets(checkout).map_err(Unknown::Failed)?;
    let mut command = checkout.command(search);
    command.arg("--program").arg(program).arg("--gcore").arg::<PathBuf>(gcore);
    if length == Length::Smoke {
        command.arg("--smoke");
    }
    let ended = job::capture(&mut command, BOUND).map_err(|problem| Unknown::Failed(problem.to_string()))?;
    let report: Value = serde_json::from_str(&ended.stdout)
        .map_err(|_| Unknown::Failed(format!("the search printed no JSON document:\n{}", ended.last_words())))?;
    match report.get("problem").and_then(Value::as_str) {
        Some(problem) => Err(Unknown::Failed(problem.to_owned())),
        None => Ok(report),
    }
}

fn judged(report: &Value) -> Tally {
    let found = list(report, "findings").iter();
    let found: Vec<String> = found.map(|found| format!("{}: {}", text(found, "file"), finding(found))).collect();
    let mut tally = Tally::one("no log and no memory holds a secret that it may not", &found);
    let blind = list(report, "controls").iter().filter(|control| control.get("found") != Some(&json!(true)));
    let mut blind: Vec<String> =
        blind.map(|control| format!("{}: {}", text(control, "file"), text(control, "what"))).collect();
    if list(report, "controls").is_empty() || list(report, "files").is_empty() {
        blind.push("nothing was searched".to_owned());
    }
    tally.add(Tally::one("the search for secrets finds what is known to be there", &blind));
    tally
}

fn lines(report: &Value) -> Vec<String> {
    if let Some(problem) = report.get("problem") {
        return vec![format!("not searched: {problem}")];
    }
    let mut lines = vec!["| file | bytes | hits |".to_owned(), "|---|---:|---:|".to_owned()];
    for file in list(report, "files") {
        lines.push(format!("| {} | {} | {} |", text(file, "file"), number(file, "bytes"), number(file, "hits")));
    }
    let counts = report.get("secrets").and_then(Value::as_object);
    let secrets: u64 = counts.map_or(0, |counts| counts.values().filter_map(Value::as_u64).sum());
    let (files, forms) = (list(report, "files").len(), number(report, "forms"));
    lines.push(format!("{secrets} secrets in {forms} forms, {files} files"));
    for held in list(report, "held") {
        let (process, secret) = (text(held, "process"), text(held, "secret"));
        lines.push(format!(
            "held by the {process}: {secret} ({} places): {}",
            number(held, "places"),
            text(held, "reason")
        ));
    }
    lines.extend(
        list(report, "findings").iter().map(|found| format!("FOUND {}: {}", text(found, "file"), finding(found))),
    );
    lines.extend(judged(report).notes);
    lines
}

fn finding(found: &Value) -> String {
    let (secret, form, piece) = (text(found, "secret"), text(found, "form"), text(found, "piece"));
    let places: Vec<&str> = list(found, "places").iter().filter_map(Value::as_str).collect();
    format!("{secret} as {form}, {piece}, {} times: {}", number(found, "count"), places.join(", "))
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(findings: Value, found: bool) -> Value {
        json!({
            "files": [{ "file": "phone, left", "bytes": 9, "hits": 0 }],
            "findings": findings,
            "controls": [{ "file": "phone, left", "what": "marker", "found": found }],
        })
    }

    #[test]
    fn a_finding_is_a_failure_and_so_is_a_search_that_is_blind() {
        let tally = judged(&report(json!([]), true));
        assert_eq!((tally.passed, tally.failed), (2, 0));
        let found =
            json!([{ "file": "phone, left", "secret": "DK", "form": "hex", "count": 1, "places": ["0x1 [heap]"] }]);
        assert_eq!(judged(&report(found, true)).failed, 1);
        assert_eq!(judged(&report(json!([]), false)).failed, 1);
        assert!(judged(&json!({})).failed > 0);
    }
}
