//! `cargo xtask xcframework`: the library for iPhones and simulators as the XCFramework of the
//! Swift package. Needs a Mac.
//!
//! Each slice is a static library with its headers in `Headers/CountersignRust/`. The folder has
//! the module's name, so that two XCFrameworks in one app do not overwrite each other's
//! `module.modulemap`. The privacy manifest is a resource of the Swift package.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::bindings;
use crate::checkout::Checkout;
use crate::files;
use crate::job::{self, minutes};
use crate::mobile::shipped::{self, PROFILE};
use crate::report::Report;

/// The oldest iOS that the library runs on. `ios/Package.swift` names the same one (tested).
const IOS: &str = "15.0";
/// The module that the generated Swift imports.
const MODULE: &str = "CountersignRust";
/// The folder with the header, which `cargo xtask bindings` writes.
const GENERATED: &str = "ios/Generated";
/// The slices: a name, and the targets in it.
const SLICES: [(&str, &[&str]); 2] =
    [("device", &["aarch64-apple-ios"]), ("simulator", &["aarch64-apple-ios-sim", "x86_64-apple-ios"])];

/// Builds the XCFramework, its archive and the archive's checksum.
pub(crate) fn run(checkout: &Checkout) -> Result<Report> {
    let mac = cfg!(target_os = "macos");
    ensure!(mac, "an XCFramework needs a Mac with Xcode 16 or newer: no other system has Apple's SDKs");
    bindings::make(checkout, false)?;
    let header = checkout.path(GENERATED).join(MODULE).join(format!("{MODULE}.h"));
    let target_folder = checkout.target()?;
    let work = target_folder.join("xcframework");
    files::empty_folder(&work)?;
    let headers = work.join("Headers");
    lay_out_headers(&header, &headers)?;
    let framework = checkout.path(GENERATED).join("Countersign.xcframework");
    files::empty_folder(&framework)?;
    std::fs::remove_dir(&framework)?;
    let mut create = checkout.command("xcodebuild");
    create.arg("-create-xcframework");
    for (slice, targets) in SLICES {
        let library = work.join(slice).join("libcountersign.a");
        files::empty_folder(&work.join(slice))?;
        let mut join = checkout.command("lipo");
        join.arg("-create").arg("-output").arg(&library);
        for target in targets {
            job::read(&mut compile(checkout, target), minutes(60))?;
            join.arg(target_folder.join(target).join(PROFILE).join("libcountersign.a"));
        }
        job::read(&mut join, minutes(5))?;
        create.arg("-library").arg(&library).arg("-headers").arg(&headers);
    }
    job::read(create.arg("-output").arg(&framework), minutes(5))?;
    let zip = work.join("Countersign.xcframework.zip");
    job::read(checkout.command("ditto").args(["-c", "-k", "--keepParent"]).arg(&framework).arg(&zip), minutes(5))?;
    let checksum = job::read(checkout.command("swift").args(["package", "compute-checksum"]).arg(&zip), minutes(5))?;
    let mut report = Report::default();
    let [framework, zip] = [framework, zip].map(|path| path.display().to_string());
    for (name, value) in [("framework", framework), ("zip", zip), ("checksum", checksum.trim().to_owned())] {
        report.line(format!("{name} {value}"));
        report.value(name, value);
    }
    Ok(report)
}

/// The build of one target, without HTTP, which the Swift package brings.
fn compile(checkout: &Checkout, target: &str) -> Command {
    let mut cargo = checkout.cargo(["rustc", "-p", "countersign-ffi", "--lib", "--crate-type", "staticlib"]);
    cargo.args(["--profile", PROFILE, "--no-default-features", "--features", "slim", "--target", target]);
    shipped::set_flags(checkout, &mut cargo, &[]);
    cargo.env("IPHONEOS_DEPLOYMENT_TARGET", IOS);
    // A static library is not stripped, and debug information of C sources names folders of this
    // machine.
    cargo.env(format!("CFLAGS_{}", target.replace('-', "_")), "-g0");
    cargo
}

fn lay_out_headers(header: &Path, headers: &Path) -> Result<()> {
    let folder = headers.join(MODULE);
    files::copy(header, &folder.join(format!("{MODULE}.h")))?;
    let map = format!("module {MODULE} {{\n    header \"{MODULE}.h\"\n    export *\n}}\n");
    files::write(&folder.join("module.modulemap"), map)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGE: &str = include_str!("../../ios/Package.swift");
    const PRIVACY: &str = include_str!("../../ios/Sources/Countersign/PrivacyInfo.xcprivacy");

    #[test]
    fn headers_are_in_a_folder_with_the_name_of_the_module() {
        let folder = tempfile::tempdir().unwrap();
        let header = folder.path().join("any.h");
        std::fs::write(&header, "int x;").unwrap();
        lay_out_headers(&header, &folder.path().join("Headers")).unwrap();
        let read = |name| std::fs::read_to_string(folder.path().join("Headers/CountersignRust").join(name)).unwrap();
        assert_eq!(read("CountersignRust.h"), "int x;");
        assert!(read("module.modulemap").contains("header \"CountersignRust.h\""));
    }

    #[test]
    fn package_and_library_name_the_same_ios_and_framework() {
        assert!(PACKAGE.contains(&format!(".iOS(.v{})", IOS.trim_end_matches(".0"))));
        assert!(PACKAGE.contains("Generated/Countersign.xcframework"));
    }

    #[test]
    fn privacy_manifest_is_in_the_package_without_tracking() {
        assert!(PACKAGE.contains("PrivacyInfo.xcprivacy"));
        let after = PRIVACY.split("<key>NSPrivacyTracking</key>").nth(1).unwrap();
        assert!(after.trim_start().starts_with("<false/>"));
    }
}
