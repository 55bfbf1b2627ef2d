//! The native libraries of the AAR, built by `cargo ndk`.

use std::path::Path;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::files::empty_folder;
use crate::job::{self, minutes};
use crate::mobile::android;
use crate::mobile::shipped::{self, PROFILE};
use crate::provision::find_program;

/// 64-bit ARM, 32-bit ARM of older phones, and emulators.
const ABIS: [&str; 3] = ["arm64-v8a", "armeabi-v7a", "x86_64"];
/// The variables with the folder of the NDK.
const NDK: [&str; 2] = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"];

/// Builds the libraries into `jni/<abi>/`, without HTTP, which the AAR brings. Returns a line about
/// the result.
pub(super) fn build(checkout: &Checkout, jni: &Path) -> Result<String> {
    let ndk = NDK.iter().find_map(std::env::var_os).is_some_and(|folder| Path::new(&folder).is_dir());
    if !ndk || find_program("cargo-ndk").is_none() {
        return Ok("no native libraries, so it does not run on a phone. Needed:\n  \
            Android's NDK, its folder in ANDROID_NDK_HOME\n  cargo install cargo-ndk\n  \
            rustup target add aarch64-linux-android armv7-linux-androideabi x86_64-linux-android"
            .to_owned());
    }
    empty_folder(jni)?;
    let mut cargo = checkout.cargo(["ndk", "--platform", android::API]);
    cargo.args(ABIS.iter().flat_map(|abi| ["--target", abi])).arg("--output-dir").arg(jni);
    cargo.args(["build", "-p", "countersign-ffi", "--lib", "--profile", PROFILE]);
    cargo.args(["--no-default-features", "--features", "slim"]);
    shipped::set_flags(checkout, &mut cargo, &shipped::ANDROID);
    job::read(&mut cargo, minutes(60))?;
    Ok(format!("native libraries for {}", ABIS.join(", ")))
}
