//! The one list of scenarios (`tests/scenarios.md`) as each language ran it. The names come from the list; a name that a
//! language does not run is a failure, and so is one that it runs beyond the list.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::checkout::Checkout;
use crate::job;
use crate::suites::program;
use crate::tally::Tally;

/// A cold build of the tests, and the scenarios themselves.
const BOUND: Duration = Duration::from_secs(45 * 60);

/// A language that has a runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    /// `cargo test -p countersign-tests --test scenarios`
    Rust,
    /// On the JVM
    Kotlin,
    /// On Linux
    Swift,
}

impl Language {
    const ALL: [Self; 3] = [Self::Rust, Self::Kotlin, Self::Swift];
}

/// What the runners printed since this command began. Kept in memory, so that no table shows an older run.
static RAN: Mutex<BTreeMap<Language, String>> = Mutex::new(BTreeMap::new());

/// Keeps what a runner printed, for the table.
pub(crate) fn ran(language: Language, stdout: &str) {
    RAN.lock().unwrap_or_else(PoisonError::into_inner).insert(language, stdout.to_owned());
}

/// Runs the scenarios in Rust, then prints and counts what every language made of them.
pub(crate) fn run(checkout: &Checkout) -> Tally {
    let list = match std::fs::read_to_string(checkout.path("tests/scenarios.md")) {
        Ok(list) => list,
        Err(problem) => return Tally::failed(format!("tests/scenarios.md: {problem}")),
    };
    if let Err(problem) = run_rust(checkout) {
        return Tally::failed(problem);
    }
    let printed = RAN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let results = printed.into_iter().map(|(language, stdout)| (language, results(&stdout))).collect();
    let names = names(&list);
    for line in table(&names, &results) {
        checkout.prose.line(&line);
    }
    counted(&names, &results)
}

fn run_rust(checkout: &Checkout) -> Result<(), String> {
    let program = program::build(checkout)?;
    let mut cargo = checkout.cargo(["test", "-p", "countersign-tests", "--test", "scenarios"]);
    cargo.env("COUNTERSIGN_BIN", program).env("COUNTERSIGN_SCENARIOS", checkout.path("tests/scenarios"));
    let ended = job::stream(&mut cargo, BOUND, checkout.prose).map_err(|problem| problem.to_string())?;
    let failed = results(&ended.stdout).values().any(|verdict| *verdict != Verdict::Ok);
    if !ended.status.success() && !failed {
        return Err(format!("the scenarios in Rust ended with {}:\n{}", ended.status, ended.last_words()));
    }
    ran(Language::Rust, &ended.stdout);
    Ok(())
}

/// How a scenario ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    Failed(String),
}

/// What each language made of each scenario.
type Results = BTreeMap<Language, BTreeMap<String, Verdict>>;

/// The names of the list: its headings of the third level.
fn names(list: &str) -> Vec<String> {
    list.lines().filter_map(|line| Some(line.strip_prefix("### ")?.trim().to_owned())).collect()
}

/// Reads `SCENARIO <name> ok` and `SCENARIO <name> FAILED: <why>`. One that failed and passed has failed.
fn results(stdout: &str) -> BTreeMap<String, Verdict> {
    let mut results: BTreeMap<String, Verdict> = BTreeMap::new();
    for line in stdout.lines() {
        let Some((name, said)) = line.trim().strip_prefix("SCENARIO ").and_then(|line| line.split_once(' ')) else {
            continue;
        };
        let verdict = match said {
            "ok" => Verdict::Ok,
            why => Verdict::Failed(why.trim_start_matches("FAILED:").trim().to_owned()),
        };
        if !matches!(results.get(name), Some(Verdict::Failed(_))) {
            results.insert(name.to_owned(), verdict);
        }
    }
    results
}

fn table(names: &[String], results: &Results) -> Vec<String> {
    let row = |first: &str, cells: [&str; 3]| format!("| {first} | {} |", cells.join(" | "));
    let mut lines = vec![String::new(), row("scenario", ["Rust", "Kotlin", "Swift"]), "|---|---|---|---|".to_owned()];
    for name in names {
        let cell = |language| match results.get(&language).map(|results| results.get(name)) {
            Some(Some(Verdict::Ok)) => "ok",
            Some(Some(Verdict::Failed(_))) => "FAILED",
            Some(None) => "missing",
            None => "not run",
        };
        lines.push(row(name, Language::ALL.map(cell)));
    }
    lines.push(String::new());
    lines
}

/// Each scenario in each language is a test.
fn counted(names: &[String], results: &Results) -> Tally {
    let mut tally = Tally::default();
    if names.is_empty() {
        tally.fail("tests/scenarios.md names no scenario");
    }
    for language in Language::ALL {
        let Some(results) = results.get(&language) else {
            tally.skip(format!("{language:?}: its scenarios did not run before this table: run its suite too"));
            continue;
        };
        for name in names {
            match results.get(name) {
                Some(Verdict::Ok) => tally.pass(),
                Some(Verdict::Failed(why)) => tally.fail(format!("{name} in {language:?}: {why}")),
                None => tally.fail(format!("{name} is missing in {language:?}")),
            }
        }
        for stranger in results.keys().filter(|name| !names.contains(name)) {
            tally.fail(format!("{stranger} runs in {language:?} and is not in tests/scenarios.md"));
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# The scenarios\n## The list\n### enrol\ntext\n### fetch\n#### not this\n";

    fn ran_as(printed: &[(Language, &str)]) -> Results {
        printed.iter().map(|(language, stdout)| (*language, results(stdout))).collect()
    }

    #[test]
    fn the_headings_are_the_names() {
        assert_eq!(names(LIST), ["enrol", "fetch"]);
    }

    #[test]
    fn a_failure_counts_whatever_is_printed_after_it() {
        let results = results("noise\nSCENARIO fetch FAILED: it hangs\nSCENARIO fetch ok\nSCENARIO enrol ok\n");
        assert_eq!(results["fetch"], Verdict::Failed("it hangs".to_owned()));
        assert_eq!(results["enrol"], Verdict::Ok);
    }

    #[test]
    fn only_ok_is_ok() {
        assert_eq!(results("SCENARIO enrol okay")["enrol"], Verdict::Failed("okay".to_owned()));
    }

    #[test]
    fn every_name_counts_in_every_language() {
        let both = "SCENARIO enrol ok\nSCENARIO fetch ok\n";
        let all = ran_as(&[(Language::Rust, both), (Language::Kotlin, both), (Language::Swift, both)]);
        assert_eq!(counted(&names(LIST), &all), Tally { passed: 6, ..Tally::default() });
        assert!(table(&names(LIST), &all).contains(&"| fetch | ok | ok | ok |".to_owned()));
    }

    #[test]
    fn what_is_missing_strange_or_not_run_is_not_green() {
        let some = ran_as(&[(Language::Rust, "SCENARIO enrol ok\n"), (Language::Swift, "SCENARIO dance ok\n")]);
        let tally = counted(&names(LIST), &some);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 4, 1));
        assert!(!tally.green(true));
        assert!(table(&names(LIST), &some).contains(&"| fetch | missing | not run | missing |".to_owned()));
    }

    #[test]
    fn an_empty_list_is_a_failure() {
        assert_eq!(counted(&names("nothing"), &Results::new()).failed, 1);
    }
}
