//! `cargo xtask bindings`: the library for this machine with its Kotlin and Swift, in
//! `target/bindings`.
//!
//! | folder | content |
//! |---|---|
//! | `kotlin`, `kotlin-testkeys` | Kotlin by package |
//! | `swift`, `swift-testkeys` | Swift, C header and module map; also copied to `ios/Generated` |
//! | `native/<platform>`, `native-testkeys/<platform>` | the libraries, in folders as JNA names them |

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::files;
use crate::job::{self, minutes};
use crate::report::Report;

/// A library and the names of its parts.
struct Library {
    /// The file's name without `lib` and `.so`.
    name: &'static str,
    /// The suffix of the folders `kotlin`, `swift` and `native`.
    suffix: &'static str,
    /// The Kotlin file, inside its folder.
    kotlin: &'static str,
    swift: &'static str,
    swift_c: &'static str,
}

const LIBRARIES: [Library; 2] = [
    Library {
        name: "countersign",
        suffix: "",
        kotlin: "org/countersign/countersign.kt",
        swift: "CountersignFFI",
        swift_c: "CountersignRust",
    },
    Library {
        name: "countersign_test_keys",
        suffix: "-testkeys",
        kotlin: "org/countersign/testkeys/countersign_test_keys.kt",
        swift: "CountersignTestKeys",
        swift_c: "CountersignTestKeysRust",
    },
];

/// Makes everything. With `release` the libraries are optimised for size and stripped, as they
/// ship.
pub(crate) fn run(checkout: &Checkout, release: bool) -> Result<Report> {
    let folder = make(checkout, release)?;
    let mut report = Report::default();
    report.line(format!("the bindings are in {}", folder.display()));
    report.value("folder", folder.display().to_string());
    Ok(report)
}

/// Makes everything and returns the folder. The generator reads the library of the debug build,
/// which has its metadata.
pub(crate) fn make(checkout: &Checkout, release: bool) -> Result<PathBuf> {
    let target = checkout.target()?;
    let build = |arguments: &[&str]| {
        let mut cargo = checkout.cargo(["build", "--quiet"].into_iter().chain(arguments.iter().copied()));
        job::run(&mut cargo, minutes(30), checkout.prose)
    };
    // Separate builds: the generator's features must not get into the library.
    build(&["-p", "countersign-ffi", "-p", "countersign-test-keys"])?;
    build(&["-p", "countersign-bindgen"])?;
    if release {
        build(&["--profile", "mobile", "-p", "countersign-ffi"])?;
        build(&["--profile", "mobile", "-p", "countersign-test-keys"])?;
    }
    let folder = checkout.path("target/bindings");
    for library in &LIBRARIES {
        generate(checkout, &target, &folder, library)?;
        let file = library_file(library.name);
        let native = folder.join(format!("native{}", library.suffix)).join(jna_platform()).join(&file);
        files::copy(&target.join(if release { "mobile" } else { "debug" }).join(&file), &native)?;
    }
    Ok(folder)
}

/// The generator that [`make`] built.
pub(crate) fn generator(checkout: &Checkout, target: &Path) -> Command {
    checkout.command(target.join(format!("debug/uniffi-bindgen{}", std::env::consts::EXE_SUFFIX)))
}

/// The file of a library on this system.
pub(crate) fn library_file(name: &str) -> String {
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// Patches a generated file (`bindings/bindgen`).
pub(crate) fn patch(checkout: &Checkout, target: &Path, language: &str, from: &Path, to: &Path) -> Result<()> {
    let mut patch = generator(checkout, target);
    job::read(patch.args(["patch", language]).args([from, to]), minutes(2)).map(|_| ())
}

fn generate(checkout: &Checkout, target: &Path, folder: &Path, library: &Library) -> Result<()> {
    let raw = folder.join("raw").join(library.name);
    let mut command = generator(checkout, target);
    command.arg("generate").arg(target.join("debug").join(library_file(library.name)));
    command.args(["--language", "kotlin", "--language", "swift", "--no-format", "--config", "uniffi.toml"]);
    job::read(command.arg("--out-dir").arg(&raw), minutes(2))?;

    let kotlin = folder.join(format!("kotlin{}", library.suffix)).join(library.kotlin);
    patch(checkout, target, "kotlin", &raw.join(library.kotlin), &kotlin)?;

    // A Swift package cannot reach files outside its own folder.
    let (swift, package) = (folder.join(format!("swift{}", library.suffix)), checkout.path("ios/Generated"));
    let source = format!("{}.swift", library.swift);
    patch(checkout, target, "swift", &raw.join(&source), &swift.join(&source))?;
    files::copy(&swift.join(&source), &package.join(library.swift).join(&source))?;
    let (header, map) = (format!("{}.h", library.swift_c), format!("{}.modulemap", library.swift_c));
    for (file, placed) in [(&header, header.as_str()), (&map, "module.modulemap")] {
        files::copy(&raw.join(file), &swift.join(file))?;
        files::copy(&raw.join(file), &package.join(library.swift_c).join(placed))?;
    }
    Ok(())
}

/// The folder in which JNA looks for a library on this machine.
fn jna_platform() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let processor = if cfg!(target_arch = "x86_64") { "x86-64" } else { std::env::consts::ARCH };
    format!("{system}-{processor}")
}
