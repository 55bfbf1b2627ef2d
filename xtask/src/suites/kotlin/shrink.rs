//! ProGuard on the separate project: code that no rule names is removed, moved or renamed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::maven;
use crate::checkout::Checkout;
use crate::job::{self, minutes};

/// The parts of the JDK that the program and its libraries name.
const JDK: [&str; 4] = ["java.base", "java.desktop", "java.logging", "jdk.unsupported"];

/// Shrinks the program below `folder` into one archive, with the library's rules or without.
pub(super) fn shrink(checkout: &Checkout, folder: &Path, with_rules: bool) -> Result<PathBuf> {
    maven(checkout, "android/consumer/proguard/pom.xml", &["package"])?;
    let shrunk = folder.join(if with_rules { "shrunk.jar" } else { "shrunk-without-rules.jar" });
    let mut java = checkout.command("java");
    java.arg("-cp").arg(folder.with_file_name("proguard").join("program").join("*")).arg("proguard.ProGuard");
    let files = std::fs::read_dir(folder.join("program"))?.flatten().map(|entry| entry.path());
    let archives = files.filter(|file| file.extension().is_some_and(|extension| extension == "jar"));
    for archive in archives.collect::<BTreeSet<_>>() {
        let filter = "(!META-INF/MANIFEST.MF,!META-INF/versions/**,!module-info.class)";
        java.arg("-injars").arg(format!("{}{filter}", archive.display()));
    }
    for part in JDK {
        java.arg("-libraryjars").arg(format!("<java.home>/jmods/{part}.jmod(!**.jar;!module-info.class)"));
    }
    java.arg("-include").arg(checkout.path("android/consumer/proguard/program.pro"));
    if with_rules {
        java.arg("-include").arg(checkout.path("android/rules/consumer-rules.pro"));
    } else {
        java.arg("-ignorewarnings");
    }
    job::read(java.arg("-outjars").arg(&shrunk), minutes(15))?;
    Ok(shrunk)
}
