//! `cargo xtask mobile`: the library as phones link it, in both flavours, with its exports and its
//! alignment; and the core's tests as arm64 code. No phone runs these libraries. The one for
//! Android is linked against stand-ins of the system. `cargo xtask aar` and `cargo xtask
//! xcframework` build what ships.

pub(crate) mod android;
mod emulated;
mod exports;
pub(crate) mod phone;
pub(crate) mod shipped;
pub(crate) mod toolchain;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use object::Architecture;
use serde_json::Value;

use crate::checkout::Checkout;
use crate::files;
use crate::job;
use crate::library::{self, LARGE_PAGE_BYTES, Shared};
use crate::mobile::exports::Surface;
use crate::mobile::phone::{ANDROID, FLAVOURS, IOS, Phone};
use crate::mobile::toolchain::Toolchain;
use crate::report::Report;
use crate::suites::rust::BUILD_LIMIT;
use crate::tally::Tally;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Shared libraries for Android: exports, pages of 16 KB, size
    Android,
    /// Static libraries for iOS: exports, size
    Ios,
    /// The core's tests as arm64 code, run by qemu
    Arm64,
}

/// Runs these parts, or all. A part that cannot run is a failure.
pub(crate) fn run(checkout: &Checkout, only: &[Part]) -> Result<Report> {
    let toolchain = Toolchain::find(checkout)?;
    let wanted = |part| only.is_empty() || only.contains(&part);
    let (mut tally, mut rows) = (Tally::default(), Vec::new());
    let phones: Vec<Phone> = [ANDROID, IOS].into_iter().filter(|phone| wanted(phone.part)).collect();
    if !phones.is_empty() {
        let surface = exports::declared(checkout)?;
        for (phone, flavour) in phones.iter().flat_map(|phone| FLAVOURS.map(|flavour| (phone, flavour))) {
            let what = format!("{flavour} for {}", phone.triple);
            checkout.prose.heading(&what);
            let built = build(&toolchain, phone, flavour, &surface, &mut tally);
            tally.result(&format!("{what} is built"), built.map(|row| rows.push(row)));
        }
    }
    let mut report = Report::default();
    report.table("libraries", &["library", "flavour", "bytes", "exported names"], &rows);
    if wanted(Part::Arm64) {
        checkout.prose.heading("the core's tests as arm64 code, under qemu");
        let (arm64, took) = emulated::run(&toolchain)?;
        report.line(format!("arm64 tests of the core: {}, in {} s", arm64.closing_line(), took.as_secs()));
        tally.add(arm64);
    }
    report.tests(&tally, true);
    Ok(report)
}

/// Checks the types of the full flavour for every phone. This is the suite of `cargo xtask test`.
pub(crate) fn check(checkout: &Checkout) -> Result<Tally> {
    let toolchain = Toolchain::find(checkout)?;
    let mut tally = Tally::default();
    for phone in [ANDROID, IOS] {
        let checked = phone::check(&toolchain, &phone, "full")
            .and_then(|mut cargo| job::run(&mut cargo, BUILD_LIMIT, checkout.prose));
        tally.result(&format!("the library compiles for {}", phone.triple), checked);
    }
    Ok(tally)
}

/// The folder in which [`run`] leaves a flavour for a phone.
pub(crate) fn artifact(checkout: &Checkout, phone: &Phone, flavour: &str) -> PathBuf {
    checkout.path("target/mobile/artifacts").join(phone.triple).join(flavour)
}

/// Builds a flavour for a phone as it ships, and checks it. Returns its row of the table.
fn build(tools: &Toolchain, phone: &Phone, flavour: &str, surface: &Surface, tally: &mut Tally) -> Result<Vec<Value>> {
    let (checkout, what) = (&tools.checkout, format!("{flavour} for {}", phone.triple));
    let (mut cargo, built) = phone::release(tools, phone, flavour)?;
    job::run(&mut cargo, BUILD_LIMIT, checkout.prose)?;
    let file = artifact(checkout, phone, flavour).join(built.file_name().unwrap_or_default());
    files::copy(&built, &file)?;
    let exports = if phone.part == Part::Ios {
        library::archive_exports(&file)?
    } else {
        let shared = Shared::read(&file)?;
        tally.check(&format!("{what} has pages of 16 KB"), shared.misaligned(LARGE_PAGE_BYTES));
        let other = (shared.architecture != Architecture::Aarch64).then(|| format!("{:?}", shared.architecture));
        tally.check(&format!("{what} is arm64 code"), other);
        shared.exports
    };
    tally.check(&format!("{what} exports the surface"), exports::differences(surface, &exports));
    tally.check(&format!("{what} names no folder of this machine"), named_folders(checkout, &file)?);
    Ok(vec![phone.triple.into(), flavour.into(), file.metadata()?.len().into(), exports.len().into()])
}

/// The folders of this machine that a library names.
fn named_folders(checkout: &Checkout, library: &Path) -> Result<Vec<String>> {
    let bytes = std::fs::read(library)?;
    let home = std::env::home_dir().filter(|home| home.parent().is_some());
    let folders = std::iter::once(checkout.root.clone()).chain(home).map(|folder| format!("{}/", folder.display()));
    let named = |folder: &String| bytes.windows(folder.len()).any(|window| window == folder.as_bytes());
    Ok(folders.filter(named).collect())
}
