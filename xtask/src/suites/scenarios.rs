//! The results of the scenarios (`tests/scenarios.md`) and of the approval scripts in each
//! language. A case that a language does not run is a failure, and so is a case that is not in the
//! list.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::checkout::Checkout;
use crate::job;
use crate::read::matches;
use crate::report::table;
use crate::suites::rust::BUILD_LIMIT;
use crate::tally::Tally;

const APPROVAL: &str = "tests/approval";
const MIN_SCRIPTS: usize = 40;

/// The languages with a runner.
const LANGUAGES: [&str; 3] = ["Rust", "Kotlin", "Swift"];

/// The output of the runners in this run of the command, so that no table shows an older run.
static OUTPUT: Mutex<BTreeMap<&str, String>> = Mutex::new(BTreeMap::new());

/// Adds the output of a runner.
pub(crate) fn ran(language: &'static str, output: &str) {
    let mut all = OUTPUT.lock().unwrap_or_else(PoisonError::into_inner);
    all.entry(language).or_default().extend([output, "\n"]);
}

/// Sets the variables from which the tests of every language read the files.
pub(super) fn variables(checkout: &Checkout, program: &Path, command: &mut Command) {
    command.env("COUNTERSIGN_BIN", program).env("COUNTERSIGN_SCENARIOS", checkout.path("tests/scenarios"));
    command.env("COUNTERSIGN_APPROVAL", checkout.path(APPROVAL));
}

/// Runs the scenarios in Rust, then prints and counts the results of every language.
pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let list = checkout.text("tests/scenarios.md")?;
    let names = list.lines().filter_map(|line| Some(line.strip_prefix("### ")?.trim().to_owned())).collect();
    results(checkout, "SCENARIO", names, ["-p", "countersign-tests", "--test", "scenarios"])
}

/// Does the same with the approval scripts: events on the approval screen with the expected
/// decisions.
pub(crate) fn approval(checkout: &Checkout) -> Result<Tally> {
    let files = checkout.files(&["json"])?;
    let scripts = files.iter().map(Path::new).filter(|file| file.parent() == Some(Path::new(APPROVAL)));
    let names: Vec<String> = scripts.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).collect();
    ensure!(names.len() >= MIN_SCRIPTS, "{APPROVAL} has {} scripts, at least {MIN_SCRIPTS} are expected", names.len());
    results(checkout, "APPROVAL", names, ["-p", "countersign-core", "--test", "approval"])
}

/// Runs a target of Rust whose tests print a line with this mark for each name. Prints a table of
/// the lines of every language and counts each as a test.
fn results(checkout: &Checkout, mark: &str, names: Vec<String>, rust: [&str; 4]) -> Result<Tally> {
    ensure!(!names.is_empty(), "there is no list of names for {mark}");
    let mut cargo = checkout.cargo(["test"].into_iter().chain(rust).chain(["--", "--nocapture"]));
    variables(checkout, &checkout.countersign()?, &mut cargo);
    let ended = job::stream(&mut cargo, BUILD_LIMIT, checkout.prose)?;
    ran("Rust", &ended.stdout);
    let output = OUTPUT.lock().unwrap_or_else(PoisonError::into_inner);
    let mut results = Results::new();
    for (language, output) in output.iter() {
        results.insert(*language, read(mark, output)?);
    }
    results.retain(|_, results| !results.is_empty());
    let row = |name: &String| {
        let cells = LANGUAGES.map(|language| match results.get(language).map(|results| results.get(name)) {
            Some(Some(Ok(()))) => "ok",
            Some(Some(Err(_))) => "FAILED",
            Some(None) => "missing",
            None => "not run",
        });
        [vec![name.as_str().into()], cells.map(Value::from).into()].concat()
    };
    let rows: Vec<Vec<Value>> = names.iter().map(row).collect();
    let lines = table(&[[mark.to_lowercase().as_str()].as_slice(), &LANGUAGES].concat(), &rows);
    lines.iter().for_each(|line| checkout.prose.line(line));
    let mut tally = count(&names, &results);
    ended.add_failure("the runner in Rust", &mut tally);
    Ok(tally)
}

/// The results of each language by name.
type Results = BTreeMap<&'static str, BTreeMap<String, Result<(), String>>>;

/// Reads `SCENARIO <name> ok` and `SCENARIO <name> FAILED: <why>`. A failure is final.
fn read(mark: &str, output: &str) -> Result<BTreeMap<String, Result<(), String>>> {
    let mut results = BTreeMap::new();
    for [name, result] in matches(&format!(r"(?m){mark} +(\S+) +(\S.*)$"), output)? {
        let failure = result.trim_start_matches("FAILED:").trim();
        let result = if result.trim() == "ok" { Ok(()) } else { Err(failure.to_owned()) };
        if !matches!(results.get(name), Some(Err(_))) {
            results.insert(name.to_owned(), result);
        }
    }
    Ok(results)
}

fn count(names: &[String], results: &Results) -> Tally {
    let mut tally = Tally::default();
    for language in LANGUAGES {
        let Some(results) = results.get(language) else {
            tally.skip(format!("{language} did not run before this table: run its suite too"));
            continue;
        };
        for name in names {
            match results.get(name) {
                Some(Ok(())) => tally.pass(),
                Some(Err(why)) => tally.fail(format!("{name} in {language}: {why}")),
                None => tally.fail(format!("{name} is missing in {language}")),
            }
        }
        for name in results.keys().filter(|name| !names.contains(name)) {
            tally.fail(format!("{name} runs in {language} and is not in the list"));
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(printed: &[(&'static str, &str)]) -> Tally {
        let read = |(language, output): &(_, &str)| (*language, read("SCENARIO", output).unwrap());
        let results = printed.iter().map(read).collect();
        count(&["enrol".to_owned(), "fetch".to_owned()], &results)
    }

    #[test]
    fn only_ok_is_a_success_and_a_failure_is_final() {
        let lines = "noise\nSCENARIO fetch FAILED: it hangs\ntest a ... SCENARIO fetch ok\nSCENARIO enrol okay\n";
        let results = read("SCENARIO", lines).unwrap();
        assert_eq!(results["fetch"], Err("it hangs".to_owned()));
        assert_eq!(results["enrol"], Err("okay".to_owned()));
    }

    #[test]
    fn every_name_counts_in_every_language() {
        let both = "SCENARIO enrol ok\nSCENARIO fetch ok\n";
        let all = counted(&[("Rust", both), ("Kotlin", both), ("Swift", both)]);
        assert_eq!(all, Tally { passed: 6, ..Tally::default() });
        let some = counted(&[("Rust", "SCENARIO enrol ok\n"), ("Swift", "SCENARIO dance ok\n")]);
        assert_eq!((some.passed, some.failed, some.skipped), (1, 4, 1));
    }
}
