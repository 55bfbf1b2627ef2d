//! `cargo xtask mobile`: the library as phones would link it. Both flavours for Android and iOS, with what they export
//! and how they are aligned; the core's tests as arm64 code. Compiled and linked, not run on a phone.

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

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::elf::{self, Elf};
use crate::job;
use crate::mobile::phone::{Flavour, Phone};
use crate::mobile::toolchain::Toolchain;
use crate::prose;
use crate::provision::Missing;
use crate::tally::Tally;

/// A cold build of one flavour, the standard library included, on a machine with two cores that has other work too.
const BUILD_BOUND: Duration = Duration::from_secs(45 * 60);

/// A library that was built and looked at.
struct Artifact {
    phone: Phone,
    flavour: Flavour,
    file: PathBuf,
    bytes: u64,
    exports: usize,
}

/// Runs the command. Returns whether all of it is green; what could not run is not.
pub(crate) fn run(checkout: &Checkout, as_json: bool) -> bool {
    let mut tally = Tally::default();
    let mut artifacts = Vec::new();
    let mut arm64 = Tally::default();
    match Toolchain::find(checkout) {
        Ok(toolchain) => {
            for phone in Phone::ALL {
                for flavour in Flavour::ALL {
                    checkout.prose.heading(&format!("{}, {}", phone.triple(), flavour.feature()));
                    tally.add(release(&toolchain, phone, flavour, &mut artifacts));
                }
            }
            checkout.prose.heading("the core's tests as arm64 code, under qemu");
            arm64 = emulated::run(&toolchain);
            tally.add(arm64.clone());
        }
        Err(missing) => tally.skip(missing.to_string()),
    }
    let green = tally.green(true);
    if as_json {
        prose::document(&json!({
            "ok": green,
            "tally": tally.json(),
            "artifacts": artifacts.iter().map(document).collect::<Vec<_>>(),
            "arm64_tests": arm64.json(),
        }));
    }
    checkout.prose.heading("summary");
    tally.say_notes(checkout.prose);
    for line in table(&artifacts) {
        checkout.prose.line(&line);
    }
    checkout.prose.line(&format!("arm64 tests of the core: {}", arm64.closing_line()));
    checkout.prose.line(&tally.closing_line());
    green
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

fn release(toolchain: &Toolchain, phone: Phone, flavour: Flavour, artifacts: &mut Vec<Artifact>) -> Tally {
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
        Phone::Android => shared(&file, &what, &mut tally),
        Phone::Ios => archived(toolchain, &file, &what, &mut tally),
    };
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

/// Looks at a shared library; returns how many names it exports.
fn shared(file: &Path, what: &str, tally: &mut Tally) -> Result<usize, String> {
    let library = Elf::read(file).map_err(|problem| problem.to_string())?;
    tally.add(Tally::one(&format!("{what}: pages of 16 KB"), &library.misaligned(elf::LARGE_PAGE)));
    let machine = if library.machine == elf::ARM64 { vec![] } else { vec!["another machine's code".to_owned()] };
    tally.add(Tally::one(&format!("{what}: arm64"), &machine));
    tally.add(Tally::one(&format!("{what}: exports"), &exports::wrong(&library.exports)));
    Ok(library.exports.len())
}

/// Looks at a static library; returns how many names of the surface it defines.
fn archived(toolchain: &Toolchain, file: &Path, what: &str, tally: &mut Tally) -> Result<usize, String> {
    let names = ios::defined(toolchain, file).map_err(|problem| problem.to_string())?;
    tally.add(Tally::one(&format!("{what}: exports"), &exports::wrong(&names)));
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
