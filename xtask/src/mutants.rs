//! `cargo xtask mutants`: the core with one function broken at a time, by cargo-mutants. Every mutant must make a test fail.
//!
//! What is left out, with the reason, is in `.cargo/mutants.toml`. Each module goes through two stages. The first runs the core's
//! quick unit tests without its adapters, which compiles and runs in seconds; the second runs every test that could notice, only
//! on what the first missed. Everything is built in copies, in a target folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;
use toml::Table;

use crate::checkout::Checkout;
use crate::job::{self, JobError};
use crate::prose;
use crate::provision::{self, Missing};
use crate::tally::Tally;

/// The release of cargo-mutants whose mutants the tests were written against: another one knows others.
const VERSION: &str = "27.1.0";
/// Where the sources of the core are.
const CORE: &str = "core/src";
/// The modules of the core that are broken: what decides on messages, on what is shown and on what is kept.
const MODULES: [&str; 5] = ["jose", "text", "message", "review", "device"];
/// A stage of the largest module, on a machine with two cores that does other things too.
const STAGE_BOUND: Duration = Duration::from_secs(4 * 3600);
/// Listing reads the sources and builds nothing.
const LIST_BOUND: Duration = Duration::from_secs(120);

/// Why no mutants ran.
#[derive(Debug, Error)]
pub(crate) enum MutantsError {
    /// cargo-mutants is not there and could not be installed.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A child process gave no result.
    #[error(transparent)]
    Job(#[from] JobError),
    /// An argument names nothing that is broken.
    #[error("`{}` is neither one of the modules {} nor a file of one of them", .0, MODULES.join(", "))]
    Unknown(String),
    /// Where the outcomes go cannot be made.
    #[error("`{}` cannot be made: {source}", path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    /// cargo-mutants ended without a result, for instance because the tests fail on the unbroken code.
    #[error("cargo-mutants gave no result:\n{0}")]
    NoResult(String),
}

/// What became of the mutants of one module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    module: String,
    caught: usize,
    timeout: usize,
    unviable: usize,
    /// The names of those that no test noticed.
    missed: Vec<String>,
}

impl Row {
    fn mutants(&self) -> usize {
        self.caught + self.timeout + self.unviable + self.missed.len()
    }

    /// Adds what another stage found, which tried again what this one missed or ran out of time on.
    fn then(mut self, later: Self) -> Self {
        self.caught += later.caught;
        self.timeout = later.timeout;
        self.unviable += later.unviable;
        self.missed = later.missed;
        self
    }
}

/// Breaks the named modules and files, or all of them. Returns whether every mutant was noticed.
pub(crate) fn run(checkout: &Checkout, only: &[String], as_json: bool) -> bool {
    let rows = match all(checkout, only) {
        Ok(rows) => rows,
        Err(problem) => {
            checkout.prose.line(&problem.to_string());
            if as_json {
                prose::document(&json!({ "ok": false, "problem": problem.to_string() }));
            }
            return false;
        }
    };
    let missed: Vec<&String> = rows.iter().flat_map(|row| &row.missed).collect();
    if as_json {
        let modules: Vec<Value> = rows.iter().map(document).collect();
        prose::document(&json!({ "ok": missed.is_empty(), "modules": modules, "missed": missed }));
    }
    for line in table(&rows) {
        checkout.prose.line(&line);
    }
    for name in &missed {
        checkout.prose.line(&format!("missed: {name}"));
    }
    missed.is_empty()
}

fn all(checkout: &Checkout, only: &[String]) -> Result<Vec<Row>, MutantsError> {
    let chosen = chosen(checkout, only)?;
    let mutants = Mutants::find(checkout)?;
    chosen.iter().map(|(module, globs)| mutants.module(module, globs)).collect()
}

/// The modules to break, each with the globs of its files.
fn chosen(checkout: &Checkout, only: &[String]) -> Result<Vec<(&'static str, Vec<String>)>, MutantsError> {
    let mut chosen: Vec<(&str, Vec<String>)> = Vec::new();
    for name in only {
        let inside = name.strip_prefix("core/src/").unwrap_or(name).trim_end_matches('/');
        let module = MODULES.into_iter().find(|module| Path::new(inside).starts_with(module));
        let path = checkout.path(CORE).join(inside);
        let (Some(module), true) = (module, path.exists()) else { return Err(MutantsError::Unknown(name.clone())) };
        let glob = if path.is_dir() { format!("{CORE}/{inside}/**/*.rs") } else { format!("{CORE}/{inside}") };
        match chosen.iter_mut().find(|(known, _)| *known == module) {
            Some((_, globs)) => globs.push(glob),
            None => chosen.push((module, vec![glob])),
        }
    }
    if chosen.is_empty() {
        chosen = MODULES.map(|module| (module, vec![format!("{CORE}/{module}/**/*.rs")])).into();
    }
    Ok(chosen)
}

