//! Published cases never change. `SHA256SUMS` lists every file with its digest.
//!
//! `cargo xtask vectors --generate` adds new cases. It sets the variable [`ADDING`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use countersign_core::jose::Digest;

use crate::case::{self, Case, Expect};
use crate::generate::{self, Draft};

const ADDING: &str = "COUNTERSIGN_VECTORS_ADD";

/// Returns the digests by file, as `sha256sum` prints them.
fn sums() -> BTreeMap<String, String> {
    case::paths()
        .into_iter()
        .map(|path| {
            let name = format!("adp1/{}", path.file_name().unwrap().to_str().unwrap());
            let digest = Digest::of(&std::fs::read(&path).unwrap());
            (name, digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
        })
        .collect()
}

fn listed() -> BTreeMap<String, String> {
    let list = std::fs::read_to_string(case::folder().join("SHA256SUMS")).unwrap_or_default();
    list.lines()
        .map(|line| line.split_once("  ").unwrap_or_else(|| panic!("not a line of SHA256SUMS: {line:?}")))
        .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
        .collect()
}

/// Generates the missing cases if the variable is set.
fn add() {
    if std::env::var_os(ADDING).is_none() {
        return;
    }
    let (mut listed, there) = (listed(), sums());
    let path = |draft: &Draft| case::folder().join(format!("adp1/{}.json", draft.name()));
    let missing = generate::all().into_iter().filter(|draft| !path(draft).exists());
    let (made, wrong): (Vec<_>, Vec<_>) = missing.map(Draft::finish).partition(Result::is_ok);
    let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "no case was added:\n{}", wrong.join("\n"));
    for case in made.into_iter().flatten() {
        std::fs::write(case::folder().join(format!("adp1/{}.json", case.name)), case.to_file()).unwrap();
    }
    for (name, sum) in sums() {
        // A file that existed before and is not listed was not generated here.
        if !there.contains_key(&name) {
            listed.entry(name).or_insert(sum);
        }
    }
    let list = listed.iter().fold(String::new(), |mut list, (name, sum)| {
        writeln!(list, "{sum}  {name}").unwrap();
        list
    });
    std::fs::write(case::folder().join("SHA256SUMS"), list).unwrap();
}

#[test]
fn no_published_case_changes_or_goes() {
    add();
    let (there, listed) = (sums(), listed());
    let changed: Vec<&String> =
        listed.iter().filter(|(name, sum)| there.get(*name) != Some(sum)).map(|(name, _)| name).collect();
    let unlisted: Vec<&String> = there.keys().filter(|name| !listed.contains_key(*name)).collect();
    assert!(changed.is_empty(), "changed or missing: {changed:?}");
    assert!(unlisted.is_empty(), "not in SHA256SUMS: {unlisted:?}");
    compare_with_generated(&case::all());
}

/// Generates every case again with other signatures and compares the result with the published one.
fn compare_with_generated(published: &[Case]) {
    let drafts = generate::all();
    let mut names = BTreeSet::new();
    for draft in drafts {
        assert!(names.insert(draft.name().to_owned()), "duplicate case name {}", draft.name());
        let case = draft.finish().unwrap_or_else(|wrong| panic!("{wrong}"));
        let known = published.iter().find(|known| known.name == case.name);
        let known =
            known.unwrap_or_else(|| panic!("{} is not published: run cargo xtask vectors --generate", case.name));
        let same = match (&case.expect, &known.expect) {
            (Expect::Error(code), Expect::Error(published)) => code == published,
            (Expect::Ok(_), Expect::Ok(_)) => case.is_bad() == known.is_bad(),
            _ => false,
        };
        assert!(same && case.kind == known.kind, "{} gives {:?}, not {:?}", case.name, case.expect, known.expect);
    }
    let unknown: Vec<&String> = published.iter().map(|case| &case.name).filter(|name| !names.contains(*name)).collect();
    assert!(unknown.is_empty(), "no generator for {unknown:?}");
}
