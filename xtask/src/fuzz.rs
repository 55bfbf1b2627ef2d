//! `cargo xtask fuzz`: every target of `fuzz/` under libFuzzer for some time, and a table of what came of it. `docs/fuzzing.md`
//! says what the targets are; `fuzz/functions` replays what is kept of their inputs in every test run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;

use crate::checkout::Checkout;
use crate::job::{self, Finished, JobError};
use crate::prose;
use crate::provision::{self, Missing};

/// The release of cargo-fuzz that this was made with.
const VERSION: &str = "0.13.2";
/// A cold build with the sanitizer, on a machine with two cores.
const BUILD_BOUND: Duration = Duration::from_secs(60 * 60);
/// How much longer a target may take than it is told: reading its corpus, and writing a crash.
const SLACK: Duration = Duration::from_secs(15 * 60);
/// Where what a run finds goes: inputs that reach something new, and crashes.
const WORK: &str = "target/fuzz";
/// What is kept of a target at most.
const KEPT_FILES: usize = 200;
const KEPT_BYTES: u64 = 120 * 1024;

/// Why a target did not run.
#[derive(Debug, Error)]
pub(crate) enum FuzzError {
    /// cargo-fuzz is not there and could not be installed.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A child process gave no result.
    #[error(transparent)]
    Job(#[from] JobError),
    /// A folder or a file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// An argument names no target.
    #[error("there is no target `{0}` in fuzz/fuzz_targets")]
    Unknown(String),
    /// A child process ended badly.
    #[error("{what}:\n{said}")]
    Failed { what: &'static str, said: String },
}

/// What came of a target.
#[derive(Debug, Default, PartialEq, Eq)]
struct Row {
    target: String,
    executions: u64,
    per_second: u64,
    /// Edges that were reached with the first inputs, and in the end.
    coverage: (u64, u64),
    /// Inputs in the working corpus.
    files: usize,
    /// Inputs that failed, and whatever else the target ended with.
    crashes: Vec<String>,
}

/// What is asked for on the command line.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) seconds: u32,
    pub(crate) keep: bool,
    pub(crate) only: Vec<String>,
}

/// Fuzzes the named targets, or all. Returns whether none failed.
pub(crate) fn run(checkout: &Checkout, asked: &Asked, as_json: bool) -> bool {
    let rows = match all(checkout, asked) {
        Ok(rows) => rows,
        Err(problem) => {
            checkout.prose.line(&problem.to_string());
            if as_json {
                prose::document(&json!({ "ok": false, "problem": problem.to_string() }));
            }
            return false;
        }
    };
    let green = rows.iter().all(|row| row.crashes.is_empty());
    for line in table(&rows, asked.seconds) {
        checkout.prose.line(&line);
    }
    if as_json {
        let targets: Vec<Value> = rows.iter().map(Row::json).collect();
        prose::document(&json!({ "ok": green, "seconds": asked.seconds, "targets": targets }));
    }
    green
}

fn all(checkout: &Checkout, asked: &Asked) -> Result<Vec<Row>, FuzzError> {
    let targets = chosen(targets(&checkout.path("fuzz/fuzz_targets"))?, &asked.only)?;
    let program = provision::cargo_tool(checkout, "cargo-fuzz", VERSION)?;
    let mut seed = checkout.cargo(["run", "--quiet", "--package", "countersign-fuzz", "--example", "seed", "--"]);
    well(checkout, seed.arg(checkout.path(WORK).join("corpus")), "the inputs to begin with could not be written")?;
    let alone = match targets.as_slice() {
        [target] => Some(target.as_str()),
        _ => None,
    };
    well(checkout, &mut fuzz(checkout, &program, "build", alone), "the targets do not build")?;
    targets
        .iter()
        .map(|target| {
            let row = one(checkout, &program, target, asked.seconds)?;
            if asked.keep && row.crashes.is_empty() {
                keep(checkout, &program, target)?;
            }
            Ok(row)
        })
        .collect()
}

/// A command of cargo-fuzz. The sanitizer and the counters of libFuzzer are flags of rustc that stable releases have under a switch.
fn fuzz(checkout: &Checkout, program: &Path, what: &str, target: Option<&str>) -> Command {
    let mut command = checkout.cargo_by(program, ["fuzz", what]);
    command.env("RUSTC_BOOTSTRAP", "1");
    command.arg("--fuzz-dir").arg(checkout.path("fuzz"));
    command.arg("--target-dir").arg(checkout.path(WORK).join("build"));
    command.args(target);
    command
}

fn well(checkout: &Checkout, command: &mut Command, what: &'static str) -> Result<(), FuzzError> {
    let ended = job::stream(command, BUILD_BOUND, checkout.prose)?;
    if ended.status.success() { Ok(()) } else { Err(FuzzError::Failed { what, said: ended.last_words() }) }
}

/// The names of the targets: of their files.
fn targets(folder: &Path) -> Result<Vec<String>, FuzzError> {
    let name = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut names: Vec<String> = files(folder)?.into_iter().filter_map(|(path, _)| name(path)).collect();
    names.sort();
    Ok(names)
}

fn chosen(all: Vec<String>, only: &[String]) -> Result<Vec<String>, FuzzError> {
    match only.iter().find(|name| !all.contains(name)) {
        Some(unknown) => Err(FuzzError::Unknown(unknown.clone())),
        None if only.is_empty() => Ok(all),
        None => Ok(only.to_vec()),
    }
}

/// Runs one target for its time. What it finds goes into the working corpus; the kept one is read.
fn one(checkout: &Checkout, program: &Path, target: &str, seconds: u32) -> Result<Row, FuzzError> {
    let working = checkout.path(WORK).join("corpus").join(target);
    let crashes = checkout.path(WORK).join("crashes").join(target);
    made(&working)?;
    made(&crashes)?;
    let mut command = fuzz(checkout, program, "run", Some(target));
    command.arg(&working).args(kept_folders(checkout, target)).arg("--");
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", crashes.display()));
    command.arg(format!("-dict={}", checkout.path("fuzz/dictionary.txt").display()));
    command.args(["-print_final_stats=1", "-rss_limit_mb=2048", "-timeout=20"]);
    let bound = Duration::from_secs(u64::from(seconds)) + SLACK;
    checkout.prose.heading(target);
    let ended = job::capture(&mut command, bound)?;
    let mut row = read(target, &ended);
    row.files = files(&working)?.len();
    checkout.prose.line(&row.line());
    Ok(row)
}

fn kept_folders(checkout: &Checkout, target: &str) -> Vec<PathBuf> {
    let folders = ["corpus", "regressions"].map(|name| checkout.path("fuzz").join(name).join(target));
    folders.into_iter().filter(|folder| folder.is_dir()).collect()
}

/// Replaces the kept corpus by a small one that reaches the same, as far as it fits.
fn keep(checkout: &Checkout, program: &Path, target: &str) -> Result<(), FuzzError> {
    let merged = checkout.path(WORK).join("merged").join(target);
    let kept = checkout.path("fuzz/corpus").join(target);
    if merged.is_dir() {
        fs::remove_dir_all(&merged).map_err(|source| FuzzError::File { path: merged.clone(), source })?;
    }
    made(&merged)?;
    made(&kept)?;
    let mut command = fuzz(checkout, program, "run", Some(target));
    command.args([&merged, &kept, &checkout.path(WORK).join("corpus").join(target)]);
    command.args(["--", "-set_cover_merge=1", "-rss_limit_mb=2048"]);
    let ended = job::capture(&mut command, BUILD_BOUND)?;
    if !ended.status.success() {
        return Err(FuzzError::Failed { what: "the corpus could not be made smaller", said: ended.last_words() });
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FuzzError::File { path, source }
    };
    for (old, _) in files(&kept)? {
        fs::remove_file(&old).map_err(failed(&old))?;
    }
    for new in that_fit(files(&merged)?) {
        let name = new.file_name().unwrap_or_default();
        fs::copy(&new, kept.join(name)).map_err(failed(&new))?;
    }
    Ok(())
}

/// As many as may be kept, of every size: the small ones alone are mostly those that were refused at once.
fn that_fit(mut files: Vec<(PathBuf, u64)>) -> Vec<PathBuf> {
    files.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
    let fits = |every: &usize| {
        let sizes: Vec<u64> = files.iter().step_by(*every).map(|(_, size)| *size).collect();
        sizes.len() <= KEPT_FILES && sizes.iter().sum::<u64>() <= KEPT_BYTES
    };
    let Some(every) = (1..=files.len()).find(fits) else { return Vec::new() };
    files.into_iter().step_by(every).map(|(path, _)| path).collect()
}

fn made(folder: &Path) -> Result<(), FuzzError> {
    fs::create_dir_all(folder).map_err(|source| FuzzError::File { path: folder.to_owned(), source })
}

/// The files of a folder with their sizes.
fn files(folder: &Path) -> Result<Vec<(PathBuf, u64)>, FuzzError> {
    let failed = |source| FuzzError::File { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        found.push((entry.path(), entry.metadata().map_err(failed)?.len()));
    }
    Ok(found)
}

/// Reads what libFuzzer says: a line for what is new, the figures in the end, and where it wrote what failed.
fn read(target: &str, ended: &Finished) -> Row {
    let said = &ended.stderr;
    let mut row = Row { target: target.to_owned(), ..Row::default() };
    for line in said.lines() {
        if let Some(edges) = number_after(line, " cov: ") {
            if line.contains("INITED") {
                row.coverage.0 = edges;
            }
            row.coverage.1 = edges;
        }
        row.executions = number_after(line, "stat::number_of_executed_units:").unwrap_or(row.executions);
        row.per_second = number_after(line, "stat::average_exec_per_sec:").unwrap_or(row.per_second);
        let written = line.split_once("Test unit written to ").map(|(_, file)| file.trim().to_owned());
        // Ten seconds on a machine that does other things are no crash; what is longer than the bound is.
        row.crashes.extend(written.filter(|file| !file.contains("/slow-unit-")));
    }
    if !ended.status.success() && row.crashes.is_empty() {
        row.crashes.push(ended.last_words());
    }
    row
}

fn number_after(line: &str, mark: &str) -> Option<u64> {
    let (_, rest) = line.split_once(mark)?;
    rest.split_whitespace().next()?.parse().ok()
}

impl Row {
    fn line(&self) -> String {
        let Self { target, executions, per_second, coverage: (start, end), files, crashes } = self;
        format!("| {target} | {executions} | {per_second} | {start} | {end} | {files} | {} |", crashes.len())
    }

