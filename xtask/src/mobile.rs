//! `cargo xtask mobile`: the library as phones would link it, in both flavours, with what it exports and how it is
//! aligned; and the core's tests as arm64 code. The libraries are for looking at: no phone ran them, and the one for
//! Android is linked against stand-ins of the system. What ships comes from `cargo xtask aar` and `xcframework`.

pub(crate) mod android;
mod emulated;
mod exports;
mod ios;
pub(crate) mod phone;
pub(crate) mod shipped;
pub(crate) mod toolchain;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::elf::{self, Elf};
use crate::job;
use crate::mobile::exports::Surface;
use crate::mobile::phone::{Flavour, Phone};
use crate::mobile::toolchain::Toolchain;
use crate::prose;
use crate::provision::Missing;
use crate::tally::Tally;

/// A cold build of one flavour, the standard library included, on a machine with two cores that has other work too.
const BUILD_BOUND: Duration = Duration::from_secs(45 * 60);

/// A part of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Shared libraries for Android: what they export, pages of 16 KB, size
    Android,
    /// Static libraries for iOS: what they define, size
    Ios,
    /// The core's tests as arm64 code, run by qemu
    Arm64,
}

impl Part {
    /// Every part, in the order they run.
    const ALL: [Self; 3] = [Self::Android, Self::Ios, Self::Arm64];
}

/// A library that was built and looked at.
struct Artifact {
    phone: Phone,
    flavour: Flavour,
    file: PathBuf,
    bytes: u64,
    exports: usize,
}

/// What the parts found.
#[derive(Default)]
struct Findings {
    tally: Tally,
    artifacts: Vec<Artifact>,
    /// The tests that ran as arm64 code, and how long that took without their build.
    arm64: Option<(Tally, Duration)>,
}

/// Runs these parts, or every part when none is named. Returns whether all of it is green; what could not run is not.
pub(crate) fn run(checkout: &Checkout, only: &[Part], as_json: bool) -> bool {
    let parts: Vec<Part> = Part::ALL.into_iter().filter(|part| only.is_empty() || only.contains(part)).collect();
    let mut findings = Findings::default();
    match Toolchain::find(checkout) {
        Ok(toolchain) => findings.gather(&toolchain, &parts),
        Err(missing) => findings.tally.skip(missing.to_string()),
    }
    let green = findings.tally.green(true);
    if as_json {
        prose::document(&findings.json(green));
    }
    checkout.prose.heading("summary");
    findings.tally.say_notes(checkout.prose);
    for line in findings.lines() {
        checkout.prose.line(&line);
    }
    checkout.prose.line(&findings.tally.closing_line());
    green
}

impl Findings {
    fn gather(&mut self, toolchain: &Toolchain, parts: &[Part]) {
        let phones: Vec<Phone> = Phone::ALL.into_iter().filter(|phone| parts.contains(&phone.part())).collect();
        if !phones.is_empty() {
            match Surface::generated(&toolchain.checkout) {
                Ok(surface) => self.build(toolchain, &phones, &surface),
                Err(problem) => self.tally.fail(format!("what the libraries have to export is not known: {problem}")),
            }
        }
        if parts.contains(&Part::Arm64) {
            toolchain.checkout.prose.heading("the core's tests as arm64 code, under qemu");
            let (tally, took) = emulated::run(toolchain);
            self.tally.add(tally.clone());
            self.arm64 = Some((tally, took));
        }
    }