/// cargo-mutants, installed.
struct Mutants<'a> {
    checkout: &'a Checkout,
    program: PathBuf,
}

impl<'a> Mutants<'a> {
    fn find(checkout: &'a Checkout) -> Result<Self, MutantsError> {
        Ok(Self { checkout, program: provision::cargo_tool(checkout, "cargo-mutants", VERSION)? })
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command =
            self.checkout.cargo_by(&self.program, ["mutants", "--package=countersign-core", "--colors=never"]);
        command.args(arguments);
        // Never the target folder that everything else is built in: what is built here is broken.
        command.env("CARGO_TARGET_DIR", self.folder().join("build"));
        // What a property test fails on under one mutant must not be tried first under the next.
        command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        command
    }

    fn folder(&self) -> PathBuf {
        self.checkout.path("target/mutants")
    }

    /// Both stages of one module.
    fn module(&self, module: &str, globs: &[String]) -> Result<Row, MutantsError> {
        let unit = ["--no-default-features", "--cargo-arg=--lib", "--", "--"];
        // What tries every code point there is, or many made-up texts, takes longer than all else: the second stage has it.
        let slow = ["--skip", "unicode::", "--skip", "text::properties"];
        // The tests of `text` hold only code of `text`, and no other test looks at it as closely.
        let (first, second): (&[&str], &[&str]) = match module {
            "text" => (&["text::"], &[unit.as_slice(), &["text::"]].concat()),
            _ => (&["--skip", "text::"], &["--cargo-arg=--tests"]),
        };
        self.checkout.prose.heading(&format!("{module}: quick tests"));
        let row = self.stage(module, globs, &[unit.as_slice(), first, slow.as_slice()].concat())?;
        if row.missed.is_empty() {
            return Ok(row);
        }
        self.checkout.prose.heading(&format!("{module}: every test, on the {} that were missed", row.missed.len()));
        // Those that were caught before are not tried again.
        Ok(row.then(self.stage(module, globs, &[&["--iterate"], second].concat())?))
    }

    fn stage(&self, module: &str, globs: &[String], arguments: &[&str]) -> Result<Row, MutantsError> {
        let output = self.folder().join(module);
        // cargo-mutants makes the last folder alone.
        fs::create_dir_all(&output).map_err(|source| MutantsError::Folder { path: output.clone(), source })?;
        let mut command = self.command(&["--no-times"]);
        command.arg("--output").arg(&output).args(globs.iter().flat_map(|glob| ["--file", glob])).args(arguments);
        let ended = job::stream(&mut command, STAGE_BOUND, self.checkout.prose)?;
        // 0: all caught. 2: some missed. 3: some timed out. Any other is no result.
        let outcomes = match ended.status.code() {
            Some(0 | 2 | 3) => fs::read_to_string(output.join("mutants.out/outcomes.json")).ok(),
            _ => None,
        };
        let outcomes = outcomes.and_then(|text| serde_json::from_str(&text).ok());
        outcomes.map(|outcomes| read(module, &outcomes)).ok_or_else(|| MutantsError::NoResult(ended.last_words()))
    }

    /// What there is to break, by name, as far as the arguments choose.
    fn list(&self, arguments: &[&str]) -> Result<Vec<String>, MutantsError> {
        let ended = job::capture(self.command(&["--list"]).args(arguments), LIST_BOUND)?;
        if !ended.status.success() {
            return Err(MutantsError::NoResult(ended.last_words()));
        }
        Ok(ended.stdout.lines().map(ToOwned::to_owned).collect())
    }
}

/// What cargo-mutants wrote of a stage.
fn read(module: &str, outcomes: &Value) -> Row {
    let mut row = Row { module: module.to_owned(), ..Row::default() };
    for outcome in outcomes.get("outcomes").and_then(Value::as_array).into_iter().flatten() {
        // The run without a mutant has no name.
        let Some(name) = outcome.pointer("/scenario/Mutant/name").and_then(Value::as_str) else { continue };
        match outcome.get("summary").and_then(Value::as_str) {
            Some("CaughtMutant") => row.caught += 1,
            Some("Timeout") => row.timeout += 1,
            Some("Unviable") => row.unviable += 1,
            _ => row.missed.push(name.to_owned()),
        }
    }
    row
}

fn document(row: &Row) -> Value {
    json!({
        "module": row.module,
        "mutants": row.mutants(),
        "caught": row.caught,
        "timeout": row.timeout,
        "unviable": row.unviable,
        "missed": row.missed.len(),
    })
}

