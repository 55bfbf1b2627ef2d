//! What we depend on, against `deny.toml`: licences, banned crates, sources. The same file serves cargo-deny, which is
//! run too where it is installed; the rules themselves need nothing but cargo.
//!
//! Advisories are not looked at here: their database is fetched from outside, and a test result that changes without a
//! change of the tree is no test result. `cargo deny check advisories` looks at them.

mod licence;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use toml::Table;

use crate::checkout::Checkout;
use crate::job;
use crate::provision;
use crate::tally::Tally;

const DENY_BOUND: Duration = Duration::from_secs(300);

/// The lists of `deny.toml` that count here.
struct Policy {
    licences: BTreeSet<String>,
    /// What single crates are allowed beside that.
    exceptions: BTreeMap<String, BTreeSet<String>>,
    banned: BTreeSet<String>,
}

pub(crate) fn run(checkout: &Checkout) -> Tally {
    let mut tally = match examine(checkout) {
        Ok(tally) => tally,
        Err(problem) => Tally::failed(problem),
    };
    tally.add(lockfiles(checkout));
    if provision::find_program("cargo-deny").is_some() {
        tally.add(cargo_deny(checkout));
    } else {
        checkout.prose.line("cargo-deny is not installed: its reading of deny.toml is not compared with ours");
    }
    tally
}

fn examine(checkout: &Checkout) -> Result<Tally, String> {
    let text =
        std::fs::read_to_string(checkout.path("deny.toml")).map_err(|problem| format!("deny.toml: {problem}"))?;
    let policy = read_policy(&text)?;
    let metadata = checkout.metadata(false).map_err(|problem| problem.to_string())?;
    let packages = metadata.get("packages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut tally = Tally::default();
    tally.add(Tally::one("every licence is allowed by deny.toml", &unlicensed(packages, &policy)));
    tally.add(Tally::one("no crate is banned by deny.toml", &banned(packages, &policy)));
    tally.add(Tally::one("everything comes from one registry", &foreign(packages)));
    Ok(tally)
}

fn read_policy(text: &str) -> Result<Policy, String> {
    let table: Table = text.parse().map_err(|problem| format!("deny.toml: {problem}"))?;
    let entries = |section: &str, key: &str| {
        let list = table.get(section).and_then(|section| section.get(key)).and_then(toml::Value::as_array);
        list.ok_or_else(|| format!("deny.toml has no list `{key}` in [{section}]"))
    };
    let crate_name = |entry: &toml::Value| entry.get("crate").and_then(toml::Value::as_str).map(str::to_owned);
    let exception = |entry: &toml::Value| Some((crate_name(entry)?, strings(entry.get("allow")?.as_array()?)));
    Ok(Policy {
        licences: strings(entries("licenses", "allow")?),
        exceptions: entries("licenses", "exceptions")?.iter().filter_map(exception).collect(),
        banned: entries("bans", "deny")?.iter().filter_map(crate_name).collect(),
    })
}

fn strings(list: &[toml::Value]) -> BTreeSet<String> {
    list.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect()
}

fn text<'a>(package: &'a Value, member: &str) -> &'a str {
    package.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn unlicensed(packages: &[Value], policy: &Policy) -> Vec<String> {
    let allowed = |package: &Value| {
        let exception = policy.exceptions.get(text(package, "name")).cloned().unwrap_or_default();
        licence::allowed(text(package, "license"), &policy.licences.union(&exception).cloned().collect())
    };
    let refused = packages.iter().filter(|package| !allowed(package));
    refused.map(|package| format!("{}: `{}`", text(package, "name"), text(package, "license"))).collect()
}

fn banned(packages: &[Value], policy: &Policy) -> Vec<String> {
    packages
        .iter()
        .map(|package| text(package, "name").to_owned())
        .filter(|name| policy.banned.contains(name))
        .collect()
}

/// What does not come from a registry, or not from the same one as the rest. A package without a source is our own.
fn foreign(packages: &[Value]) -> Vec<String> {
    let from = |package: &Value| package.get("source").and_then(Value::as_str).map(str::to_owned);
    let registry = packages.iter().filter_map(from).find(|source| source.starts_with("registry+"));
    let elsewhere = packages.iter().filter(|package| from(package).is_some_and(|it| Some(it) != registry));
    elsewhere.map(|package| format!("{} from {}", text(package, "name"), text(package, "source"))).collect()
}

/// A lockfile of npm that names hosts ties everyone to one mirror of the registry.
fn lockfiles(checkout: &Checkout) -> Tally {
    let mut broken = Vec::new();
    for folder in ["tests/page", "tests/interop"] {
        let lockfile = checkout.path(folder).join("package-lock.json");
        if std::fs::read_to_string(&lockfile).is_ok_and(|text| text.contains("\"resolved\"")) {
            broken.push(format!("{folder}/package-lock.json: run npm with --omit-lockfile-registry-resolved"));
        }
    }
    Tally::one("no lockfile names a registry host", &broken)
}

fn cargo_deny(checkout: &Checkout) -> Tally {
    let mut deny = checkout.cargo(["deny", "check", "bans", "licenses", "sources"]);
    match job::capture(&mut deny, DENY_BOUND) {
        Ok(ended) if ended.status.success() => Tally::one("cargo deny check", &[]),
        Ok(ended) => Tally::failed(format!("cargo deny check\n{}", ended.last_words())),
        Err(problem) => Tally::failed(problem.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DENY: &str = "[licenses]\nallow = [\"MIT\"]\nexceptions = [{ crate = \"odd\", allow = [\"MPL-2.0\"] }]\n\
        [bans]\ndeny = [{ crate = \"openssl\", reason = \"C\" }]\n";

    #[test]
    fn a_licence_a_ban_and_a_source_are_found() {
        let policy = read_policy(DENY).unwrap();
        let packages = [
            json!({ "name": "fine", "license": "MIT OR GPL-3.0", "source": "registry+https://registry.example" }),
            json!({ "name": "odd", "license": "MPL-2.0", "source": "registry+https://registry.example" }),
            json!({ "name": "openssl", "license": "MPL-2.0", "source": "git+https://elsewhere.example" }),
            json!({ "name": "nameless", "source": null }),
        ];
        assert_eq!(unlicensed(&packages, &policy), ["openssl: `MPL-2.0`", "nameless: ``"]);
        assert_eq!(banned(&packages, &policy), ["openssl"]);
        assert_eq!(foreign(&packages), ["openssl from git+https://elsewhere.example"]);
    }

    #[test]
    fn a_policy_without_a_list_is_an_error() {
        assert!(read_policy("[licenses]\nallow = []\n").is_err());
    }
}
