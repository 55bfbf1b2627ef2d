//! The targets and flavours of the library.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::mobile::shipped::{self, PROFILE};
use crate::mobile::toolchain::Toolchain;
use crate::mobile::{Part, android};

/// A system of phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phone {
    Android,
    Ios,
}

/// The HTTP in the library: only the shell's, or also its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Slim,
    Full,
}

impl Phone {
    /// Every phone.
    pub(crate) const ALL: [Self; 2] = [Self::Android, Self::Ios];

    /// The part of the command for this phone.
    pub(crate) fn part(self) -> Part {
        match self {
            Self::Android => Part::Android,
            Self::Ios => Part::Ios,
        }
    }

    /// The target's name in rustc.
    pub(crate) fn triple(self) -> &'static str {
        match self {
            Self::Android => "aarch64-linux-android",
            Self::Ios => "aarch64-apple-ios",
        }
    }

    /// The kind of library, and its file.
    fn library(self) -> (&'static str, &'static str) {
        match self {
            Self::Android => ("cdylib", "libcountersign.so"),
            Self::Ios => ("staticlib", "libcountersign.a"),
        }
    }

    /// The flags for the C sources of a dependency. There is no C library, so its headers are not
    /// used. A static library is not stripped, and debug information names folders of this machine.
    fn c_flags(self, toolchain: &Toolchain) -> String {
        let flags = "-nostdlibinc -DRING_CORE_NOSTDLIBINC=1";
        match self {
            Self::Android => format!("--target=aarch64-linux-android{} {flags}", android::API),
            Self::Ios => {
                let headers = toolchain.sources("ios");
                format!("--target=arm64-apple-ios15.0 {flags} -g0 -isystem {}", headers.display())
            }
        }
    }
}

impl Flavour {
    /// Both flavours.
    pub(crate) const ALL: [Self; 2] = [Self::Slim, Self::Full];

    /// The feature of the crate for this flavour.
    pub(crate) fn feature(self) -> &'static str {
        match self {
            Self::Slim => "slim",
            Self::Full => "full",
        }
    }
}

/// The type check of a flavour for a phone, with the C and assembly of its dependencies.
pub(crate) fn check(toolchain: &Toolchain, phone: Phone, flavour: Flavour) -> Result<Command> {
    let mut cargo = cargo(toolchain, phone, "check", flavour)?;
    // The result never runs, so that optimising it wastes time.
    cargo.args(["--config", "profile.dev.package.\"*\".opt-level=0", "--config", "profile.dev.debug=false"]);
    Ok(cargo)
}

/// The build of a flavour as it ships, and the path of the result.
pub(crate) fn release(toolchain: &Toolchain, phone: Phone, flavour: Flavour) -> Result<(Command, PathBuf)> {
    let (kind, file) = phone.library();
    let mut cargo = cargo(toolchain, phone, "rustc", flavour)?;
    cargo.args(["--lib", "--profile", PROFILE, "--crate-type", kind]);
    match phone {
        Phone::Android => android::link(toolchain, &mut cargo)?,
        Phone::Ios => {
            let flags = shipped::flags(&toolchain.checkout, &[]);
            cargo.env("CARGO_ENCODED_RUSTFLAGS", shipped::encoded(&flags));
        }
    }
    Ok((cargo, toolchain.target.join(phone.triple()).join(PROFILE).join(file)))
}

fn cargo(toolchain: &Toolchain, phone: Phone, verb: &str, flavour: Flavour) -> Result<Command> {
    let mut cargo = toolchain.cargo();
    cargo.args([verb, "-Zbuild-std=std,panic_abort", "--target", phone.triple(), "-p", "countersign-ffi"]);
    cargo.args(["--no-default-features", "--features", flavour.feature()]);
    let named = |name: &str| format!("{name}_{}", phone.triple().replace('-', "_"));
    cargo.env(named("CC"), "clang-19").env(named("AR"), "llvm-ar-19");
    cargo.env(named("CFLAGS"), phone.c_flags(toolchain));
    if phone == Phone::Ios {
        // The build of C code reads this variable. The folder has what it needs of the SDK.
        cargo.env("SDKROOT", toolchain.sources("ios").canonicalize()?);
    }
    Ok(cargo)
}
