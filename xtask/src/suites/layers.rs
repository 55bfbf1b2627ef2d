//! Dependencies that Cargo cannot check: module cycles within a crate, crates in the slim core, SQL
//! outside the store.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use regex::Regex;

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::tally::Tally;

/// Crates that the core without its adapters must not depend on, at any depth.
const NOT_IN_SLIM_CORE: [&str; 8] =
    ["tokio", "reqwest", "keyring", "hyper", "rustls", "openssl", "native-tls", "aws-lc-rs"];
/// The crates of the slim core.
const SLIM_CORE: [&str; 3] = ["countersign-protocol", "countersign-device", "countersign-core"];
/// The only module that may name SQL types.
const STORE: &str = "server/src/store";
const SQL_TYPE: &str = r"\bsqlx\b|\bSqlite(Connect|Pool|Row|Transaction|Executor)";

pub(crate) fn run(checkout: &Checkout) -> Result<Tally> {
    let files = checkout.texts(&["rs"])?.into_iter().collect();
    let mut tally = Tally::default();
    tally.check("no module cycle in any crate", cycles(&files)?);
    tally.check("the core without adapters is slim", slim_core(checkout)?);
    tally.check("no SQL type outside the store", sql(&files)?);
    Ok(tally)
}

fn slim_core(checkout: &Checkout) -> Result<BTreeSet<String>> {
    let mut wrong = BTreeSet::new();
    for package in SLIM_CORE {
        let arguments = ["tree", "-e", "normal", "-p", package, "--no-default-features", "--prefix", "none"];
        let tree = job::read(&mut checkout.cargo(arguments), minutes(5))?;
        ensure!(tree.starts_with(package), "`cargo tree` does not list {package}");
        let crates = tree.lines().filter_map(|line| line.split(' ').next());
        wrong.extend(crates.filter(|it| NOT_IN_SLIM_CORE.contains(it)).map(|it| format!("{package}: {it}")));
    }
    Ok(wrong)
}

fn sql(files: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let pattern = Regex::new(SQL_TYPE)?;
    let outside = files.iter().filter(|(file, _)| file.starts_with("server/src/") && !file.starts_with(STORE));
    let hits = outside.flat_map(|(file, text)| (1..).zip(text.lines()).map(move |(number, line)| (file, number, line)));
    let hits = hits.filter(|(_, _, line)| pattern.is_match(line));
    Ok(hits.map(|(file, number, line)| format!("{file}:{number}: {}", line.trim())).collect())
}

/// The cycles of imports between files of a crate. Imports between a module and its ancestors do
/// not count.
fn cycles<'a>(files: &'a BTreeMap<String, String>) -> Result<Vec<String>> {
    let root = |file: &'a String| file.strip_suffix("/lib.rs").or_else(|| file.strip_suffix("/main.rs"));
    let roots: BTreeSet<&str> = files.keys().filter_map(root).collect();
    let mut wrong = Vec::new();
    for root in &roots {
        let in_nested_root = |file: &str| roots.iter().any(|it| it.len() > root.len() && file.starts_with(it));
        let module = |file: &str| {
            let path = file.strip_prefix(root)?.strip_prefix('/')?.strip_suffix(".rs")?;
            let path = path.strip_suffix("/mod").unwrap_or(path);
            Some(if matches!(path, "lib" | "main") { String::new() } else { path.replace('/', "::") })
        };
        let modules = files.iter().filter(|(file, _)| !in_nested_root(file));
        let modules = modules.filter_map(|(file, text)| Some((module(file)?, text.as_str())));
        let modules: BTreeMap<String, &str> = modules.collect();
        let mut graph = BTreeMap::new();
        for (path, text) in &modules {
            graph.insert(path.as_str(), imports(path, text, &modules)?);
        }
        wrong.extend(circles(&graph).iter().map(|cycle| format!("{root}: {}", cycle.join(" <-> "))));
    }
    Ok(wrong)
}

