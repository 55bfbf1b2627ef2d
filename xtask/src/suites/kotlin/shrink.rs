//! ProGuard on somebody else's program: everything that is not named by a rule goes, moves or is renamed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::maven;
use crate::checkout::Checkout;
use crate::job;

const BOUND: Duration = Duration::from_secs(900);
/// Parts of the JDK that the program and its libraries name.
const JDK: [&str; 4] = ["java.base", "java.desktop", "java.logging", "jdk.unsupported"];

/// Which rules beside the program's own.
#[derive(Clone, Copy)]
pub(super) enum Rules {
    /// Those that the library ships.
    Ours,
    /// None.
    None,
}

/// Shrinks the program below `folder` into one archive.
pub(super) fn shrink(checkout: &Checkout, folder: &Path, rules: Rules) -> Result<PathBuf, String> {
    let mut mvn = maven::command(checkout, "android/consumer/proguard/pom.xml");
    maven::run(checkout, mvn.arg("package"))?;
    let proguard = folder.with_file_name("proguard").join("program").join("*");
    let shrunk = folder.join(match rules {
        Rules::Ours => "shrunk.jar",
        Rules::None => "shrunk-without-rules.jar",
    });
    let mut java = checkout.command("java");
    java.arg("-cp").arg(proguard).arg("proguard.ProGuard");
    for archive in archives(&folder.join("program"))? {
        java.arg("-injars")
            .arg(format!("{}(!META-INF/MANIFEST.MF,!META-INF/versions/**,!module-info.class)", archive.display()));
    }
    for part in JDK {
        java.arg("-libraryjars").arg(format!("<java.home>/jmods/{part}.jmod(!**.jar;!module-info.class)"));
    }
    java.arg("-include").arg(checkout.path("android/consumer/proguard/program.pro"));
    match rules {
        Rules::Ours => java.arg("-include").arg(checkout.path("android/rules/consumer-rules.pro")),
        Rules::None => java.arg("-ignorewarnings"),
    };
    java.arg("-outjars").arg(&shrunk);
    let ended = job::capture(&mut java, BOUND).map_err(|problem| problem.to_string())?;
    if ended.status.success() {
        Ok(shrunk)
    } else {
        Err(format!("ProGuard ended with {}:\n{}", ended.status, ended.last_words()))
    }
}

fn archives(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|problem| format!("{}: {problem}", folder.display()))?;
    let mut archives: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    archives.retain(|archive| archive.extension().is_some_and(|extension| extension == "jar"));
    archives.sort();
    Ok(archives)
}
