//! `cargo xtask fuzz`: cargo-fuzz on every target of `fuzz/`, and a table of the results. The
//! fuzzing guide in `docs` describes the targets. `fuzz/functions` replays the kept corpus in every
//! test run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::checkout::Checkout;
use crate::files::empty_folder;
use crate::job::{self, Finished, minutes};
use crate::provision;
use crate::report::Report;

const VERSION: &str = "0.13.2";
/// A cold build with the sanitizer, on two cores.
const BUILD_LIMIT: Duration = minutes(60);
/// The folder for new inputs, crashes and builds.
const WORK: &str = "target/fuzz";
/// The limits of a target's kept corpus.
const MAX_KEPT_FILES: usize = 200;
const MAX_KEPT_BYTES: u64 = 120 * 1024;

/// Runs these targets, or all. Succeeds if none crashed. With `keep` the kept corpora are replaced.
pub(crate) fn run(checkout: &Checkout, seconds: u32, keep: bool, only: &[String]) -> Result<Report> {
    let sources = files(&checkout.path("fuzz/fuzz_targets"))?;
    let all: Vec<String> = sources.iter().filter_map(|(it, _)| Some(it.file_stem()?.to_str()?.to_owned())).collect();
    for name in only {
        ensure!(all.contains(name), "there is no target `{name}` in fuzz/fuzz_targets");
    }
    let program = provision::cargo_tool(checkout, "cargo-fuzz", VERSION)?;
    let mut seed = checkout.cargo(["run", "--quiet", "--package", "countersign-fuzz", "--example", "seed", "--"]);
    job::run(seed.arg(checkout.path(WORK).join("corpus")), BUILD_LIMIT, checkout.prose)?;
    let (mut report, mut rows) = (Report::default(), Vec::new());
    for target in if only.is_empty() { &all } else { only } {
        job::run(&mut fuzz(checkout, &program, "build", target), BUILD_LIMIT, checkout.prose)?;
        let ended = fuzz_target(checkout, &program, target, seconds)?;
        let (figures, crashes) = read(&ended);
        if keep && crashes.is_empty() {
            minimise(checkout, &program, target)?;
        }
        rows.push([vec![target.as_str().into()], figures.map(Value::from).into(), vec![crashes.len().into()]].concat());
        crashes.iter().for_each(|crash| report.fail(format!("crash: {target}: {crash}")));
    }
    report.table("targets", &["target", "executions", "per second", "edges", "crashes"], &rows);
    Ok(report)
}

/// A command of cargo-fuzz. Stable rustc has the flags of libFuzzer only with `RUSTC_BOOTSTRAP`.
fn fuzz(checkout: &Checkout, program: &Path, verb: &str, target: &str) -> Command {
    let mut command = checkout.cargo_by(program, ["fuzz", verb]);
    command.env("RUSTC_BOOTSTRAP", "1").arg("--fuzz-dir").arg(checkout.path("fuzz"));
    command.arg("--target-dir").arg(checkout.path(WORK).join("build")).arg(target);
    command
}

fn fuzz_target(checkout: &Checkout, program: &Path, target: &str, seconds: u32) -> Result<Finished> {
    let [working, crashes] = ["corpus", "crashes"].map(|folder| checkout.path(WORK).join(folder).join(target));
    fs::create_dir_all(&working)?;
    fs::create_dir_all(&crashes)?;
    let mut command = fuzz(checkout, program, "run", target);
    let kept = ["fuzz/corpus", "fuzz/regressions"].map(|folder| checkout.path(folder).join(target));
    command.arg(&working).args(kept.iter().filter(|folder| folder.is_dir())).arg("--");
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", crashes.display()));
    command.arg(format!("-dict={}", checkout.path("fuzz/dictionary.txt").display()));
    command.args(["-print_final_stats=1", "-rss_limit_mb=2048", "-timeout=20"]);
    checkout.prose.line(&format!("{target}: {seconds} s"));
    // Beyond its time a target reads its corpus and writes a crash.
    job::capture(&mut command, Duration::from_secs(u64::from(seconds)) + minutes(15))
}

