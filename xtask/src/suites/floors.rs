//! The floors of `docs/architecture.md` as tests: which crate may depend on which, which module of a crate may import
//! which, what the slim core must not pull in, and where unsafe code is forbidden.

mod imports;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::checkout::Checkout;
use crate::job;
use crate::tally::Tally;

const TREE_BOUND: Duration = Duration::from_secs(300);

/// Each crate of the workspace, and the crates of the workspace that it may depend on.
const CRATES: [(&str, &[&str]); 9] = [
    ("countersign-core", &[]),
    ("countersign-ffi", &["countersign-core"]),
    ("countersign-bindgen", &[]),
    ("countersign-fuzz", &["countersign-core", "countersign-ffi"]),
    ("countersign-test-keys", &["countersign-core"]),
    ("countersign-server", &["countersign-core"]),
    ("countersign", &["countersign-core", "countersign-server"]),
    ("countersign-tests", &["countersign-core", "countersign-server", "countersign"]),
    ("xtask", &[]),
];

/// What the core without its adapters must not depend on, at any depth.
const NOT_IN_SLIM_CORE: [&str; 8] =
    ["tokio", "reqwest", "keyring", "hyper", "rustls", "openssl", "native-tls", "aws-lc-rs"];

/// Each module of the core, from the ground up, and the modules of the core that it may import; itself always.
const CORE: [(&str, &[&str]); 11] = [
    ("jose", &[]),
    ("text", &[]),
    ("message", &["jose"]),
    ("details", &["jose", "message", "text"]),
    ("review", &["jose", "message", "text", "details"]),
    ("evidence", &["jose", "message", "details", "review"]),
    ("platform", &["jose", "message"]),
    ("error", &["jose", "message", "review", "platform"]),
    ("device", &["jose", "message", "text", "details", "review", "evidence", "platform", "error"]),
    ("authenticator", &["jose", "message", "text", "details", "review", "evidence", "platform", "error", "device"]),
    ("adapters", &["jose", "message", "platform", "error", "authenticator"]),
];

/// Pairs of modules of the server that must not import each other: the gateway knows nothing of CIBA, and storage
/// knows nothing of the web.
const SERVER_APART: [(&str, &str); 4] =
    [("gateway", "provider"), ("gateway", "web"), ("store", "provider"), ("store", "web")];

/// The crate roots that must forbid unsafe code.
const SAFE: [&str; 4] = ["core/src/lib.rs", "server/src/lib.rs", "emulator/src/main.rs", "xtask/src/main.rs"];

pub(crate) fn run(checkout: &Checkout) -> Tally {
    let mut tally = Tally::default();
    tally.add(outcome("crates depend only on crates below them", crate_floors(checkout)));
    tally.add(outcome("the core without adapters is slim", slim_core(checkout)));
    tally.add(outcome("modules of the core import only modules below them", core_floors(&checkout.path("core/src"))));
    tally.add(outcome("modules of the server keep apart", server_floors(&checkout.path("server/src"))));
    tally.add(outcome("unsafe code is forbidden", safe_roots(checkout)));
    tally
}

/// The rules that are broken, one a line, or why they could not be looked at.
type Broken = Result<Vec<String>, String>;

fn outcome(rule: &str, broken: Broken) -> Tally {
    match broken {
        Ok(broken) => Tally::one(rule, &broken),
        Err(problem) => Tally::failed(format!("{rule}: {problem}")),
    }
}

fn crate_floors(checkout: &Checkout) -> Broken {
    let metadata = checkout.metadata(true).map_err(|problem| problem.to_string())?;
    Ok(broken_crate_floors(&metadata))
}

