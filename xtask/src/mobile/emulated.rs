//! The core's tests as arm64 code: built for arm64 Linux, run by qemu. Phones run the same instructions, and the
//! cryptography has other code for them than for this machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::checkout::Checkout;
use crate::job;
use crate::mobile::toolchain::{self, Toolchain};
use crate::provision::Missing;
use crate::tally::{Tally, read_counts};

const TRIPLE: &str = "aarch64-unknown-linux-gnu";
const PACKAGES: [(&str, &str); 3] = [
    ("gcc-aarch64-linux-gnu", "/usr/bin/aarch64-linux-gnu-gcc"),
    ("libc6-dev-arm64-cross", "/usr/aarch64-linux-gnu/include/stdio.h"),
    ("qemu-user-static", "/usr/bin/qemu-aarch64-static"),
];
const REMEDY: &str = "on Debian 12: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static";
/// The standard library that belongs to Debian's rustc, in the package of another architecture.
const STD: &str = "libstd-rust-web-dev";
/// How many cases each property is tried with, instead of 256: an emulated processor is slow. Properties that name a
/// number themselves keep theirs.
const PROPERTY_CASES: &str = "16";
/// Tests that are left out: whole Unicode tables against other crates, minutes under an emulator, and nothing in them
/// differs between processors.
const LEFT_OUT: &str = "text::unicode::";
/// A cold build, on a machine with two cores that has other work too.
const BUILD_BOUND: Duration = Duration::from_secs(90 * 60);
const RUN_BOUND: Duration = Duration::from_secs(30 * 60);
const ASK_BOUND: Duration = Duration::from_secs(60);
const FETCH_BOUND: Duration = Duration::from_secs(600);

/// Builds the core's own tests and those of its folder `tests`, then runs them; every one is a test of the tally. Also
/// how long the run took, without the build.
pub(super) fn run(toolchain: &Toolchain) -> (Tally, Duration) {
    let sysroot = match prepare(toolchain) {
        Ok(sysroot) => sysroot,
        Err(missing @ Missing::Program { .. }) => return (Tally::skipped(missing.to_string()), Duration::ZERO),
        Err(problem) => return (Tally::failed(problem.to_string()), Duration::ZERO),
    };
    let mut build = test(toolchain, &sysroot);
    match job::stream(build.arg("--no-run"), BUILD_BOUND, toolchain.checkout.prose) {
        Ok(ended) if ended.status.success() => {}
        Ok(ended) => return (Tally::failed(ended.last_words()), Duration::ZERO),
        Err(problem) => return (Tally::failed(problem.to_string()), Duration::ZERO),
    }
    let start = Instant::now();
    let mut run = test(toolchain, &sysroot);
    run.args(["--", "--skip", LEFT_OUT]);
    let tally = match job::stream(&mut run, RUN_BOUND, toolchain.checkout.prose) {
        Ok(ended) => {
            let mut tally = read_counts(&ended.stdout).unwrap_or_default();
            if tally.passed == 0 || (!ended.status.success() && tally.failed == 0) {
                tally.fail("the core's tests for arm64 did not get to the end");
            }
            tally
        }
        Err(problem) => Tally::failed(problem.to_string()),
    };
    (tally, start.elapsed())
}

fn test(toolchain: &Toolchain, sysroot: &Path) -> Command {
    let mut cargo = toolchain.cargo();
    cargo.args(["test", "--no-fail-fast", "--target", TRIPLE, "-p", "countersign-core", "--lib", "--tests"]);
    cargo.args(["--no-default-features", "--features", "http,desktop"]);
    cargo.env("PROPTEST_CASES", PROPERTY_CASES);
    cargo.env("CC_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-gcc");
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc");
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", "qemu-aarch64-static -L /usr/aarch64-linux-gnu");
    cargo.env("CARGO_ENCODED_RUSTFLAGS", format!("--sysroot={}", sysroot.display()));
    cargo
}

/// Makes sure of compiler, emulator and standard library; returns where the library is.
fn prepare(toolchain: &Toolchain) -> Result<PathBuf, Missing> {
    let checkout = &toolchain.checkout;
    toolchain::install(checkout, &PACKAGES, "a compiler and an emulator for arm64", REMEDY)?;
    let version = version(checkout)?;
    let sysroot = toolchain.target.join(format!("{STD}-{version}"));
    if !sysroot.join(format!("usr/lib/rustlib/{TRIPLE}/lib")).is_dir() {
        fetch(toolchain, &version, &sysroot)?;
    }
    Ok(sysroot.join("usr"))
}

/// The version of the host's standard library: the other architecture's has to be the same.
fn version(checkout: &Checkout) -> Result<String, Missing> {
    let mut query = checkout.command("dpkg-query");
    query.args(["--show", "--showformat=${Version}", STD]);
    Ok(done(&mut query, ASK_BOUND)?.trim().to_owned())
}

/// Downloads the package and unpacks it beside everything else that is built here. Package lists of its own, so that
/// the system does not learn of another architecture.
fn fetch(toolchain: &Toolchain, version: &str, sysroot: &Path) -> Result<(), Missing> {
    toolchain.checkout.prose.line(&format!("fetching {STD} {version} for arm64"));
    let lists = toolchain.target.join("apt");
    for folder in ["lists/partial", "cache/archives/partial"] {
        std::fs::create_dir_all(lists.join(folder)).map_err(|problem| refused(&problem.to_string()))?;
    }
    let apt = |arguments: &[&str]| {
        let mut apt = toolchain.checkout.command("apt-get");
        apt.current_dir(&lists).args(["-o", "APT::Architecture=arm64", "-o", "APT::Architectures::=arm64"]);
        apt.args(["-o", "APT::Sandbox::User=root", "-o", "Dir::State::status=/dev/null"]);
        apt.arg("-o").arg(format!("Dir::State::lists={}", lists.join("lists").display()));
        apt.arg("-o").arg(format!("Dir::Cache={}", lists.join("cache").display()));
        apt.args(arguments);
        done(&mut apt, FETCH_BOUND)
    };
    apt(&["update"])?;
    apt(&["download", &format!("{STD}={version}")])?;
    let package = std::fs::read_dir(&lists).ok().and_then(|mut entries| {
        entries.find_map(|entry| {
            let path = entry.ok()?.path();
            path.extension().is_some_and(|extension| extension == "deb").then_some(path)
        })
    });
    let package = package.ok_or_else(|| refused("apt-get left no package"))?;
    // Unpacked under another name first: what has the right name is whole.
    let unpacked = lists.join("unpacked");
    done(toolchain.checkout.command("dpkg-deb").arg("--extract").arg(&package).arg(&unpacked), FETCH_BOUND)?;
    let moved = std::fs::rename(&unpacked, sysroot).and_then(|()| std::fs::remove_dir_all(&lists));
    moved.map_err(|problem| refused(&problem.to_string()))
}

fn done(command: &mut Command, bound: Duration) -> Result<String, Missing> {
    let ended = job::capture(command, bound)?;
    if ended.status.success() { Ok(ended.stdout) } else { Err(refused(&ended.last_words())) }
}

fn refused(said: &str) -> Missing {
    Missing::Install { what: format!("{STD} for arm64"), said: said.to_owned() }
}