    fn build(&mut self, toolchain: &Toolchain, phones: &[Phone], surface: &Surface) {
        for phone in phones {
            for flavour in Flavour::ALL {
                toolchain.checkout.prose.heading(&format!("{}, {}", phone.triple(), flavour.feature()));
                self.tally.add(release(toolchain, *phone, flavour, surface, &mut self.artifacts));
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = if self.artifacts.is_empty() { Vec::new() } else { table(&self.artifacts) };
        if let Some((tally, took)) = &self.arm64 {
            lines.push(format!("arm64 tests of the core: {}, in {} s", tally.closing_line(), took.as_secs()));
        }
        lines
    }

    fn json(&self, green: bool) -> Value {
        json!({
            "ok": green,
            "tally": self.tally.json(),
            "artifacts": self.artifacts.iter().map(document).collect::<Vec<_>>(),
            "arm64_tests": self.arm64.as_ref().map(|(tally, _)| tally.json()),
            "arm64_seconds": self.arm64.as_ref().map(|(_, took)| took.as_secs()),
        })
    }
}

/// Type-checks the fuller flavour for every phone: what each run of the tests does.
pub(crate) fn check(checkout: &Checkout) -> Tally {
    let toolchain = match Toolchain::find(checkout) {
        Ok(toolchain) => toolchain,
        Err(missing @ Missing::Program { .. }) => return Tally::skipped(missing.to_string()),
        Err(problem) => return Tally::failed(problem.to_string()),
    };
    let mut tally = Tally::default();
    for phone in Phone::ALL {
        let what = format!("the library does not compile for {}", phone.triple());
        let checked = phone::check(&toolchain, phone, Flavour::Full).map_err(|problem| problem.to_string());
        tally.add(match checked.and_then(|mut cargo| built(&toolchain, &mut cargo)) {
            Ok(()) => Tally::one(&what, &[]),
            Err(why) => Tally::failed(format!("{what}\n{why}")),
        });
    }
    tally
}

/// Where [`run`] leaves a flavour for a phone, whether it is there or not.
pub(crate) fn artifact(checkout: &Checkout, phone: Phone, flavour: Flavour) -> PathBuf {
    checkout.path("target").join("mobile").join("artifacts").join(phone.triple()).join(flavour.feature())
}

fn release(
    toolchain: &Toolchain,
    phone: Phone,
    flavour: Flavour,
    surface: &Surface,
    artifacts: &mut Vec<Artifact>,
) -> Tally {
    let what = format!("{} for {}", flavour.feature(), phone.triple());
    let made = phone::release(toolchain, phone, flavour).map_err(|problem| problem.to_string());
    let kept = made.and_then(|(mut cargo, file)| {
        built(toolchain, &mut cargo)?;
        keep(&toolchain.checkout, phone, flavour, &file).map_err(|problem| problem.to_string())
    });
    let file = match kept {
        Ok(file) => file,
        Err(why) => return Tally::failed(format!("{what} was not built:\n{why}")),
    };
    let mut tally = Tally::one(&what, &[]);
    let looked_at = match phone {
        Phone::Android => shared(&file, &what, surface, &mut tally),
        Phone::Ios => archived(toolchain, &file, &what, surface, &mut tally),
    };
    tally.add(Tally::one(&format!("{what}: no path of this machine"), &paths(&toolchain.checkout, &file)));
    match looked_at.and_then(|exports| Ok((exports, file.metadata().map_err(|problem| problem.to_string())?.len()))) {
        Ok((exports, bytes)) => artifacts.push(Artifact { phone, flavour, file, bytes, exports }),
        Err(why) => tally.fail(format!("{what}: {why}")),
    }
    tally
}

fn built(toolchain: &Toolchain, cargo: &mut Command) -> Result<(), String> {
    let ended = job::stream(cargo, BUILD_BOUND, toolchain.checkout.prose).map_err(|problem| problem.to_string())?;
    if ended.status.success() { Ok(()) } else { Err(ended.last_words()) }
}

/// Copies a library to a place that the next flavour does not overwrite.
fn keep(checkout: &Checkout, phone: Phone, flavour: Flavour, file: &Path) -> std::io::Result<PathBuf> {
    let folder = artifact(checkout, phone, flavour);
    std::fs::create_dir_all(&folder)?;
    let kept = folder.join(file.file_name().unwrap_or_default());
    std::fs::copy(file, &kept)?;
    Ok(kept)
}

/// The folders of this machine that a library names; nothing when all is well.
fn paths(checkout: &Checkout, library: &Path) -> Vec<String> {
    let bytes = match std::fs::read(library) {
        Ok(bytes) => bytes,
        Err(problem) => return vec![problem.to_string()],
    };
    let home = std::env::home_dir().filter(|home| home.parent().is_some());
    let folders = std::iter::once(checkout.root.clone()).chain(home).map(|folder| format!("{}/", folder.display()));
    folders.filter(|folder| named(&bytes, folder)).map(|folder| format!("names {folder}")).collect()
}

fn named(bytes: &[u8], folder: &str) -> bool {
    bytes.windows(folder.len()).any(|window| window == folder.as_bytes())
}

/// Looks at a shared library; returns how many names it exports.
fn shared(file: &Path, what: &str, surface: &Surface, tally: &mut Tally) -> Result<usize, String> {
    let library = Elf::read(file).map_err(|problem| problem.to_string())?;
    tally.add(Tally::one(&format!("{what}: pages of 16 KB"), &library.misaligned(elf::LARGE_PAGE)));
    let machine = if library.machine == elf::ARM64 { vec![] } else { vec!["another machine's code".to_owned()] };
    tally.add(Tally::one(&format!("{what}: arm64"), &machine));
    tally.add(Tally::one(&format!("{what}: exports"), &surface.wrong(&library.exports)));
    Ok(library.exports.len())
}

/// Looks at a static library; returns how many names of the surface it defines.
fn archived(
    toolchain: &Toolchain,
    file: &Path,
    what: &str,
    surface: &Surface,
    tally: &mut Tally,
) -> Result<usize, String> {
    let names = ios::defined(toolchain, file).map_err(|problem| problem.to_string())?;
    tally.add(Tally::one(&format!("{what}: exports"), &surface.wrong(&names)));
    Ok(names.len())
}

fn table(artifacts: &[Artifact]) -> Vec<String> {
    let mut lines = vec!["| library | flavour | bytes | exported names |".to_owned(), "|---|---|---:|---:|".to_owned()];
    for Artifact { phone, flavour, bytes, exports, .. } in artifacts {
        lines.push(format!("| {} | {} | {bytes} | {exports} |", phone.triple(), flavour.feature()));
    }
    lines
}

fn document(artifact: &Artifact) -> Value {
    let Artifact { phone, flavour, file, bytes, exports } = artifact;
    json!({
        "target": phone.triple(),
        "flavour": flavour.feature(),
        "file": file,
        "bytes": bytes,
        "exports": exports,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_found_where_a_library_names_it() {
        let library = b"\x7fELF\0/home/a/tree/src/lib.rs\0";
        assert!(named(library, "/home/a/"));
        assert!(!named(library, "/home/b/"));
        assert!(!named(b"/ho", "/home/a/"));
    }
}
