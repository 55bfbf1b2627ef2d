//! `cargo xtask aar`: the library for Android apps in `target/aar`: the AAR, its sources, its
//! documents and its POM. Their contents are listed and checked.
//!
//! `cargo ndk` builds the native libraries. Without an NDK the AAR has none: an app compiles with
//! it and does not run.

mod classes;
mod contents;
mod native;

use std::path::Path;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::files::{copy, copy_folder, empty_folder, write};
use crate::job::{self, minutes};
use crate::report::Report;

/// The artifact's file name without an extension.
pub(crate) const NAME: &str = "countersign-android-0.1.0";

/// Builds everything. Succeeds if the contents are right.
pub(crate) fn run(checkout: &Checkout) -> Result<Report> {
    let folder = checkout.path("target/aar");
    let stage = folder.join("stage");
    empty_folder(&stage)?;
    let built = classes::build(checkout, &folder)?;
    let native = native::build(checkout, &stage.join("jni"))?;

    copy(&checkout.path("android/platform/src/main/AndroidManifest.xml"), &stage.join("AndroidManifest.xml"))?;
    copy(&checkout.path("android/rules/consumer-rules.pro"), &stage.join("proguard.txt"))?;
    copy_folder(&checkout.path("android/platform/src/main/res"), &stage.join("res"))?;
    write(&stage.join("R.txt"), numbers(&checkout.text("android/platform/src/main/res/values/strings.xml")?))?;
    jar(checkout, &built.classes, &stage.join("classes.jar"))?;

    jar(checkout, &stage, &folder.join(format!("{NAME}.aar")))?;
    jar(checkout, &built.sources, &folder.join(format!("{NAME}-sources.jar")))?;
    jar(checkout, &built.documents, &folder.join(format!("{NAME}-javadoc.jar")))?;
    copy(&checkout.path("android/aar/countersign-android.pom"), &folder.join(format!("{NAME}.pom")))?;
    let (contents, wrong) = contents::check(checkout, &folder, &stage)?;

    let mut report = Report::default();
    contents.iter().for_each(|line| report.line(line));
    report.line(&native);
    wrong.iter().for_each(|line| report.fail(format!("wrong: {line}")));
    report.line(format!("in {}", folder.display()));
    report.value("contents", contents);
    report.value("native", native);
    report.value("wrong", wrong);
    Ok(report)
}

/// The text of `R.txt`: one line for each string. An app's build assigns its own numbers.
fn numbers(strings: &str) -> String {
    let names = strings.split("<string name=\"").skip(1).filter_map(|rest| rest.split('"').next());
    names.map(|name| format!("int string {name} 0x0\n")).collect()
}

/// Packs a folder with the JDK's `jar`, which is installed where Kotlin is compiled. Without a
/// manifest it writes a plain archive.
fn jar(checkout: &Checkout, folder: &Path, file: &Path) -> Result<()> {
    let mut jar = checkout.command("jar");
    jar.args(["--create", "--no-manifest", "--date=2026-01-01T00:00:00Z", "--file"]).arg(file);
    job::read(jar.arg("-C").arg(folder).arg("."), minutes(5)).map(|_| ())
}
