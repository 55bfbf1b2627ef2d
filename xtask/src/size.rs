//! `cargo xtask size`: the size of the stripped library for x86-64 Linux against a limit for each
//! flavour. The table also shows the last build for arm64 Android. 1 MB is 1,000,000 bytes.

use anyhow::{Result, ensure};
use object::Architecture;
use serde_json::Value;

use crate::checkout::Checkout;
use crate::job;
use crate::library::Shared;
use crate::mobile;
use crate::mobile::phone::ANDROID;
use crate::mobile::shipped::{self, PROFILE};
use crate::report::Report;
use crate::suites::rust::BUILD_LIMIT;

const FILE: &str = "libcountersign.so";

/// The largest size of a flavour, and the size of a library with ten exports and the same
/// dependencies, in bytes.
const BUDGETS: [(&str, u64, u64); 2] = [("slim", 1_200_000, 760_000), ("full", 2_800_000, 2_320_000)];

/// Succeeds if every flavour was built and is within its limit.
pub(crate) fn run(checkout: &Checkout) -> Report {
    let (mut report, mut rows) = (Report::default(), Vec::new());
    for (flavour, max_bytes, ten_exports_bytes) in BUDGETS {
        checkout.prose.heading(&format!("{flavour}, x86-64 Linux"));
        let bytes = build(checkout, flavour).map_err(|error| report.fail(format!("not built: {error:#}"))).ok();
        if bytes.is_some_and(|bytes| bytes > max_bytes) {
            report.fail(format!("{flavour} is too large"));
        }
        let arm64 = mobile::artifact(checkout, &ANDROID, flavour).join(FILE).metadata().ok().map(|it| it.len());
        let sizes = [bytes, Some(max_bytes), Some(ten_exports_bytes), arm64].map(Value::from);
        rows.push([vec![flavour.into()], sizes.into()].concat());
    }
    report.table("bytes", &["flavour", "x86-64 .so", "limit", "ten exports", "arm64 Android .so"], &rows);
    report
}

/// Builds a flavour with the flags of a release and returns its size.
fn build(checkout: &Checkout, flavour: &str) -> Result<u64> {
    ensure!(cfg!(all(target_os = "linux", target_arch = "x86_64")), "the limits are for x86-64 Linux");
    let target = checkout.path("target/size");
    let mut cargo = checkout.cargo(["rustc", "-p", "countersign-ffi", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--profile", PROFILE, "--no-default-features", "--features", flavour]);
    cargo.env("CARGO_TARGET_DIR", &target);
    shipped::set_flags(checkout, &mut cargo, &shipped::LINUX);
    job::run(&mut cargo, BUILD_LIMIT, checkout.prose)?;
    let file = target.join(PROFILE).join(FILE);
    let library = Shared::read(&file)?;
    let whole = library.architecture == Architecture::X86_64 && !library.exports.is_empty();
    ensure!(whole, "{} is no x86-64 library with exports", file.display());
    Ok(file.metadata()?.len())
}
