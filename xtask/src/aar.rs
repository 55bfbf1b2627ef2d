//! `cargo xtask aar`: the library for Android apps in `target/aar`: the AAR, its sources, its documents and its POM; then what is
//! in them is listed and checked.
//!
//! The native libraries are built by `cargo ndk`. Where there is no NDK this says so and makes everything else: such an AAR
//! compiles with an app and does not run.

mod classes;
mod contents;
mod native;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use thiserror::Error;

use crate::bindings::BindingsError;
use crate::checkout::{Checkout, CheckoutError};
use crate::job::{self, JobError};
use crate::prose;

/// The artifact, without an ending.
pub(crate) const NAME: &str = "countersign-android-0.1.0";
const TOOL_BOUND: Duration = Duration::from_secs(300);

/// Why there is no AAR.
#[derive(Debug, Error)]
pub(crate) enum AarError {
    /// No bindings.
    #[error(transparent)]
    Bindings(#[from] BindingsError),
    /// Cargo would not say where it builds.
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    /// A program gave no result.
    #[error(transparent)]
    Job(#[from] JobError),
    /// A program failed.
    #[error("`{what}` failed:\n{said}")]
    Step { what: String, said: String },
    /// The generated Kotlin is not of the form that is known.
    #[error("the generated Kotlin is not as expected: {0}")]
    Kotlin(String),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
}

/// What was made.
struct Made {
    folder: PathBuf,
    listed: Vec<String>,
    native: native::Native,
    wrong: Vec<String>,
}

/// Makes it, lists it, checks it.
pub(crate) fn run(checkout: &Checkout, as_json: bool) -> bool {
    let made = make(checkout);
    let (green, document) = match &made {
        Ok(made) => {
            for line in &made.listed {
                checkout.prose.line(line);
            }
            checkout.prose.line(&made.native.said());
            for line in &made.wrong {
                checkout.prose.line(&format!("wrong: {line}"));
            }
            checkout.prose.line(&format!("in {}", made.folder.display()));
            let green = made.wrong.is_empty();
            let native = made.native.said();
            (
                green,
                json!({ "ok": green, "folder": made.folder, "contents": made.listed, "native": native, "wrong": made.wrong }),
            )
        }
        Err(error) => {
            checkout.prose.line(&format!("no AAR: {error}"));
            (false, json!({ "ok": false, "error": error.to_string() }))
        }
    };
    if as_json {
        prose::document(&document);
    }
    green
}

fn make(checkout: &Checkout) -> Result<Made, AarError> {
    let folder = checkout.path("target/aar");
    let stage = folder.join("stage");
    afresh(&stage)?;
    let built = classes::build(checkout, &folder)?;
    let native = native::build(checkout, &stage.join("jni"))?;

    copy(&checkout.path("android/platform/src/main/AndroidManifest.xml"), &stage.join("AndroidManifest.xml"))?;
    copy(&checkout.path("android/rules/consumer-rules.pro"), &stage.join("proguard.txt"))?;
    let resources = checkout.path("android/platform/src/main/res");
    copy_folder(&resources, &stage.join("res"))?;
    write(&stage.join("R.txt"), &numbers(&read_text(&resources.join("values/strings.xml"))?))?;
    jar(checkout, &built.classes, &stage.join("classes.jar"))?;

    let aar = folder.join(format!("{NAME}.aar"));
    jar(checkout, &stage, &aar)?;
    jar(checkout, &built.sources, &folder.join(format!("{NAME}-sources.jar")))?;
    jar(checkout, &built.documents, &folder.join(format!("{NAME}-javadoc.jar")))?;
    copy(&checkout.path("android/aar/countersign-android.pom"), &folder.join(format!("{NAME}.pom")))?;
    let (listed, wrong) = contents::check(checkout, &folder, &stage)?;
    Ok(Made { folder, listed, native, wrong })
}

/// `R.txt`: one line a string. The numbers in it count for nothing: an app's build gives its own.
fn numbers(strings: &str) -> String {
    let names = strings.split("<string name=\"").skip(1).filter_map(|rest| rest.split('"').next());
    names.map(|name| format!("int string {name} 0x0\n")).collect()
}

/// Packs a folder. JDK's `jar` is there wherever Kotlin is compiled; without a manifest it makes a plain archive.
fn jar(checkout: &Checkout, folder: &Path, file: &Path) -> Result<(), AarError> {
    let mut jar = checkout.command("jar");
    jar.args(["--create", "--no-manifest", "--date=2026-01-01T00:00:00Z", "--file"])
        .arg(file)
        .arg("-C")
        .arg(folder)
        .arg(".");
    step(&mut jar, TOOL_BOUND).map(|_| ())
}

/// Runs a program and gives what it printed.
fn step(command: &mut Command, bound: Duration) -> Result<String, AarError> {
    let ended = job::capture(command, bound)?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    Err(AarError::Step { what: command.get_program().to_string_lossy().into_owned(), said: ended.last_words() })
}

fn afresh(folder: &Path) -> Result<(), AarError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|source| failed(folder, source))?;
    }
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))
}

fn copy(from: &Path, to: &Path) -> Result<(), AarError> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    }
    fs::copy(from, to).map(|_| ()).map_err(|source| failed(from, source))
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), AarError> {
    for entry in fs::read_dir(from).map_err(|source| failed(from, source))? {
        let path = entry.map_err(|source| failed(from, source))?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() { copy_folder(&path, &to.join(name))? } else { copy(&path, &to.join(name))? }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), AarError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    }
    fs::write(path, text).map_err(|source| failed(path, source))
}

fn read_text(path: &Path) -> Result<String, AarError> {
    fs::read_to_string(path).map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: std::io::Error) -> AarError {
    AarError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_has_its_line() {
        let strings =
            "<resources>\n <string name=\"one\">1</string>\n <string name=\"two\">x=\"y\"</string>\n</resources>";
        assert_eq!(numbers(strings), "int string one 0x0\nint string two 0x0\n");
        assert_eq!(numbers("<resources></resources>"), "");
    }
}
