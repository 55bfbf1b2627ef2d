//! The tests of protocol, device and core as arm64 code, built for arm64 Linux and run by qemu.
//! Phones have the same instructions, and the cryptography has other code for them than for x86-64.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::job::{self, minutes};
use crate::mobile::toolchain::Toolchain;
use crate::provision;
use crate::tally::{Tally, cargo_counts};

const TRIPLE: &str = "aarch64-unknown-linux-gnu";
const PACKAGES: [(&str, &str); 3] = [
    ("gcc-aarch64-linux-gnu", "/usr/bin/aarch64-linux-gnu-gcc"),
    ("libc6-dev-arm64-cross", "/usr/aarch64-linux-gnu/include/stdio.h"),
    ("qemu-user-static", "/usr/bin/qemu-aarch64-static"),
];
/// The standard library of Debian's rustc, in the package of another architecture.
const STD: &str = "libstd-rust-web-dev";
/// The cases of each property test, instead of 256: emulation is slow. Tests that set a number
/// themselves keep it.
const PROPERTY_CASES: &str = "16";
/// Tests that take minutes under emulation: Unicode tables against other crates. They do not depend
/// on the processor.
const LEFT_OUT: &str = "text::unicode::";

/// Builds the tests, then runs them. Returns the counts and the duration without the build.
pub(super) fn run(toolchain: &Toolchain) -> Result<(Tally, Duration)> {
    let (sysroot, prose) = (prepare(toolchain)?, toolchain.checkout.prose);
    job::run(test(toolchain, &sysroot).arg("--no-run"), minutes(90), prose)?;
    let start = Instant::now();
    let ended = job::stream(test(toolchain, &sysroot).args(["--", "--skip", LEFT_OUT]), minutes(30), prose)?;
    let mut tally = cargo_counts(&ended.stdout)?;
    if tally.passed == 0 || (!ended.status.success() && tally.failed == 0) {
        tally.fail("the tests as arm64 code did not run to the end");
    }
    Ok((tally, start.elapsed()))
}

fn test(toolchain: &Toolchain, sysroot: &Path) -> Command {
    let mut cargo = toolchain.cargo();
    cargo.args(["test", "--no-fail-fast", "--target", TRIPLE, "-p", "countersign-protocol"]);
    cargo.args(["-p", "countersign-device", "-p", "countersign-core", "--lib", "--tests"]);
    cargo.args(["--no-default-features", "--features", "countersign-core/http,countersign-core/desktop"]);
    cargo.env("PROPTEST_CASES", PROPERTY_CASES);
    cargo.env("CC_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-gcc");
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc");
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", "qemu-aarch64-static -L /usr/aarch64-linux-gnu");
    cargo.env("CARGO_ENCODED_RUSTFLAGS", format!("--sysroot={}", sysroot.display()));
    cargo
}

/// Installs compiler, emulator and standard library. Returns the folder of the library.
fn prepare(toolchain: &Toolchain) -> Result<PathBuf> {
    let checkout = &toolchain.checkout;
    provision::packages(checkout, &PACKAGES, "a compiler and an emulator for arm64")?;
    // The other architecture's library must have the version of the host's.
    let mut query = checkout.command("dpkg-query");
    let version = job::read(query.args(["--show", "--showformat=${Version}", STD]), minutes(1))?.trim().to_owned();
    let sysroot = toolchain.target.join(format!("{STD}-{version}"));
    if !sysroot.join(format!("usr/lib/rustlib/{TRIPLE}/lib")).is_dir() {
        checkout.prose.line(&format!("fetching {STD} {version} for arm64"));
        fetch(toolchain, &version, &sysroot).with_context(|| format!("{STD} for arm64 could not be installed"))?;
    }
    Ok(sysroot.join("usr"))
}

/// Downloads and unpacks the package, with package lists of its own: the system keeps one
/// architecture.
fn fetch(toolchain: &Toolchain, version: &str, sysroot: &Path) -> Result<()> {
    let lists = toolchain.target.join("apt");
    for folder in ["lists/partial", "cache/archives/partial"] {
        std::fs::create_dir_all(lists.join(folder))?;
    }
    let package = format!("{STD}={version}");
    for arguments in [["update"].as_slice(), &["download", &package]] {
        let mut apt = toolchain.checkout.command("apt-get");
        apt.current_dir(&lists).args(["-o", "APT::Architecture=arm64", "-o", "APT::Architectures::=arm64"]);
        apt.args(["-o", "APT::Sandbox::User=root", "-o", "Dir::State::status=/dev/null"]);
        apt.arg("-o").arg(format!("Dir::State::lists={}", lists.join("lists").display()));
        apt.arg("-o").arg(format!("Dir::Cache={}", lists.join("cache").display()));
        job::read(apt.args(arguments), minutes(10))?;
    }
    let mut downloaded = std::fs::read_dir(&lists)?.flatten().map(|entry| entry.path());
    let package = downloaded.find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    // Renamed last, so that a folder with the right name is complete.
    let unpacked = lists.join("unpacked");
    let mut dpkg = toolchain.checkout.command("dpkg-deb");
    job::read(dpkg.arg("--extract").arg(package.context("apt-get left no package")?).arg(&unpacked), minutes(10))?;
    std::fs::rename(&unpacked, sysroot)?;
    Ok(std::fs::remove_dir_all(&lists)?)
}
