//! `cargo xtask bindings`: the library for this machine, and the Kotlin and Swift over it, in `target/bindings`.
//!
//! | folder | what |
//! |---|---|
//! | `kotlin`, `kotlin-testkeys` | Kotlin by package |
//! | `swift`, `swift-testkeys` | Swift, C header and module map; also put into `ios/Generated` |
//! | `native/<platform>`, `native-testkeys/<platform>` | the libraries, in folders as JNA names them |

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::checkout::{Checkout, CheckoutError};
use crate::job::{self, JobError};
use crate::swift_bindings::SwiftBindingsError;
use crate::{files, kotlin, prose, swift_bindings};

/// Optimising the whole library takes minutes.
const BUILD_BOUND: Duration = Duration::from_secs(30 * 60);
const GENERATE_BOUND: Duration = Duration::from_secs(120);

/// Why there are no bindings.
#[derive(Debug, Error)]
pub(crate) enum BindingsError {
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    #[error(transparent)]
    Job(#[from] JobError),
    #[error("`{0}` failed: what it said is above")]
    Failed(String),
    #[error("the generated Kotlin is not as expected: {0}")]
    Kotlin(String),
    #[error(transparent)]
    Swift(#[from] SwiftBindingsError),
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
}

/// One library and where its parts go.
struct Library {
    /// Its name without `lib` and `.so`.
    name: &'static str,
    /// What stands behind `kotlin`, `swift` and `native`.
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

/// Makes everything; with `release` the libraries are optimised for size and stripped, as they ship.
pub(crate) fn run(checkout: &Checkout, release: bool, json: bool) -> bool {
    match make(checkout, release) {
        Ok(folder) => {
            if json {
                prose::document(&serde_json::json!({ "ok": true, "folder": folder }));
            } else {
                checkout.prose.line(&format!("the bindings are in {}", folder.display()));
            }
            true
        }
        Err(problem) => {
            checkout.prose.line(&format!("no bindings: {problem}"));
            false
        }
    }
}

/// Makes everything and tells where.
pub(crate) fn make(checkout: &Checkout, release: bool) -> Result<PathBuf, BindingsError> {
    let target = checkout.target()?;
    // The generator reads names and documentation from a library with its symbols; and it is built by itself, so that its own
    // features do not get into the library.
    cargo(checkout, &["build", "--quiet", "-p", "countersign-ffi", "-p", "countersign-test-keys"])?;
    cargo(checkout, &["build", "--quiet", "-p", "countersign-bindgen"])?;
    if release {
        cargo(checkout, &["build", "--quiet", "--profile", "mobile", "-p", "countersign-ffi"])?;
        cargo(checkout, &["build", "--quiet", "--profile", "mobile", "-p", "countersign-test-keys"])?;
    }
    let folder = checkout.path("target/bindings");
    for library in &LIBRARIES {
        generate(checkout, &target, &folder, library)?;
        let file = format!("{}{}{}", std::env::consts::DLL_PREFIX, library.name, std::env::consts::DLL_SUFFIX);
        let built = target.join(if release { "mobile" } else { "debug" }).join(&file);
        let native = folder.join(format!("native{}", library.suffix)).join(jna_platform()).join(&file);
        write_if_changed(&native, &read(&built)?)?;
    }
    Ok(folder)
}

fn generate(checkout: &Checkout, target: &Path, folder: &Path, library: &Library) -> Result<(), BindingsError> {
    let debug = target.join("debug");
    let file = format!("{}{}{}", std::env::consts::DLL_PREFIX, library.name, std::env::consts::DLL_SUFFIX);
    let raw = folder.join("raw").join(library.name);
    let mut command = checkout.command(debug.join(format!("uniffi-bindgen{}", std::env::consts::EXE_SUFFIX)));
    command.arg("generate").arg(debug.join(file)).args(["--language", "kotlin", "--language", "swift", "--no-format"]);
    command.args(["--config", "uniffi.toml"]).arg("--out-dir").arg(&raw);
    let ended = job::capture(&mut command, GENERATE_BOUND)?;
    if !ended.status.success() {
        checkout.prose.line(&ended.last_words());
        return Err(BindingsError::Failed("uniffi-bindgen generate".into()));
    }

    let kotlin = kotlin::polish(&read_text(&raw.join(library.kotlin))?).map_err(BindingsError::Kotlin)?;
    write_if_changed(&folder.join(format!("kotlin{}", library.suffix)).join(library.kotlin), kotlin.as_bytes())?;

    let swift = folder.join(format!("swift{}", library.suffix));
    let source = format!("{}.swift", library.swift);
    let polished = swift_bindings::polish(&read_text(&raw.join(&source))?)?;
    write_if_changed(&swift.join(source), polished.as_bytes())?;
    for name in [format!("{}.h", library.swift_c), format!("{}.modulemap", library.swift_c)] {
        write_if_changed(&swift.join(&name), &read(&raw.join(&name))?)?;
    }
    Ok(swift_bindings::place(&swift, library.swift, library.swift_c, &checkout.path("ios"))?)
}

fn cargo(checkout: &Checkout, arguments: &[&str]) -> Result<(), BindingsError> {
    let ended = job::stream(&mut checkout.cargo(arguments.iter().copied()), BUILD_BOUND, checkout.prose)?;
    if ended.status.success() { Ok(()) } else { Err(BindingsError::Failed(format!("cargo {}", arguments.join(" ")))) }
}

/// The folder in which JNA looks for a library on this machine.
fn jna_platform() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x86-64",
        other => other,
    };
    format!("{system}-{processor}")
}

fn read(path: &Path) -> Result<Vec<u8>, BindingsError> {
    std::fs::read(path).map_err(|source| BindingsError::File { path: path.to_owned(), source })
}

fn read_text(path: &Path) -> Result<String, BindingsError> {
    std::fs::read_to_string(path).map_err(|source| BindingsError::File { path: path.to_owned(), source })
}

fn write_if_changed(path: &Path, content: &[u8]) -> Result<(), BindingsError> {
    files::write_if_changed(path, content).map_err(|source| BindingsError::File { path: path.to_owned(), source })
}
