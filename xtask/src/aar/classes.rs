//! The Kotlin of the AAR: the bindings generated for Android, the wrapper and the platform, compiled in one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{AarError, afresh, copy_folder, failed, read_text, step, write};
use crate::checkout::Checkout;
use crate::{bindings, kotlin};

/// Maven may have to fetch Kotlin, Android and Dokka first.
const MAVEN_BOUND: Duration = Duration::from_secs(30 * 60);
const GENERATE_BOUND: Duration = Duration::from_secs(300);
const GENERATED: &str = "org/countersign/countersign.kt";
/// The section of `uniffi.toml` that the Android variant adds a line to.
const SECTION: &str = "[crates.countersign.bindings.kotlin]\n";

/// Folders to be packed.
pub(super) struct Built {
    pub(super) classes: PathBuf,
    pub(super) sources: PathBuf,
    pub(super) documents: PathBuf,
}

/// Generates, compiles and documents.
pub(super) fn build(checkout: &Checkout, folder: &Path) -> Result<Built, AarError> {
    bindings::make(checkout, false)?;
    let generated = generate(checkout, folder)?;
    let mut maven = checkout.command("mvn");
    maven.args(["--quiet", "--batch-mode", "--no-transfer-progress", "-f", "android/aar/pom.xml", "package"]);
    step(&mut maven, MAVEN_BOUND)?;

    let made = checkout.path("target/maven/countersign-android-classes");
    let (classes, sources) = (folder.join("classes"), folder.join("sources"));
    afresh(&classes)?;
    copy_folder(&made.join("classes"), &classes)?;
    drop_numbers(&classes.join("org/countersign/android"))?;
    afresh(&sources)?;
    for part in [
        &generated,
        &checkout.path("android/countersign/src/main/kotlin"),
        &checkout.path("android/platform/src/main/kotlin"),
    ] {
        copy_folder(part, &sources)?;
    }
    Ok(Built { classes, sources, documents: made.join("dokka") })
}

/// The Kotlin over the native library as Android has it: what nobody holds any more is freed by the system's own cleaner.
fn generate(checkout: &Checkout, folder: &Path) -> Result<PathBuf, AarError> {
    let config = folder.join("uniffi.toml");
    write(&config, &for_android(&read_text(&checkout.path("uniffi.toml"))?)?)?;
    let (raw, polished) = (folder.join("raw"), folder.join("bindings"));
    let debug = checkout.target()?.join("debug");
    let library = format!("{}countersign{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let mut generator = checkout.command(debug.join(format!("uniffi-bindgen{}", std::env::consts::EXE_SUFFIX)));
    generator.arg("generate").arg(debug.join(library)).args(["--language", "kotlin", "--no-format", "--config"]);
    step(generator.arg(config).arg("--out-dir").arg(&raw), GENERATE_BOUND)?;
    let text = without_androidx(&read_text(&raw.join(GENERATED))?)?;
    afresh(&polished)?;
    write(&polished.join(GENERATED), &kotlin::polish(&text).map_err(AarError::Kotlin)?)?;
    Ok(polished)
}

fn for_android(config: &str) -> Result<String, AarError> {
    let (before, after) =
        config.split_once(SECTION).ok_or_else(|| AarError::Kotlin(format!("uniffi.toml has no {}", SECTION.trim())))?;
    Ok(format!("{before}{SECTION}android = true\n{after}"))
}

/// Drops the one annotation of AndroidX: it tells a linter what the code beside it checks by itself.
fn without_androidx(generated: &str) -> Result<String, AarError> {
    let annotation =
        |line: &&str| line.starts_with("@RequiresApi(") || *line == "import androidx.annotation.RequiresApi";
    let dropped = generated.lines().filter(annotation).count();
    let kept: Vec<&str> = generated.lines().filter(|line| !annotation(line)).collect();
    let text = kept.join("\n") + "\n";
    if dropped == 0 || text.contains("androidx") || !text.contains("android.system.SystemCleaner") {
        return Err(AarError::Kotlin("the cleaner for Android is another".to_owned()));
    }
    Ok(text)
}

/// The numbers of resources are the app's: its build makes that class.
fn drop_numbers(package: &Path) -> Result<(), AarError> {
    for name in ["R.class", "R$string.class"] {
        let class = package.join(name);
        std::fs::remove_file(&class).map_err(|source| failed(&class, source))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn android_is_one_line_more_in_the_section_of_the_library() {
        let config = for_android(include_str!("../../../uniffi.toml")).unwrap();
        assert!(config.contains(&format!("{SECTION}android = true\n")));
        assert!(for_android("[crates.other.bindings.kotlin]\n").is_err());
    }

    #[test]
    fn only_a_known_cleaner_passes() {
        let known = "import androidx.annotation.RequiresApi\n@RequiresApi(34)\nval it = android.system.SystemCleaner.cleaner()\n";
        assert_eq!(without_androidx(known).unwrap(), "val it = android.system.SystemCleaner.cleaner()\n");
        assert!(without_androidx("val it = java.lang.ref.Cleaner.create()\n").is_err());
        assert!(without_androidx(&format!("{known}import androidx.core.Other\n")).is_err());
    }
}