/// Replaces the kept corpus by a minimised one with the same coverage, within the limits.
fn minimise(checkout: &Checkout, program: &Path, target: &str) -> Result<()> {
    let [working, merged] = ["corpus", "merged"].map(|folder| checkout.path(WORK).join(folder).join(target));
    let kept = checkout.path("fuzz/corpus").join(target);
    empty_folder(&merged)?;
    fs::create_dir_all(&kept)?;
    let mut command = fuzz(checkout, program, "run", target);
    command.args([&merged, &kept, &working]);
    job::read(command.args(["--", "-set_cover_merge=1", "-rss_limit_mb=2048"]), BUILD_LIMIT)?;
    empty_folder(&kept)?;
    for file in that_fit(files(&merged)?) {
        fs::copy(&file, kept.join(file.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

/// As many files as may be kept, spread over all sizes: most of the small inputs are rejected at
/// once.
fn that_fit(mut files: Vec<(PathBuf, u64)>) -> Vec<PathBuf> {
    files.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
    let fits = |step: &usize| {
        let sizes: Vec<u64> = files.iter().step_by(*step).map(|(_, size)| *size).collect();
        sizes.len() <= MAX_KEPT_FILES && sizes.iter().sum::<u64>() <= MAX_KEPT_BYTES
    };
    let Some(step) = (1..=files.len()).find(fits) else { return Vec::new() };
    files.into_iter().step_by(step).map(|(path, _)| path).collect()
}

/// The files of a folder with their sizes, by name.
fn files(folder: &Path) -> Result<Vec<(PathBuf, u64)>> {
    let file = |entry: std::io::Result<fs::DirEntry>| entry.and_then(|it| Ok((it.path(), it.metadata()?.len())));
    let mut files = fs::read_dir(folder)?.map(file).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// Reads the figures of libFuzzer (executions, executions a second, edges) and the paths of
/// crashing inputs.
fn read(ended: &Finished) -> ([u64; 3], Vec<String>) {
    let last = |mark: &str| {
        let number = |line: &str| line.split_once(mark)?.1.split_whitespace().next()?.parse().ok();
        ended.stderr.lines().rev().find_map(number).unwrap_or_default()
    };
    let written = ended.stderr.lines().filter_map(|line| Some(line.split_once("Test unit written to ")?.1.trim()));
    // A slow input on a busy machine is no crash. An input over the time limit is one.
    let mut crashes: Vec<String> = written.filter(|file| !file.contains("/slow-unit-")).map(str::to_owned).collect();
    if !ended.status.success() && crashes.is_empty() {
        crashes.push(ended.last_lines());
    }
    (["stat::number_of_executed_units:", "stat::average_exec_per_sec:", " cov: "].map(last), crashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_crashes_of_libfuzzer_are_read() {
        let ended = |stderr: &str| Finished { stderr: stderr.to_owned(), ..Finished::default() };
        let stats = "#34\tINITED cov: 120 ft: 300\n#200\tDONE   cov: 125 ft: 311\n\
            stat::number_of_executed_units: 200\nstat::average_exec_per_sec:     100\n";
        assert_eq!(read(&ended(stats)), ([200, 100, 125], Vec::new()));
        let crash = "Test unit written to x/slow-unit-1\nTest unit written to x/crash-1\n";
        assert_eq!(read(&ended(crash)).1, ["x/crash-1"]);
    }

    #[test]
    fn kept_corpus_has_inputs_of_all_sizes() {
        let file = |name: &str, size| (PathBuf::from(name), size);
        assert_eq!(that_fit(vec![file("c", 20), file("a", 10), file("b", 5)]), ["b", "a", "c"].map(PathBuf::from));
        let large = vec![file("d", MAX_KEPT_BYTES - 15), file("c", 20), file("a", 10), file("b", 5)];
        assert_eq!(that_fit(large), ["b", "c"].map(PathBuf::from));
        assert!(that_fit(vec![file("a", MAX_KEPT_BYTES + 1)]).is_empty());
        assert_eq!(that_fit((0..300).map(|at| file(&format!("{at}"), at)).collect()).len(), 150);
    }
}