fn broken_crate_floors(metadata: &Value) -> Vec<String> {
    let named = |value: &Value| value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |value: &Value, member: &str| value.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut broken = Vec::new();
    for package in list(metadata, "packages") {
        let name = named(&package);
        let Some((_, allowed)) = CRATES.iter().find(|(known, _)| *known == name) else {
            broken.push(format!("crate {name} has no floor: add it to the table in xtask"));
            continue;
        };
        for dependency in list(&package, "dependencies").iter().map(named) {
            if CRATES.iter().any(|(known, _)| *known == dependency) && !allowed.contains(&dependency.as_str()) {
                broken.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    broken
}

fn slim_core(checkout: &Checkout) -> Broken {
    let arguments = ["tree", "-e", "normal", "-p", "countersign-core", "--no-default-features", "--prefix", "none"];
    let ended = job::capture(&mut checkout.cargo(arguments), TREE_BOUND).map_err(|problem| problem.to_string())?;
    if !ended.status.success() || !ended.stdout.contains("countersign-core") {
        return Err(ended.last_words());
    }
    let pulled_in = ended.stdout.lines().filter_map(|line| line.split(' ').next());
    let mut broken: Vec<String> = pulled_in.filter(|name| NOT_IN_SLIM_CORE.contains(name)).map(str::to_owned).collect();
    broken.sort();
    broken.dedup();
    Ok(broken)
}

fn core_floors(src: &Path) -> Broken {
    let mut broken = Vec::new();
    for file in sources(src)? {
        let module = top_module(src, &file);
        if module == "lib" {
            continue;
        }
        let floor = CORE.iter().find(|(known, _)| *known == module);
        for imported in imports_of(&file)? {
            let allowed = floor.is_some_and(|(_, allowed)| imported == module || allowed.contains(&imported.as_str()));
            if !allowed {
                broken.push(format!("{} imports crate::{imported}", shown(src, &file)));
            }
        }
    }
    Ok(broken)
}

fn server_floors(src: &Path) -> Broken {
    let mut broken = Vec::new();
    for file in sources(src)? {
        let module = top_module(src, &file);
        for imported in imports_of(&file)? {
            if SERVER_APART.contains(&(module.as_str(), imported.as_str())) {
                broken.push(format!("{} imports crate::{imported}", shown(src, &file)));
            }
        }
    }
    Ok(broken)
}

fn safe_roots(checkout: &Checkout) -> Broken {
    let mut broken = Vec::new();
    for root in SAFE {
        let text = read(&checkout.path(root))?;
        if !text.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]") {
            broken.push(format!("{root} does not say #![forbid(unsafe_code)]"));
        }
    }
    Ok(broken)
}

fn imports_of(file: &Path) -> Result<Vec<String>, String> {
    Ok(imports::of(&read(file)?))
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|problem| format!("{}: {problem}", file.display()))
}

/// Every Rust file under a folder, in a stable order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |problem: std::io::Error| format!("{}: {problem}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The module right under the crate root that a file belongs to: `jose` for `jose/key.rs` and for `jose.rs`.
fn top_module(src: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(src).unwrap_or(file);
    inside.iter().next().and_then(|first| Path::new(first).file_stem()?.to_str()).unwrap_or_default().to_owned()
}

fn shown(src: &Path, file: &Path) -> String {
    file.strip_prefix(src).unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metadata(name: &str, dependency: &str) -> Value {
        json!({ "packages": [{ "name": name, "dependencies": [{ "name": dependency }] }] })
    }

    #[test]
    fn a_dependency_upwards_is_found() {
        assert!(broken_crate_floors(&metadata("countersign-core", "countersign-server")).len() == 1);
        assert!(broken_crate_floors(&metadata("countersign-server", "countersign-core")).is_empty());
        assert!(broken_crate_floors(&metadata("countersign-core", "serde")).is_empty());
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        assert!(broken_crate_floors(&metadata("newcomer", "serde")).len() == 1);
    }

    #[test]
    fn an_import_upwards_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let jose = folder.path().join("jose");
        std::fs::create_dir(&jose).unwrap();
        std::fs::write(jose.join("key.rs"), "use super::Digest;\nuse crate::message::Request;\n").unwrap();
        std::fs::write(folder.path().join("review.rs"), "use crate::jose::Digest;\n").unwrap();
        let broken = core_floors(folder.path()).unwrap();
        assert_eq!(broken, [format!("{} imports crate::message", Path::new("jose").join("key.rs").display())]);
    }
}
