//! Maven, quietly, and what its tests reported.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::checkout::Checkout;
use crate::job;
use crate::tally::Tally;

/// A first run downloads everything.
const BOUND: Duration = Duration::from_secs(30 * 60);

/// Maven on this project.
pub(super) fn command(checkout: &Checkout, project: &str) -> Command {
    let mut mvn = checkout.command("mvn");
    mvn.args(["--quiet", "--batch-mode", "--no-transfer-progress", "-Dstyle.color=never", "--file", project]);
    mvn
}

pub(super) fn run(checkout: &Checkout, mvn: &mut Command) -> Result<(), String> {
    let ended = job::stream(mvn, BOUND, checkout.prose).map_err(|problem| problem.to_string())?;
    if ended.status.success() {
        Ok(())
    } else {
        Err(format!("Maven ended with {}:\n{}", ended.status, ended.last_words()))
    }
}

/// Removes the reports of former runs below this folder: none of them may count for this one.
pub(super) fn forget_reports(built: &Path) -> Result<(), String> {
    for module in folders(built) {
        let reports = module.join("surefire-reports");
        if reports.exists() {
            std::fs::remove_dir_all(&reports).map_err(|problem| format!("{}: {problem}", reports.display()))?;
        }
    }
    Ok(())
}

/// Counts the tests of every module below this folder, but for those of one class.
pub(super) fn read_reports(built: &Path, elsewhere: &str) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for module in folders(built) {
        for report in std::fs::read_dir(module.join("surefire-reports")).into_iter().flatten().flatten() {
            let name = report.file_name().to_string_lossy().into_owned();
            let Some(class) = name.strip_prefix("TEST-").and_then(|name| name.strip_suffix(".xml")) else { continue };
            if class != elsewhere {
                let text = std::fs::read_to_string(report.path()).map_err(|problem| format!("{name}: {problem}"))?;
                tally.add(count(class, &text)?);
            }
        }
    }
    if tally.passed == 0 {
        tally.fail("Maven ran no test");
    }
    Ok(tally)
}

fn folders(built: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(built).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The counts of one report, and the names of what failed.
fn count(class: &str, report: &str) -> Result<Tally, String> {
    let suite = report.split_once("<testsuite ").and_then(|(_, rest)| rest.split_once('>'));
    let (suite, cases) = suite.ok_or_else(|| format!("the report of {class} has no <testsuite>"))?;
    let number = |name: &str| -> Result<u32, String> {
        let value = suite.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
        value
            .and_then(|(value, _)| value.parse().ok())
            .ok_or_else(|| format!("the report of {class} has no number of {name}"))
    };
    let (tests, failed, skipped) = (number(" tests")?, number(" failures")? + number(" errors")?, number(" skipped")?);
    let mut tally = Tally { passed: tests.saturating_sub(failed + skipped), failed, skipped, notes: Vec::new() };
    for case in cases.split("<testcase ").skip(1) {
        let name = case.split_once("name=\"").and_then(|(_, rest)| rest.split_once('"')).map_or("?", |(name, _)| name);
        if case.contains("<failure") || case.contains("<error") {
            tally.notes.push(format!("failed: {class}: {name}"));
        } else if case.contains("<skipped") {
            tally.notes.push(format!("skipped: {class}: {name}"));
        }
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_counted() {
        let report = "<?xml version=\"1.0\"?>\n<testsuite xmlns:x=\"y\" name=\"A\" time=\"1\" tests=\"4\" errors=\"1\" skipped=\"1\" \
            failures=\"1\">\n<testcase name=\"good\"/>\n<testcase name=\"bad\"><failure/></testcase>\n\
            <testcase name=\"worse\"><error/></testcase><testcase name=\"not\"><skipped/></testcase></testsuite>";
        let tally = count("A", report).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 2, 1));
        assert_eq!(tally.notes, ["failed: A: bad", "failed: A: worse", "skipped: A: not"]);
    }

    #[test]
    fn what_is_no_report_is_an_error() {
        assert!(count("A", "<html>").is_err());
        assert!(count("A", "<testsuite name=\"A\" tests=\"x\">").is_err());
    }
}