    fn json(&self) -> Value {
        json!({
            "target": self.target,
            "executions": self.executions,
            "per_second": self.per_second,
            "coverage": { "start": self.coverage.0, "end": self.coverage.1 },
            "corpus": self.files,
            "crashes": self.crashes,
        })
    }
}

fn table(rows: &[Row], seconds: u32) -> Vec<String> {
    let mut lines = vec![
        format!("\n== {seconds} s each"),
        "| target | executions | a second | edges at the start | in the end | inputs | crashes |".to_owned(),
        "|---|---:|---:|---:|---:|---:|---:|".to_owned(),
    ];
    lines.extend(rows.iter().map(Row::line));
    lines.extend(rows.iter().flat_map(|row| &row.crashes).map(|crash| format!("crash: {crash}")));
    lines
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;

    const SAID: &str = "INFO: seed corpus: files: 33\n#34\tINITED cov: 120 ft: 300 corp: 20/3Kb exec/s: 0 rss: 40Mb\n\
        #99\tNEW    cov: 125 ft: 310 corp: 21/3Kb lim: 100 exec/s: 49\n\
        #200\tDONE   cov: 125 ft: 311 corp: 21/3Kb lim: 100 exec/s: 100 rss: 41Mb\n\
        stat::number_of_executed_units: 200\nstat::average_exec_per_sec:     100\n";

    fn ended(status: i32, stderr: &str) -> Finished {
        use std::os::unix::process::ExitStatusExt as _;
        Finished { status: ExitStatus::from_raw(status), stdout: String::new(), stderr: stderr.to_owned() }
    }

    #[test]
    fn the_figures_are_what_libfuzzer_says() {
        let row = read("offer", &ended(0, SAID));
        assert_eq!(row.line(), "| offer | 200 | 100 | 120 | 125 | 0 | 0 |");
    }

    #[test]
    fn a_crash_is_its_input_or_the_last_words() {
        let crash = "artifact_prefix='x/'; Test unit written to x/slow-unit-1\n\
            artifact_prefix='x/'; Test unit written to x/crash-1\n";
        assert_eq!(read("offer", &ended(77 << 8, crash)).crashes, ["x/crash-1"]);
        assert_eq!(read("offer", &ended(1 << 8, "no such target\n")).crashes, ["no such target"]);
    }

    #[test]
    fn only_targets_can_be_named() {
        let all = || vec!["offer".to_owned(), "text".to_owned()];
        assert_eq!(chosen(all(), &[]).unwrap(), all());
        assert_eq!(chosen(all(), &["text".to_owned()]).unwrap(), ["text"]);
        assert!(matches!(chosen(all(), &["texts".to_owned()]), Err(FuzzError::Unknown(name)) if name == "texts"));
    }

    #[test]
    fn some_of_every_size_are_kept() {
        let file = |name: &str, size| (PathBuf::from(name), size);
        let files = vec![file("c", 20), file("a", 10), file("b", 5)];
        assert_eq!(that_fit(files), ["b", "a", "c"].map(PathBuf::from));
        let large = vec![file("d", KEPT_BYTES - 15), file("c", 20), file("a", 10), file("b", 5)];
        assert_eq!(that_fit(large), ["b", "c"].map(PathBuf::from));
        assert!(that_fit(vec![file("a", KEPT_BYTES + 1)]).is_empty());
        let many = (0..300).map(|at| file(&format!("{at}"), at)).collect();
        assert_eq!(that_fit(many).len(), 150);
    }
}
