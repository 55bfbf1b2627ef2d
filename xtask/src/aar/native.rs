//! The native libraries of the AAR, one for each kind of processor, by `cargo ndk`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{AarError, afresh, step};
use crate::checkout::Checkout;
use crate::mobile::android;
use crate::mobile::shipped::{self, PROFILE};
use crate::provision::find_program;

const BUILD_BOUND: Duration = Duration::from_secs(3600);
/// The kinds of processor: 64-bit ARM, 32-bit ARM of older phones, emulators.
pub(super) const ABIS: [&str; 3] = ["arm64-v8a", "armeabi-v7a", "x86_64"];
/// Where the NDK is said to be.
const PLACES: [&str; 2] = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"];

/// What came of it.
pub(super) enum Native {
    /// Built for each of [`ABIS`].
    Built,
    /// Not built, and what is needed.
    Needs(Vec<String>),
}

impl Native {
    /// In words.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Built => format!("native libraries for {}", ABIS.join(", ")),
            Self::Needs(needs) => {
                format!("no native libraries in it, so it does not run on a phone. Needed:\n  {}", needs.join("\n  "))
            }
        }
    }
}

/// Builds the libraries into `jni/<abi>/`. The AAR brings its own HTTP, so they have none.
pub(super) fn build(checkout: &Checkout, jni: &Path) -> Result<Native, AarError> {
    let ndk = PLACES.iter().find_map(std::env::var_os).map(PathBuf::from);
    let needs = needs(find_program("cargo-ndk").is_some(), ndk.is_some_and(|folder| folder.is_dir()));
    if !needs.is_empty() {
        return Ok(Native::Needs(needs));
    }
    afresh(jni)?;
    let mut cargo = checkout.cargo(["ndk", "--platform", &android::API.to_string()]);
    for abi in ABIS {
        cargo.args(["--target", abi]);
    }
    cargo.arg("--output-dir").arg(jni).args(["build", "-p", "countersign-ffi", "--lib", "--profile", PROFILE]);
    cargo.args(["--no-default-features", "--features", "slim"]);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", shipped::encoded(&shipped::flags(checkout, &shipped::ANDROID)));
    step(&mut cargo, BUILD_BOUND)?;
    Ok(Native::Built)
}

/// What is missing on this machine, each with the way to get it.
fn needs(cargo_ndk: bool, ndk: bool) -> Vec<String> {
    let mut needs = Vec::new();
    if !ndk {
        needs.push("Android's NDK, its folder in ANDROID_NDK_HOME".to_owned());
    }
    if !cargo_ndk {
        needs.push("cargo install cargo-ndk".to_owned());
    }
    if !needs.is_empty() {
        needs.push("rustup target add aarch64-linux-android armv7-linux-androideabi x86_64-linux-android".to_owned());
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        assert!(needs(true, true).is_empty());
        let said = Native::Needs(needs(false, false)).said();
        for word in ["does not run on a phone", "ANDROID_NDK_HOME", "cargo-ndk", "aarch64-linux-android"] {
            assert!(said.contains(word), "{said}");
        }
    }
}
