//! `cargo xtask secrets`: runs the command as real processes and searches their logs and core dumps
//! for every secret of that run. The search itself is `tests/examples/secrets`; this command prints
//! its report.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::provision;
use crate::read::{list, number, text};
use crate::report::Report;
use crate::tally::Tally;

/// Runs the whole search, with a core dump at every moment.
pub(crate) fn run(checkout: &Checkout) -> Result<Report> {
    let found = search(checkout, false)?;
    let mut report = Report::default();
    let row = |file: &Value| ["file", "bytes", "hits"].map(|name| file.get(name).cloned().unwrap_or_default()).into();
    let files: Vec<Vec<Value>> = list(&found, "files").iter().map(row).collect();
    report.table("files", &["file", "bytes", "hits"], &files);
    let secrets = found.get("secrets").cloned().unwrap_or_default();
    report.line(format!("secrets: {secrets}, forms: {}", number(&found, "forms")));
    for held in list(&found, "held") {
        let (process, secret, reason) = (text(held, "process"), text(held, "secret"), text(held, "reason"));
        report.line(format!("in the memory of {process}: {secret} ({} places): {reason}", number(held, "places")));
    }
    report.tests(&judge(&found), true);
    report.value("report", found);
    Ok(report)
}

/// Runs the short search, with one core dump of each process.
pub(crate) fn smoke(checkout: &Checkout) -> Result<Tally> {
    Ok(judge(&search(checkout, true)?))
}

fn search(checkout: &Checkout, smoke: bool) -> Result<Value> {
    let gcore = provision::gcore(checkout)?;
    let program = checkout.countersign()?;
    let mut command = checkout.command(checkout.example("countersign-tests", "secrets")?);
    command.arg("--program").arg(program).arg("--gcore").arg(gcore).args(smoke.then_some("--smoke"));
    let ended = job::capture(&mut command, minutes(10))?;
    let report: Value = serde_json::from_str(&ended.stdout)
        .with_context(|| format!("the search printed no JSON document:\n{}", ended.last_lines()))?;
    ensure!(report.get("problem").is_none_or(|it| !it.is_string()), "{}", text(&report, "problem"));
    Ok(report)
}

fn judge(report: &Value) -> Tally {
    let mut tally = Tally::default();
    let findings = list(report, "findings").iter().map(|found| format!("{}: {}", text(found, "file"), finding(found)));
    tally.check("no log and no memory holds a secret that it may not", findings);
    let blind = list(report, "controls").iter().filter(|control| control.get("found") != Some(&Value::Bool(true)));
    let blind = blind.map(|control| format!("{}: {}", text(control, "file"), text(control, "what")));
    let mut blind: Vec<String> = blind.collect();
    if list(report, "controls").is_empty() || list(report, "files").is_empty() {
        blind.push("no file was searched".to_owned());
    }
    tally.check("the search for secrets finds what is known to be there", blind);
    tally
}

fn finding(found: &Value) -> String {
    let places: Vec<&str> = list(found, "places").iter().filter_map(Value::as_str).collect();
    let (secret, form, piece) = (text(found, "secret"), text(found, "form"), text(found, "piece"));
    format!("{secret} as {form}, {piece}, {} times: {}", number(found, "count"), places.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finding_fails_and_so_does_a_blind_search() {
        let report = |findings: Value, found: bool| {
            json!({
                "files": [{ "file": "phone, left", "bytes": 9, "hits": 0 }],
                "findings": findings,
                "controls": [{ "file": "phone, left", "what": "marker", "found": found }],
            })
        };
        assert_eq!(judge(&report(json!([]), true)).passed, 2);
        let found = json!([{ "file": "phone, left", "secret": "DK", "form": "hex", "count": 1, "places": ["0x1"] }]);
        assert_eq!(judge(&report(found, true)).failed, 1);
        assert_eq!(judge(&report(json!([]), false)).failed, 1);
        assert!(judge(&json!({})).failed > 0);
    }
}
