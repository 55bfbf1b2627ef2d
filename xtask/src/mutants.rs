//! `cargo xtask mutants`: cargo-mutants on the protocol and device crates and on the server's
//! model. Each mutant must make a test fail.
//!
//! `.cargo/mutants.toml` lists the exclusions with their reasons. Each module is tested in two
//! stages. The first runs the quick unit tests of the crate. The second runs every unit test and
//! integration test of the core, or of the server, only on the mutants that the first stage missed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use toml::Table;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::provision;
use crate::report::Report;
use crate::tally::Tally;

/// The tests cover the mutants of this release. Another release creates others.
const VERSION: &str = "27.1.0";
/// The modules that are mutated, each with its package.
const MODULES: [(&str, &str); 9] = [
    ("core/protocol/src/jose", "countersign-protocol"),
    ("core/protocol/src/text", "countersign-protocol"),
    ("core/protocol/src/message", "countersign-protocol"),
    ("core/protocol/src/details", "countersign-protocol"),
    ("core/protocol/src/evidence", "countersign-protocol"),
    ("core/protocol/src/review", "countersign-protocol"),
    ("core/device/src/device", "countersign-device"),
    ("core/device/src/authenticator", "countersign-device"),
    ("server/src/model", SERVER),
];
const SERVER: &str = "countersign-server";
/// A stage of the largest module, on two busy cores.
const STAGE_LIMIT: Duration = minutes(4 * 60);
/// Tests that try every code point or many generated texts. Only the second stage runs them.
const SLOW: [&str; 4] = ["--skip", "unicode::", "--skip", "text::properties"];
/// The packages whose tests the second stage runs on the core.
const CORE: [&str; 3] = ["countersign-protocol", "countersign-device", "countersign-core"];

/// The files of cargo-mutants with the mutants by result. A missed mutant is last.
const RESULTS: [&str; 4] = ["caught", "unviable", "timeout", "missed"];

/// Mutates these modules and files, or all modules. Succeeds if no mutant was missed.
pub(crate) fn run(checkout: &Checkout, only: &[String]) -> Result<Report> {
    let chosen = chosen(&checkout.root, only)?;
    let mutants = Mutants { checkout, program: provision::cargo_tool(checkout, "cargo-mutants", VERSION)? };
    let (mut report, mut rows) = (Report::default(), Vec::new());
    for (module, package, globs) in chosen {
        let results = mutants.module(module, package, &globs)?;
        rows.push([vec![module.into()], results.each_ref().map(|names| names.len().into()).into()].concat());
        let [.., missed] = results;
        missed.iter().for_each(|name| report.fail(format!("missed: {name}")));
    }
    report.table("modules", &[["module"].as_slice(), &RESULTS].concat(), &rows);
    Ok(report)
}

/// The modules to mutate with their packages and the globs of their files.
fn chosen(root: &Path, only: &[String]) -> Result<Vec<(&'static str, &'static str, Vec<String>)>> {
    let (mut chosen, all) = (Vec::<(&str, &str, Vec<String>)>::new(), MODULES.map(|(module, _)| module.to_owned()));
    for name in if only.is_empty() { &all } else { only } {
        let typed = Path::new(name.trim_end_matches('/'));
        let found = MODULES.into_iter().find_map(|(module, package)| {
            let paths = [typed.to_owned(), Path::new(module).parent()?.join(typed)];
            let path = paths.into_iter().find(|path| path.starts_with(module))?;
            root.join(&path).exists().then_some((module, package, path))
        });
        let Some((module, package, path)) = found else {
            bail!("`{name}` is neither one of the modules {} nor a file of one of them", all.join(", "));
        };
        let glob = if root.join(&path).is_dir() { path.join("**/*.rs") } else { path };
        let glob = glob.display().to_string();
        match chosen.iter_mut().find(|(known, ..)| *known == module) {
            Some((.., globs)) => globs.push(glob),
            None => chosen.push((module, package, vec![glob])),
        }
    }
    Ok(chosen)
}

/// cargo-mutants, installed.
struct Mutants<'a> {
    checkout: &'a Checkout,
    program: PathBuf,
}

