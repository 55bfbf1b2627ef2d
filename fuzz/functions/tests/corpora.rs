//! Runs all inputs of the corpora and all seeds through their targets, on stable Rust without
//! libFuzzer.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};

use countersign_core::Outcome;
use countersign_core::details::DetailTypes;
use countersign_core::evidence::Evidence;
use countersign_fuzz::{TARGETS, Target, phone, seeds};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Returns the files of a folder in order, or none if there is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn replayed(kept: &str) -> Vec<(&'static str, usize)> {
    let each = |(name, run): Target| {
        let files = files(&folder(kept).join(name));
        for file in &files {
            let input = std::fs::read(file).unwrap();
            let ran = std::panic::catch_unwind(|| run(&input));
            assert!(ran.is_ok(), "{}", file.display());
        }
        (name, files.len())
    };
    TARGETS.into_iter().map(each).collect()
}

#[test]
fn corpus_inputs_pass() {
    for (name, files) in replayed("corpus") {
        assert!((1..=200).contains(&files), "{name} has {files} inputs");
    }
}

#[test]
fn regression_inputs_pass() {
    replayed("regressions");
}

#[test]
fn seed_inputs_pass() {
    let seeds = seeds::all(&folder("../tests/vectors/adp1"));
    for (name, run) in TARGETS {
        for input in &seeds[name] {
            let ran = std::panic::catch_unwind(|| run(input));
            assert!(ran.is_ok(), "{name}: {}", String::from_utf8_lossy(input));
        }
    }
}

#[test]
fn targets_files_and_folders_match() {
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    let stem = |file: PathBuf| file.file_stem().unwrap().to_str().unwrap().to_owned();
    let targets: Vec<String> = files(&folder("fuzz_targets")).into_iter().map(stem).collect();
    assert_eq!(targets, names);
    for kept in ["corpus", "regressions"] {
        let strays: Vec<String> =
            files(&folder(kept)).into_iter().map(stem).filter(|name| !names.contains(&name.as_str())).collect();
        assert!(strays.is_empty(), "{kept}: {strays:?}");
    }
}

#[test]
fn plain_scripts_reach_the_end() {
    assert_eq!(phone::run_script(seeds::APPROVED.as_bytes()), (vec![Outcome::Confirmed], 1));
    assert_eq!(phone::run_script(seeds::REPLACED.as_bytes()), (vec![Outcome::Confirmed], 1));
    let proved = Evidence::parse(&phone::evidence_of(seeds::APPROVED)).unwrap();
    assert_eq!(proved.verify(&DetailTypes::default()).unwrap().records().count(), 1);
    assert_eq!(phone::run_script(seeds::ENROLLED.as_bytes()), (vec![], 2));
}
