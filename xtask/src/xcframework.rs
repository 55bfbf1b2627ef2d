//! `cargo xtask xcframework`: the library for iPhones and for their simulators, as the XCFramework that the Swift package takes.
//! Needs a Mac; elsewhere it says so.
//!
//! Each slice is a static library with its headers in `Headers/CountersignRust/`, a folder of the module's own, so that two
//! XCFrameworks in one app do not overwrite each other's `module.modulemap`. The privacy manifest is a resource of the Swift package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use thiserror::Error;

use crate::checkout::{Checkout, CheckoutError};
use crate::job::{self, JobError};
use crate::mobile::shipped::{self, PROFILE};
use crate::prose;
use crate::provision::find_program;

/// The oldest iOS that the library runs on; `ios/Package.swift` says the same (tested).
const IOS: &str = "15.0";
/// The module that the generated Swift imports.
const MODULE: &str = "CountersignRust";
/// Where `cargo xtask bindings` puts the header.
const GENERATED: &str = "ios/Generated";
/// The programs of Xcode that are used.
const PROGRAMS: [&str; 4] = ["xcodebuild", "lipo", "ditto", "swift"];
/// The slices: a name, and the targets that are joined in it.
const SLICES: [(&str, &[&str]); 2] =
    [("device", &["aarch64-apple-ios"]), ("simulator", &["aarch64-apple-ios-sim", "x86_64-apple-ios"])];
const BUILD_BOUND: Duration = Duration::from_secs(3600);
const TOOL_BOUND: Duration = Duration::from_secs(300);

