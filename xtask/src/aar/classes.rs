//! The Kotlin of the AAR: the bindings generated for Android, the wrapper and the platform,
//! compiled together.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::bindings;
use crate::checkout::Checkout;
use crate::files::{copy_folder, empty_folder, write};
use crate::job::{self, minutes};

const GENERATED: &str = "org/countersign/countersign.kt";
/// The section of `uniffi.toml` that gets another line for Android.
const SECTION: &str = "[crates.countersign.bindings.kotlin]\n";

/// The folders to pack.
pub(super) struct Built {
    pub(super) classes: PathBuf,
    pub(super) sources: PathBuf,
    pub(super) documents: PathBuf,
}

/// Generates, compiles and documents.
pub(super) fn build(checkout: &Checkout, folder: &Path) -> Result<Built> {
    bindings::make(checkout, false)?;
    let generated = generate(checkout, folder)?;
    let mut maven = checkout.command("mvn");
    maven.args(["--quiet", "--batch-mode", "--no-transfer-progress", "-f", "android/aar/pom.xml", "package"]);
    job::read(&mut maven, minutes(30))?;

    let made = checkout.path("target/maven/countersign-android-classes");
    let (classes, sources) = (folder.join("classes"), folder.join("sources"));
    empty_folder(&classes)?;
    copy_folder(&made.join("classes"), &classes)?;
    // The numbers of resources are the app's: its build makes these classes.
    for class in ["R.class", "R$string.class"].map(|name| classes.join("org/countersign/android").join(name)) {
        std::fs::remove_file(&class).with_context(|| format!("{} cannot be removed", class.display()))?;
    }
    empty_folder(&sources)?;
    copy_folder(&generated, &sources)?;
    copy_folder(&checkout.path("android/countersign/src/main/kotlin"), &sources)?;
    copy_folder(&checkout.path("android/platform/src/main/kotlin"), &sources)?;
    Ok(Built { classes, sources, documents: made.join("dokka") })
}

/// Generates Kotlin with the cleaner of Android, which frees unreferenced objects.
fn generate(checkout: &Checkout, folder: &Path) -> Result<PathBuf> {
    let config = folder.join("uniffi.toml");
    let text = checkout.text("uniffi.toml")?;
    ensure!(text.contains(SECTION), "uniffi.toml has no {}", SECTION.trim());
    write(&config, text.replacen(SECTION, &format!("{SECTION}android = true\n"), 1))?;
    let (raw, patched, target) = (folder.join("raw"), folder.join("bindings"), checkout.target()?);
    let mut generator = bindings::generator(checkout, &target);
    generator.arg("generate").arg(target.join("debug").join(bindings::library_file("countersign")));
    generator.args(["--language", "kotlin", "--no-format", "--config"]).arg(config).arg("--out-dir").arg(&raw);
    job::read(&mut generator, minutes(5))?;
    empty_folder(&patched)?;
    bindings::patch(checkout, &target, "kotlin-android", &raw.join(GENERATED), &patched.join(GENERATED))?;
    Ok(patched)
}
