//! `cargo xtask size`: how large the library is, stripped, as x86-64 code for Linux, against a ceiling for each
//! flavour. What was last built for arm64 Android stands beside it. 1 MB is 1,000,000 bytes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::elf::{self, Elf};
use crate::job;
use crate::mobile;
use crate::mobile::phone::{Flavour, Phone};
use crate::mobile::shipped::{self, PROFILE};
use crate::prose;

/// A cold build with link time optimisation over everything, on a machine with two cores that has other work too.
const BUILD_BOUND: Duration = Duration::from_secs(45 * 60);
const FILE: &str = "libcountersign.so";

/// What a flavour may weigh, and what a library with ten exports over the same dependencies weighs, in bytes.
struct Budget {
    flavour: Flavour,
    ceiling: u64,
    floor: u64,
}

const BUDGETS: [Budget; 2] = [
    Budget { flavour: Flavour::Slim, ceiling: 1_200_000, floor: 760_000 },
    Budget { flavour: Flavour::Full, ceiling: 2_800_000, floor: 2_320_000 },
];

/// A flavour that was weighed.
struct Weighed {
    budget: Budget,
    bytes: Result<u64, String>,
    arm64_android: Option<u64>,
}

impl Weighed {
    fn fits(&self) -> bool {
        self.bytes.as_ref().is_ok_and(|bytes| *bytes <= self.budget.ceiling)
    }
}

/// Runs the command. Returns whether every flavour was built and is under its ceiling.
pub(crate) fn run(checkout: &Checkout, as_json: bool) -> bool {
    let weighed = BUDGETS.map(|budget| {
        checkout.prose.heading(&format!("{}, x86-64 Linux", budget.flavour.feature()));
        let bytes = build(checkout, budget.flavour).and_then(|file| weigh(&file));
        let beside = mobile::artifact(checkout, Phone::Android, budget.flavour).join(FILE);
        let arm64_android = beside.metadata().ok().map(|file| file.len());
        Weighed { budget, bytes, arm64_android }
    });
    let green = weighed.iter().all(Weighed::fits);
    if as_json {
        prose::document(&json!({ "ok": green, "unit": "bytes", "libraries": weighed.each_ref().map(document) }));
    }
    checkout.prose.heading("stripped sizes in bytes; 1 MB is 1,000,000");
    for line in table(&weighed) {
        checkout.prose.line(&line);
    }
    green
}

/// Builds a flavour as it would ship, were it for this machine.
fn build(checkout: &Checkout, flavour: Flavour) -> Result<PathBuf, String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("the ceilings are for x86-64 Linux, and this is another system".to_owned());
    }
    let target = checkout.path("target").join("size");
    let mut cargo = checkout.cargo(["rustc", "-p", "countersign-ffi", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--profile", PROFILE, "--no-default-features", "--features", flavour.feature()]);
    cargo
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_ENCODED_RUSTFLAGS", shipped::encoded(&shipped::flags(checkout, &shipped::LINUX)));
    let ended = job::stream(&mut cargo, BUILD_BOUND, checkout.prose).map_err(|problem| problem.to_string())?;
    if ended.status.success() { Ok(target.join(PROFILE).join(FILE)) } else { Err(ended.last_words()) }
}

/// The size of a library, once it is known to be one for the machine that the ceilings are for.
fn weigh(file: &Path) -> Result<u64, String> {
    let library = Elf::read(file).map_err(|problem| problem.to_string())?;
    if library.machine != elf::X86_64 || library.exports.is_empty() {
        return Err(format!("{} is no x86-64 library that exports anything", file.display()));
    }
    file.metadata().map(|file| file.len()).map_err(|problem| problem.to_string())
}

fn table(weighed: &[Weighed]) -> Vec<String> {
    let mut lines = vec!["| flavour | x86-64 .so | ceiling | ten exports | | arm64 Android .so |".to_owned()];
    lines.push("|---|---:|---:|---:|---|---:|".to_owned());
    for one in weighed {
        let Budget { flavour, ceiling, floor } = &one.budget;
        let bytes = one.bytes.as_ref().map_or_else(|why| format!("not built: {why}"), u64::to_string);
        let verdict = if one.fits() { "fits" } else { "TOO LARGE" };
        let arm64 = one.arm64_android.map_or_else(|| "not built: `cargo xtask mobile`".to_owned(), |it| it.to_string());
        lines.push(format!("| {} | {bytes} | {ceiling} | {floor} | {verdict} | {arm64} |", flavour.feature()));
    }
    lines
}

fn document(weighed: &Weighed) -> Value {
    let Budget { flavour, ceiling, floor } = &weighed.budget;
    json!({
        "flavour": flavour.feature(),
        "x86_64_linux": weighed.bytes.as_ref().ok(),
        "problem": weighed.bytes.as_ref().err(),
        "ceiling": ceiling,
        "ten_exports": floor,
        "fits": weighed.fits(),
        "aarch64_linux_android": weighed.arm64_android,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighed(bytes: Result<u64, String>) -> Weighed {
        let budget = Budget { flavour: Flavour::Slim, ceiling: 100, floor: 50 };
        Weighed { budget, bytes, arm64_android: None }
    }

    #[test]
    fn the_ceiling_itself_is_allowed_and_one_byte_more_is_not() {
        assert!(weighed(Ok(100)).fits());
        assert!(!weighed(Ok(101)).fits());
        assert!(table(&[weighed(Ok(101))]).iter().any(|line| line.contains("TOO LARGE")));
    }

    #[test]
    fn what_was_not_built_does_not_fit() {
        assert!(!weighed(Err("no compiler".into())).fits());
        assert_eq!(document(&weighed(Err("no compiler".into())))["problem"], "no compiler");
    }
}
