//! The targets and flavours of the library.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::mobile::shipped::{self, PROFILE};
use crate::mobile::toolchain::Toolchain;
use crate::mobile::{Part, android};

/// A system of phones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phone {
    pub(crate) part: Part,
    /// The target's name in rustc.
    pub(crate) triple: &'static str,
    /// The target's name in clang, with the oldest version of the system.
    clang: &'static str,
    /// The kind of library, and its file.
    library: (&'static str, &'static str),
}

pub(crate) const ANDROID: Phone = Phone {
    part: Part::Android,
    triple: "aarch64-linux-android",
    clang: android::TARGET,
    library: ("cdylib", "libcountersign.so"),
};
pub(crate) const IOS: Phone = Phone {
    part: Part::Ios,
    triple: "aarch64-apple-ios",
    clang: "--target=arm64-apple-ios15.0",
    library: ("staticlib", "libcountersign.a"),
};

/// The features of the crate for its flavours: only the shell's HTTP, or also its own.
pub(crate) const FLAVOURS: [&str; 2] = ["slim", "full"];

/// The type check of a flavour for a phone, with the C and assembly of its dependencies.
pub(crate) fn check(toolchain: &Toolchain, phone: &Phone, flavour: &str) -> Result<Command> {
    let mut cargo = cargo(toolchain, phone, "check", flavour)?;
    // The result never runs, so that optimising it wastes time.
    cargo.args(["--config", "profile.dev.package.\"*\".opt-level=0", "--config", "profile.dev.debug=false"]);
    Ok(cargo)
}

/// The build of a flavour as it ships, and the path of the result.
pub(crate) fn release(toolchain: &Toolchain, phone: &Phone, flavour: &str) -> Result<(Command, PathBuf)> {
    let (kind, file) = phone.library;
    let mut cargo = cargo(toolchain, phone, "rustc", flavour)?;
    cargo.args(["--lib", "--profile", PROFILE, "--crate-type", kind]);
    match phone.part {
        Part::Android => android::link(toolchain, &mut cargo)?,
        _ => shipped::set_flags(&toolchain.checkout, &mut cargo, &[]),
    }
    Ok((cargo, toolchain.target.join(phone.triple).join(PROFILE).join(file)))
}

fn cargo(toolchain: &Toolchain, phone: &Phone, verb: &str, flavour: &str) -> Result<Command> {
    let mut cargo = toolchain.cargo();
    cargo.args([verb, "-Zbuild-std=std,panic_abort", "--target", phone.triple, "-p", "countersign-ffi"]);
    cargo.args(["--no-default-features", "--features", flavour]);
    // There is no C library, so its headers are not used.
    let mut c_flags = format!("{} -nostdlibinc -DRING_CORE_NOSTDLIBINC=1", phone.clang);
    if phone.part == Part::Ios {
        let sources = toolchain.sources("ios");
        // A static library is not stripped, and debug information names folders of this machine.
        c_flags.push_str(&format!(" -g0 -isystem {}", sources.display()));
        // The build of C code reads this variable. The folder has what it needs of the SDK.
        cargo.env("SDKROOT", sources.canonicalize()?);
    }
    let named = |name: &str| format!("{name}_{}", phone.triple.replace('-', "_"));
    cargo.env(named("CC"), "clang-19").env(named("AR"), "llvm-ar-19").env(named("CFLAGS"), c_flags);
    Ok(cargo)
}