/// The modules that a file imports by `crate::` or `super::`, without its own ancestors and
/// descendants.
fn imports<'a>(path: &str, text: &str, modules: &'a BTreeMap<String, &str>) -> Result<BTreeSet<&'a str>> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut named = Vec::new();
    for found in Regex::new(r"\b(crate|(super::)*super)::")?.find_iter(&code) {
        let ups = found.as_str().matches("super").count();
        let mut base: Vec<&str> = if ups == 0 { Vec::new() } else { path.split("::").collect() };
        base.truncate(base.len().saturating_sub(ups));
        let after = code.get(found.end()..).context("a match ends inside the text")?;
        expand(&base.join("::"), after, &mut named);
    }
    let related = |one: &str, other: &str| one == other || one.is_empty() || other.starts_with(&format!("{one}::"));
    let targets = named.iter().filter_map(|name| {
        let parent = |name: &str| name.rfind("::").unwrap_or_default();
        let mut names = std::iter::successors(Some(name.as_str()), |name| name.get(..parent(name)));
        names.find_map(|name| modules.get_key_value(name)).map(|(module, _)| module.as_str())
    });
    Ok(targets.filter(|target| !related(target, path) && !related(path, target)).collect())
}

/// Adds the paths of a tree such as `a::{b, c::d}`, each below `base`. Returns the rest of the
/// text.
fn expand<'a>(base: &str, text: &'a str, paths: &mut Vec<String>) -> &'a str {
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = expand(base, rest.trim_start(), paths).trim_start();
            match rest.strip_prefix(',') {
                Some(more) if !more.trim_start().starts_with('}') => rest = more,
                Some(more) => return more.trim_start().strip_prefix('}').unwrap_or(more),
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let length = text.find(|letter| !is_name(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    let path = if base.is_empty() || name.is_empty() { format!("{base}{name}") } else { format!("{base}::{name}") };
    match rest.strip_prefix("::") {
        Some(rest) => expand(&path, rest, paths),
        None => {
            paths.push(path);
            rest.strip_prefix(" as ").map_or(rest, |alias| alias.trim_start_matches(is_name))
        }
    }
}

/// The groups of two or more modules that all reach each other.
fn circles<'a>(graph: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<Vec<&'a str>> {
    let reach = |from: &'a str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            next.extend(graph.get(module).into_iter().flatten().copied().filter(|it| seen.insert(*it)));
        }
        seen
    };
    let mutual = |one: &&'a str| reach(one).into_iter().filter(|other| reach(other).contains(one)).collect::<Vec<_>>();
    graph.keys().map(mutual).filter(|group| group.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        cycles(&files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()).unwrap()
    }

    #[test]
    fn cycle_between_siblings_is_found() {
        let lib = ("a/src/lib.rs", "mod one;\nmod two;\nmod three;\n");
        let one = ("a/src/one/mod.rs", "use crate::{three::X as Y, two::{A, B}};\nuse std::io;\n");
        let two = ("a/src/two.rs", "use super::one::C;\n");
        assert_eq!(found(&[lib, one, two, ("a/src/three.rs", "")]), ["a/src: one <-> two"]);
        assert!(found(&[lib, one, ("a/src/two.rs", "// use crate::one::C;\n")]).is_empty());
        let in_tests = ("a/src/two.rs", "#[cfg(test)]\nmod tests {\n    use crate::one::C;\n}\n");
        assert!(found(&[lib, one, in_tests]).is_empty());
    }

    #[test]
    fn imports_of_ancestors_and_descendants_do_not_count() {
        let lib = ("a/src/lib.rs", "use crate::one::deep::X;\n");
        let one = ("a/src/one.rs", "use crate::one::deep::X;\n");
        let deep = ("a/src/one/deep.rs", "use super::Y;\nuse crate::one::Z;\nuse crate::W;\n");
        assert!(found(&[lib, one, deep]).is_empty());
    }

    #[test]
    fn sql_type_is_allowed_only_in_the_store() {
        let file = |name: &str| BTreeMap::from([(name.to_owned(), "use sqlx::SqlitePool;\n".to_owned())]);
        assert!(sql(&file("server/src/store/mod.rs")).unwrap().is_empty());
        assert_eq!(sql(&file("server/src/web/mod.rs")).unwrap().len(), 1);
    }
}