fn table(rows: &[Row]) -> Vec<String> {
    let mut lines = vec![String::new(), "| module | mutants | caught | timeout | unviable | missed |".to_owned()];
    lines.push("|---|---:|---:|---:|---:|---:|".to_owned());
    for row in rows {
        let Row { module, caught, timeout, unviable, missed } = row;
        lines.push(format!("| {module} | {} | {caught} | {timeout} | {unviable} | {} |", row.mutants(), missed.len()));
    }
    lines.push(String::new());
    lines
}

/// The configuration against the sources, without building anything: every module has mutants, and every exclusion still
/// excludes something. One test for each.
pub(crate) fn configuration(checkout: &Checkout) -> Tally {
    match examine(checkout) {
        Ok(tally) => tally,
        Err(problem) => Tally::failed(problem.to_string()),
    }
}

fn examine(checkout: &Checkout) -> Result<Tally, MutantsError> {
    let mutants = Mutants::find(checkout)?;
    let config = fs::read_to_string(checkout.path(".cargo/mutants.toml")).unwrap_or_default();
    let config: Table = toml::from_str(&config).map_err(|problem| MutantsError::NoResult(problem.to_string()))?;
    let strings = |key: &str| {
        let strings = config.get(key).and_then(toml::Value::as_array).into_iter().flatten();
        strings.filter_map(toml::Value::as_str).collect::<Vec<_>>()
    };
    let mut tally = Tally::default();
    let mut expect = |holds: bool, wrong: String| if holds { tally.pass() } else { tally.fail(wrong) };
    let globs = MODULES.map(|module| format!("{CORE}/{module}/**/*.rs"));
    for glob in &globs {
        expect(!mutants.list(&["--file", glob])?.is_empty(), format!("no mutant in {glob}"));
    }
    let files: Vec<&str> = globs.iter().flat_map(|glob| ["--file", glob]).collect();
    for glob in strings("exclude_globs") {
        let excluded = mutants.list(&["--no-config", "--file", glob])?;
        expect(!excluded.is_empty(), format!("the exclusion `{glob}` excludes nothing"));
    }
    for pattern in strings("exclude_re") {
        let excluded = mutants.list(&[&["--no-config", "--re", pattern], files.as_slice()].concat())?;
        expect(!excluded.is_empty(), format!("the exclusion `{pattern}` excludes nothing"));
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(summaries: &[&str]) -> Value {
        let of = |(number, summary): (usize, &&str)| json!({ "scenario": { "Mutant": { "name": format!("m{number}") } }, "summary": summary });
        let baseline = json!({ "scenario": "Baseline", "summary": "Success" });
        let all: Vec<Value> = std::iter::once(baseline).chain(summaries.iter().enumerate().map(of)).collect();
        json!({ "outcomes": all })
    }

    #[test]
    fn the_second_stage_has_the_last_word_on_what_the_first_missed() {
        let first = read("jose", &outcomes(&["CaughtMutant", "MissedMutant", "Timeout", "Unviable"]));
        assert_eq!((first.mutants(), first.timeout, first.missed.as_slice()), (4, 1, ["m1".to_owned()].as_slice()));
        let both = first.then(read("jose", &outcomes(&["Timeout", "MissedMutant"])));
        let row = Row { module: "jose".into(), caught: 1, timeout: 1, unviable: 1, missed: vec!["m1".into()] };
        assert_eq!((both.mutants(), &both), (4, &row));
        assert!(table(&[both]).contains(&"| jose | 4 | 1 | 1 | 1 | 1 |".to_owned()));
    }

    #[test]
    fn a_summary_that_is_unknown_counts_as_missed() {
        assert_eq!(read("jose", &outcomes(&["Success"])).missed, ["m0"]);
    }

    #[test]
    fn files_and_modules_are_chosen_by_what_is_typed() {
        let checkout = Checkout::find(prose::Prose::Stderr).unwrap();
        let typed = |only: &[&str]| {
            let only: Vec<String> = only.iter().map(ToString::to_string).collect();
            chosen(&checkout, &only)
        };
        assert_eq!(typed(&[]).unwrap().len(), MODULES.len());
        let some = typed(&["text/unicode/", "core/src/jose/key.rs", "text/mod.rs"]).unwrap();
        let globs = |globs: &[&str]| globs.iter().map(ToString::to_string).collect::<Vec<_>>();
        let text = globs(&["core/src/text/unicode/**/*.rs", "core/src/text/mod.rs"]);
        assert_eq!(some, [("text", text), ("jose", globs(&["core/src/jose/key.rs"]))]);
        for unknown in ["jos", "jose/none.rs", "evidence", "../jose"] {
            assert!(matches!(typed(&[unknown]), Err(MutantsError::Unknown(_))), "{unknown}");
        }
    }
}