impl Mutants<'_> {
    fn command(&self) -> Command {
        let mut command = self.checkout.cargo_by(&self.program, ["mutants", "--colors=never"]);
        // A target folder of its own, since its sources are mutated.
        command.env("CARGO_TARGET_DIR", self.checkout.path("target/mutants/build"));
        // A failing input of one mutant must not be tried first with the next.
        command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        command
    }

    /// Runs both stages on one module. Returns the mutants by result, in the order of [`RESULTS`].
    fn module(&self, module: &str, package: &str, globs: &[String]) -> Result<[Vec<String>; 4]> {
        // The tests of `text` cover only `text`, and no other test covers it as closely.
        let tests: &[&str] = if module.ends_with("/text") { &["text::"] } else { &["--skip", "text::"] };
        let filter = [&["--", "--"], tests, &SLOW].concat();
        self.checkout.prose.heading(&format!("{module}: quick tests"));
        let options = ["--package", package, "--cargo-arg=--lib"];
        let [mut caught, mut unviable, timeout, missed] = self.stage(module, globs, &options, &filter)?;
        if missed.is_empty() && timeout.is_empty() {
            return Ok([caught, unviable, timeout, missed]);
        }
        self.checkout.prose.heading(&format!("{module}: every test, on {} missed mutants", missed.len()));
        let tested = if package == SERVER { SERVER.to_owned() } else { CORE.join(",") };
        let options = ["--package", package, "--iterate", "--cargo-arg=--tests", "--test-package", &tested];
        let [caught_later, unviable_later, timeout, missed] = self.stage(module, globs, &options, &[])?;
        caught.extend(caught_later);
        unviable.extend(unviable_later);
        Ok([caught, unviable, timeout, missed])
    }

    fn stage(&self, module: &str, globs: &[String], options: &[&str], filter: &[&str]) -> Result<[Vec<String>; 4]> {
        let output = self.checkout.path("target/mutants").join(module.replace('/', "-"));
        std::fs::create_dir_all(&output)?;
        let mut command = self.command();
        command.args(["--no-times", "--output"]).arg(&output).args(globs.iter().flat_map(|glob| ["--file", glob]));
        let ended = job::stream(command.args(options).args(filter), STAGE_LIMIT, self.checkout.prose)?;
        // cargo-mutants exits with 0 if tests caught all mutants, with 2 if they missed some, and
        // with 3 if some timed out. After any other code there is no result.
        let complete = matches!(ended.status.code(), Some(0 | 2 | 3));
        ensure!(complete, "cargo-mutants gave no result:\n{}", ended.last_lines());
        let read = |result: &str| std::fs::read_to_string(output.join(format!("mutants.out/{result}.txt")));
        let names = |result| read(result).map(|text| text.lines().map(str::to_owned).collect());
        let [caught, unviable, timeout, missed] = RESULTS.map(names);
        Ok([caught?, unviable?, timeout?, missed?])
    }
}

/// Checks the configuration without building: every module has mutants, and every exclusion
/// excludes something.
pub(crate) fn configuration(checkout: &Checkout) -> Result<Tally> {
    let mutants = Mutants { checkout, program: provision::cargo_tool(checkout, "cargo-mutants", VERSION)? };
    let config: Table = toml::from_str(&checkout.text(".cargo/mutants.toml")?)?;
    let strings = |key: &str| {
        let strings = config.get(key).and_then(toml::Value::as_array).into_iter().flatten();
        strings.filter_map(toml::Value::as_str).collect::<Vec<_>>()
    };
    let mut tally = Tally::default();
    let mut expect = |arguments: &[&str], wrong: String| {
        let listed = job::read(mutants.command().args(["--list", "--workspace"]).args(arguments), minutes(2))?;
        if listed.is_empty() {
            tally.fail(wrong)
        } else {
            tally.pass()
        }
        anyhow::Ok(())
    };
    let globs = MODULES.map(|(module, _)| format!("{module}/**/*.rs"));
    for glob in &globs {
        expect(&["--file", glob], format!("there is no mutant in {glob}"))?;
    }
    let files: Vec<&str> = globs.iter().flat_map(|glob| ["--file", glob]).collect();
    for glob in strings("exclude_globs") {
        expect(&["--no-config", "--file", glob], format!("the exclusion `{glob}` excludes nothing"))?;
    }
    for pattern in strings("exclude_re") {
        let arguments = [&["--no-config", "--re", pattern], files.as_slice()].concat();
        expect(&arguments, format!("the exclusion `{pattern}` excludes nothing"))?;
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_files_are_chosen_by_short_or_whole_path() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let typed = |only: &[&str]| chosen(root, &only.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(typed(&[]).unwrap().len(), MODULES.len());
        let some = typed(&["text/unicode/", "core/protocol/src/jose/key.rs", "text/mod.rs", "device"]).unwrap();
        let globs: Vec<&str> = some.iter().flat_map(|(.., globs)| globs).map(String::as_str).collect();
        let text = ["core/protocol/src/text/unicode/**/*.rs", "core/protocol/src/text/mod.rs"];
        let others = ["core/protocol/src/jose/key.rs", "core/device/src/device/**/*.rs"];
        assert_eq!(globs, [text, others].concat());
        for unknown in ["jos", "jose/none.rs", "unknown", "../jose"] {
            assert!(typed(&[unknown]).is_err(), "{unknown}");
        }
    }
}