/// Why there is no XCFramework.
#[derive(Debug, Error)]
enum XcframeworkError {
    /// Something that only the developer can bring.
    #[error("an XCFramework cannot be built here. Needed:\n  {}", .0.join("\n  "))]
    Needs(Vec<String>),
    /// A program failed.
    #[error("`{what}` failed:\n{said}")]
    Step { what: String, said: String },
    /// A file could not be read or written.
    #[error("{file}: {source}")]
    File { file: String, source: std::io::Error },
    /// A program gave no result.
    #[error(transparent)]
    Job(#[from] JobError),
    /// Cargo would not say where it builds.
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
}

/// What was made.
struct Made {
    framework: PathBuf,
    zip: PathBuf,
    checksum: String,
}

/// Builds, and tells what came of it.
pub(crate) fn run(checkout: &Checkout, as_json: bool) -> bool {
    let made = build(checkout);
    let (prose, document) = match &made {
        Ok(Made { framework, zip, checksum }) => (
            format!("{}\n{}\nchecksum {checksum}", framework.display(), zip.display()),
            json!({ "ok": true, "framework": framework, "zip": zip, "checksum": checksum }),
        ),
        Err(XcframeworkError::Needs(needs)) => {
            (XcframeworkError::Needs(needs.clone()).to_string(), json!({ "ok": false, "needs": needs }))
        }
        Err(error) => (error.to_string(), json!({ "ok": false, "error": error.to_string() })),
    };
    checkout.prose.line(&prose);
    if as_json {
        prose::document(&document);
    }
    made.is_ok()
}

fn build(checkout: &Checkout) -> Result<Made, XcframeworkError> {
    let header = checkout.path(GENERATED).join(MODULE).join(format!("{MODULE}.h"));
    let needs = needs(
        std::env::consts::OS,
        |program| find_program(program).is_some(),
        |target| installed(checkout, target),
        &header,
    );
    if !needs.is_empty() {
        return Err(XcframeworkError::Needs(needs));
    }
    let target_folder = checkout.target()?;
    let work = target_folder.join("xcframework");
    afresh(&work)?;
    let headers = work.join("Headers");
    lay_out_headers(&header, &headers)?;
    let framework = checkout.path(GENERATED).join("Countersign.xcframework");
    remove(&framework)?;
    let mut create = checkout.command("xcodebuild");
    create.arg("-create-xcframework");
    for (slice, targets) in SLICES {
        let library = work.join(slice).join("libcountersign.a");
        make_folder(&work.join(slice))?;
        let mut join = checkout.command("lipo");
        join.arg("-create").arg("-output").arg(&library);
        for target in targets {
            step(&mut compile(checkout, target), BUILD_BOUND)?;
            join.arg(target_folder.join(target).join(PROFILE).join("libcountersign.a"));
        }
        step(&mut join, TOOL_BOUND)?;
        create.arg("-library").arg(&library).arg("-headers").arg(&headers);
    }
    create.arg("-output").arg(&framework);
    step(&mut create, TOOL_BOUND)?;
    let zip = work.join("Countersign.xcframework.zip");
    step(checkout.command("ditto").args(["-c", "-k", "--keepParent"]).arg(&framework).arg(&zip), TOOL_BOUND)?;
    let checksum = step(checkout.command("swift").args(["package", "compute-checksum"]).arg(&zip), TOOL_BOUND)?;
    Ok(Made { framework, zip, checksum: checksum.trim().to_owned() })
}

/// What is missing on this machine, each with the way to get it.
fn needs(
    system: &str,
    has_program: impl Fn(&str) -> bool,
    has_target: impl Fn(&str) -> bool,
    header: &Path,
) -> Vec<String> {
    if system != "macos" {
        let targets: Vec<&str> = SLICES.iter().flat_map(|(_, targets)| targets.iter().copied()).collect();
        return vec![
            "a Mac with Xcode 16 or newer: no other system has Apple's SDKs".to_owned(),
            format!("its Rust targets: rustup target add {}", targets.join(" ")),
        ];
    }
    let mut needs = Vec::new();
    for program in PROGRAMS.into_iter().filter(|program| !has_program(program)) {
        needs.push(format!("`{program}`: install Xcode and open it once"));
    }
    for target in SLICES.iter().flat_map(|(_, targets)| targets.iter()).filter(|target| !has_target(target)) {
        needs.push(format!("the Rust target {target}: rustup target add {target}"));
    }
    if !header.is_file() {
        needs.push("the generated bindings: cargo xtask bindings".to_owned());
    }
    needs
}

/// Whether the standard library of a target is there.
fn installed(checkout: &Checkout, target: &str) -> bool {
    let mut rustc = checkout.command(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--print", "target-libdir", "--target", target]);
    job::capture(&mut rustc, TOOL_BOUND).is_ok_and(|ended| Path::new(ended.stdout.trim()).is_dir())
}

/// The build of one target. The Swift package brings its own HTTP, so the library has none.
fn compile(checkout: &Checkout, target: &str) -> Command {
    let mut cargo = checkout.cargo(["rustc", "-p", "countersign-ffi", "--lib", "--crate-type", "staticlib"]);
    cargo.args(["--profile", PROFILE, "--no-default-features", "--features", "slim", "--target", target]);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", shipped::encoded(&shipped::flags(checkout, &[])));
    cargo.env("IPHONEOS_DEPLOYMENT_TARGET", IOS);
    // Nothing strips a static library, and debug information of C sources names folders of the machine that builds.
    cargo.env(format!("CFLAGS_{}", target.replace('-', "_")), "-g0");
    cargo
}

fn lay_out_headers(header: &Path, headers: &Path) -> Result<(), XcframeworkError> {
    let folder = headers.join(MODULE);
    make_folder(&folder)?;
    let copy = folder.join(format!("{MODULE}.h"));
    fs::copy(header, &copy).map_err(|source| file(&copy, source))?;
    let map = folder.join("module.modulemap");
    fs::write(&map, module_map()).map_err(|source| file(&map, source))
}

fn module_map() -> String {
    format!("module {MODULE} {{\n    header \"{MODULE}.h\"\n    export *\n}}\n")
}

/// Runs a program and gives what it printed.
fn step(command: &mut Command, bound: Duration) -> Result<String, XcframeworkError> {
    let ended = job::capture(command, bound)?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    Err(XcframeworkError::Step { what: command.get_program().to_string_lossy().into_owned(), said: ended.last_words() })
}

fn afresh(folder: &Path) -> Result<(), XcframeworkError> {
    remove(folder)?;
    make_folder(folder)
}

fn remove(folder: &Path) -> Result<(), XcframeworkError> {
    if folder.exists() { fs::remove_dir_all(folder).map_err(|source| file(folder, source)) } else { Ok(()) }
}

fn make_folder(folder: &Path) -> Result<(), XcframeworkError> {
    fs::create_dir_all(folder).map_err(|source| file(folder, source))
}

fn file(path: &Path, source: std::io::Error) -> XcframeworkError {
    XcframeworkError::File { file: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGE: &str = include_str!("../../ios/Package.swift");
    const PRIVACY: &str = include_str!("../../ios/Sources/Countersign/PrivacyInfo.xcprivacy");

    #[test]
    fn elsewhere_it_says_that_it_needs_a_mac() {
        let needs = needs("linux", |_| true, |_| true, Path::new("/none"));
        assert!(needs[0].starts_with("a Mac"), "{needs:?}");
        assert!(needs[1].ends_with("aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios"), "{needs:?}");
    }

    #[test]
    fn on_a_mac_it_names_everything_that_is_missing_at_once() {
        let missing =
            needs("macos", |program| program != "lipo", |target| target != "x86_64-apple-ios", Path::new("/none"));
        let begins: Vec<&str> = missing.iter().map(|need| need.split(':').next().unwrap()).collect();
        assert_eq!(begins, ["`lipo`", "the Rust target x86_64-apple-ios", "the generated bindings"]);
        let header = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(needs("macos", |_| true, |_| true, header.path()), Vec::<String>::new());
    }

    #[test]
    fn headers_stand_in_a_folder_of_the_module() {
        let folder = tempfile::tempdir().unwrap();
        let header = folder.path().join("any.h");
        fs::write(&header, "int x;").unwrap();
        lay_out_headers(&header, &folder.path().join("Headers")).unwrap();
        let module = folder.path().join("Headers/CountersignRust");
        assert_eq!(fs::read_to_string(module.join("CountersignRust.h")).unwrap(), "int x;");
        assert!(fs::read_to_string(module.join("module.modulemap")).unwrap().contains("header \"CountersignRust.h\""));
    }

    #[test]
    fn package_and_library_name_the_same_ios_and_the_same_framework() {
        assert!(PACKAGE.contains(&format!(".iOS(.v{})", IOS.trim_end_matches(".0"))));
        assert!(PACKAGE.contains("Generated/Countersign.xcframework"));
    }

    #[test]
    fn the_privacy_manifest_is_in_the_package_and_tracks_nobody() {
        assert!(PACKAGE.contains("PrivacyInfo.xcprivacy"));
        let after = PRIVACY.split("<key>NSPrivacyTracking</key>").nth(1).unwrap();
        assert!(after.trim_start().starts_with("<false/>"));
    }
}
