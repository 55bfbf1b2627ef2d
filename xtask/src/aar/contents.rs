//! The contents of the AAR, its sources, its documents and its POM.

use std::path::Path;

use anyhow::Result;

use super::{NAME, numbers};
use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::library::{LARGE_PAGE_BYTES, Shared};

const PARTS: [&str; 9] = [
    "AndroidManifest.xml",
    "classes.jar",
    "R.txt",
    "proguard.txt",
    "res/values/strings.xml",
    "res/values-de/strings.xml",
    "res/values-fr/strings.xml",
    "res/values-es/strings.xml",
    "res/values-ja/strings.xml",
];
/// Classes of the AAR: one of each part, and the cleaner that only Android has.
const CLASSES: [&str; 7] = [
    "org/countersign/Authenticator.class",
    "org/countersign/AndroidSystemCleaner.class",
    "org/countersign/HttpUrlConnectionTransport.class",
    "org/countersign/android/CountersignAndroid.class",
    "org/countersign/android/approval/ApprovalView.class",
    "org/countersign/android/keys/HardwareKeyStore.class",
    "org/countersign/android/notify/RequestNotification.class",
];
const SOURCES: [&str; 3] = [
    "org/countersign/countersign.kt",
    "org/countersign/HttpUrlConnectionTransport.kt",
    "org/countersign/android/CountersignAndroid.kt",
];
const RULES: [&str; 4] =
    ["-keep class com.sun.jna.**", "extends com.sun.jna.**", "InnerClasses", "-dontwarn java.awt.**"];
const MANIFEST: [&str; 2] = ["package=\"org.countersign.android\"", "android:minSdkVersion=\"26\""];
/// The oldest JNA whose libraries are aligned to 16 KB.
const MIN_JNA: (u32, u32) = (5, 17);

/// Returns a list of the contents, and everything that is wrong with them.
pub(super) fn check(checkout: &Checkout, folder: &Path, stage: &Path) -> Result<(Vec<String>, Vec<String>)> {
    let file = |ending: &str| folder.join(format!("{NAME}{ending}"));
    let parts = entries(checkout, &file(".aar"))?;
    let classes = entries(checkout, &stage.join("classes.jar"))?;
    let sources = entries(checkout, &file("-sources.jar"))?;
    let documents = entries(checkout, &file("-javadoc.jar"))?;

    let text = |part| checkout.text(stage.join(part));
    let mut wrong = missing("the AAR", &parts, &PARTS);
    wrong.extend(missing("classes.jar", &classes, &CLASSES));
    wrong.extend(missing("the sources", &sources, &SOURCES));
    wrong.extend(missing("the documents", &documents, &["index.html"]));
    wrong.extend(foreign(&classes));
    wrong.extend(lacking("proguard.txt", &text("proguard.txt")?, &RULES));
    wrong.extend(lacking("the manifest", &text("AndroidManifest.xml")?, &MANIFEST));
    wrong.extend(pom(&checkout.text(file(".pom"))?));
    if text("R.txt")? != numbers(&text("res/values/strings.xml")?) {
        wrong.push("R.txt does not name the strings".to_owned());
    }
    for part in parts.iter().filter(|part| part.ends_with(".so")) {
        wrong.extend(library(part, &std::fs::read(stage.join(part))?));
    }
    let files = |entries: &[String]| entries.iter().filter(|entry| !entry.ends_with('/')).count();
    let mut listed: Vec<String> = parts.iter().filter(|part| !part.ends_with('/')).cloned().collect();
    listed.push(format!("classes.jar: {} classes", classes.iter().filter(|class| class.ends_with(".class")).count()));
    listed.push(format!("sources: {} files; documents: {} files", files(&sources), files(&documents)));
    Ok((listed, wrong))
}

fn entries(checkout: &Checkout, archive: &Path) -> Result<Vec<String>> {
    let listed = job::read(checkout.command("jar").args(["--list", "--file"]).arg(archive), minutes(5))?;
    Ok(listed.lines().map(|line| line.trim_start_matches("./").to_owned()).collect())
}

fn missing(what: &str, entries: &[String], wanted: &[&str]) -> Vec<String> {
    let absent = wanted.iter().filter(|name| !entries.iter().any(|entry| entry == *name));
    absent.map(|name| format!("{what}: no {name}")).collect()
}

/// Classes that are not ours, and the placeholder for an app's numbers.
fn foreign(classes: &[String]) -> Vec<String> {
    let bad = |class: &&String| {
        let ours = class.starts_with("org/countersign/");
        let numbers = class.starts_with("org/countersign/android/R.") || class.contains("/R$");
        class.ends_with(".class") && (!ours || numbers)
    };
    classes.iter().filter(bad).map(|class| format!("classes.jar: {class} does not belong there")).collect()
}

fn lacking(what: &str, text: &str, wanted: &[&str]) -> Vec<String> {
    wanted.iter().filter(|part| !text.contains(**part)).map(|part| format!("{what}: no {part}")).collect()
}

fn pom(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if !text.contains("<artifactId>countersign-android</artifactId>") || !text.contains("<packaging>aar</packaging>") {
        wrong.push("the POM: not that of the AAR".to_owned());
    }
    let jna = text.split("<dependency>").find(|part| part.contains("<artifactId>jna</artifactId>")).unwrap_or_default();
    let version = jna.split("<version>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < MIN_JNA || !jna.contains("<type>aar</type>") {
        wrong.push(format!("the POM: JNA must be an AAR of {}.{} or later", MIN_JNA.0, MIN_JNA.1));
    }
    wrong
}

/// Phones with pages of 16 KB have 64-bit processors, so a 32-bit library need not be aligned to
/// them.
fn library(part: &str, bytes: &[u8]) -> Vec<String> {
    if part.contains("armeabi-v7a") {
        return Vec::new();
    }
    match Shared::parse(bytes) {
        Ok(shared) => shared.misaligned(LARGE_PAGE_BYTES).into_iter().map(|why| format!("{part}: {why}")).collect(),
        Err(error) => vec![format!("{part}: {error}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_files_are_accepted() {
        let rules = include_str!("../../../android/rules/consumer-rules.pro");
        let manifest = include_str!("../../../android/platform/src/main/AndroidManifest.xml");
        assert_eq!(pom(include_str!("../../../android/aar/countersign-android.pom")), [""; 0]);
        assert_eq!([lacking("", rules, &RULES), lacking("", manifest, &MANIFEST)], [[""; 0]; 2]);
    }

    #[test]
    fn missing_foreign_and_old_parts_are_found() {
        let ours = include_str!("../../../android/aar/countersign-android.pom");
        for (from, to) in [("5.18.1", "5.16.0"), ("<type>aar</type>", ""), ("<version>5.18.1</version>", "")] {
            assert_eq!(pom(&ours.replace(from, to)).len(), 1, "{from}");
        }
        let classes = ["org/countersign/Authenticator.class", "org/countersign/android/R$string.class", "a/B.class"];
        let classes: Vec<String> = classes.map(str::to_owned).into();
        assert_eq!(foreign(&classes).len(), 2);
        assert_eq!(missing("it", &classes, &["org/countersign/Authenticator.class", "other"]), ["it: no other"]);
        assert_eq!(
            [lacking("", "", &RULES).len(), lacking("", "", &MANIFEST).len(), pom("<project/>").len()],
            [4, 2, 2]
        );
        assert_eq!(library("jni/arm64-v8a/libcountersign.so", b"text").len(), 1);
    }
}
