//! The phones that the library is built for, and the two flavours of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::mobile::shipped::{self, PROFILE};
use crate::mobile::toolchain::Toolchain;
use crate::mobile::{Part, android};

/// A target of rustc that phones run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phone {
    Android,
    Ios,
}

/// What the library holds: the shell's HTTP only, or HTTP of its own beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Slim,
    Full,
}

impl Phone {
    /// Every phone there is.
    pub(crate) const ALL: [Self; 2] = [Self::Android, Self::Ios];

    /// The part of the command that builds for it.
    pub(crate) fn part(self) -> Part {
        match self {
            Self::Android => Part::Android,
            Self::Ios => Part::Ios,
        }
    }

    /// The name rustc has for it.
    pub(crate) fn triple(self) -> &'static str {
        match self {
            Self::Android => "aarch64-linux-android",
            Self::Ios => "aarch64-apple-ios",
        }
    }

    /// The kind of library that is made for it, and its file.
    fn library(self) -> (&'static str, &'static str) {
        match self {
            Self::Android => ("cdylib", "libcountersign.so"),
            Self::Ios => ("staticlib", "libcountersign.a"),
        }
    }

    /// What the C sources of a dependency are compiled with: no header of a C library, since none is here; and no
    /// debug information where nothing strips it, since it names folders of this machine.
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
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Slim, Self::Full];

    /// The feature of the crate that makes it.
    pub(crate) fn feature(self) -> &'static str {
        match self {
            Self::Slim => "slim",
            Self::Full => "full",
        }
    }
}

/// Type-checks a flavour for a phone, its dependencies' C and assembly included.
pub(crate) fn check(toolchain: &Toolchain, phone: Phone, flavour: Flavour) -> std::io::Result<Command> {
    let mut cargo = cargo(toolchain, phone, "check", flavour)?;
    // Nothing of it ever runs: what the tests' profile optimises is not worth its time here.
    cargo.args(["--config", "profile.dev.package.\"*\".opt-level=0", "--config", "profile.dev.debug=false"]);
    Ok(cargo)
}

/// Builds what would ship of a flavour, and tells where it will be.
pub(crate) fn release(toolchain: &Toolchain, phone: Phone, flavour: Flavour) -> std::io::Result<(Command, PathBuf)> {
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

fn cargo(toolchain: &Toolchain, phone: Phone, verb: &str, flavour: Flavour) -> std::io::Result<Command> {
    let mut cargo = toolchain.cargo();
    cargo.args([verb, "-Zbuild-std=std,panic_abort", "--target", phone.triple(), "-p", "countersign-ffi"]);
    cargo.args(["--no-default-features", "--features", flavour.feature()]);
    let named = |name: &str| format!("{name}_{}", phone.triple().replace('-', "_"));
    cargo.env(named("CC"), "clang-19").env(named("AR"), "llvm-ar-19");
    cargo.env(named("CFLAGS"), phone.c_flags(toolchain));
    if phone == Phone::Ios {
        // Asked for by the build of C code; what it needs of the kit is in the headers' folder.
        cargo.env("SDKROOT", existing(&toolchain.sources("ios"))?);
    }
    Ok(cargo)
}

fn existing(folder: &Path) -> std::io::Result<PathBuf> {
    folder.canonicalize()
}
