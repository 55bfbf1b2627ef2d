//! The public API of the Swift package: every name is documented, and none belongs to the
//! generator.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Package;
use crate::job::{self, minutes};
use crate::read::{list, text};
use crate::tally::Tally;

/// The modules that an app imports: the package's own module and the one that it exports.
const MODULES: [&str; 2] = ["Countersign", "CountersignFFI"];
/// Words in names of the generator.
const GENERATOR: [&str; 6] = ["uniffi", "ffi", "rustbuffer", "nohandle", "rustcall", "handlemap"];
/// Fewer names than this, and the graph was not read.
const MIN_NAMES: usize = 100;

/// The public names of all modules.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    documented: usize,
    undocumented: Vec<String>,
    generator: Vec<String>,
}

/// Two tests: every name is documented, and none belongs to the generator.
pub(super) fn check(package: &Package<'_>, tally: &mut Tally) -> Result<()> {
    let mut names = Names::default();
    for module in MODULES {
        graphs(package, module)?.iter().for_each(|graph| names.read(graph));
    }
    let count = names.documented + names.undocumented.len();
    ensure!(count >= MIN_NAMES, "the API has {count} public names, at least {MIN_NAMES} are expected");
    tally.check("every public name of the Swift package is documented", names.undocumented);
    tally.check("no public name of the Swift package belongs to the generator", names.generator);
    Ok(())
}

/// The compiler's symbol graphs of a module: one for its own names, one for each module whose types
/// it extends.
fn graphs(package: &Package<'_>, module: &str) -> Result<Vec<Value>> {
    let folder = package.build.join("api").join(module);
    crate::files::empty_folder(&folder)?;
    let info: Value =
        serde_json::from_str(&job::read(package.command("swiftc".into()).arg("-print-target-info"), minutes(2))?)?;
    let triple = info.pointer("/target/triple").and_then(Value::as_str).context("swiftc names no target")?;
    let mut extract = package.command("swift".into());
    extract.args(["symbolgraph-extract", "-module-name", module, "-minimum-access-level", "public"]);
    extract.args(["-skip-synthesized-members", "-target", triple, "-I"]).arg(package.build.join("debug/Modules"));
    extract.arg("-I").arg(package.checkout.path("ios/Generated/CountersignRust")).arg("-output-dir").arg(&folder);
    job::read(&mut extract, minutes(2))?;
    let files = std::fs::read_dir(&folder)?.map(|file| Ok(serde_json::from_slice(&std::fs::read(file?.path())?)?));
    files.collect()
}

impl Names {
    fn read(&mut self, graph: &Value) {
        for symbol in list(graph, "symbols") {
            let path: Vec<&str> = list(symbol, "pathComponents").iter().filter_map(Value::as_str).collect();
            let (name, lower) = (path.join("."), path.join(".").to_lowercase());
            if GENERATOR.iter().any(|word| lower.contains(word)) {
                self.generator.push(name.clone());
            }
            let lines = symbol.get("docComment").map(|comment| list(comment, "lines")).unwrap_or_default();
            if lines.iter().any(|line| !text(line, "text").trim().is_empty()) {
                self.documented += 1;
            } else {
                self.undocumented.push(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_sorted_by_their_documentation() {
        let mut names = Names::default();
        names.read(&json!({ "symbols": [
            { "pathComponents": ["Ticket"], "docComment": { "lines": [{ "text": "Permits one approval." }] } },
            { "pathComponents": ["FfiConverterTypeTicket"], "docComment": { "lines": [{ "text": " " }] } },
        ]}));
        assert_eq!((names.documented, names.undocumented.len(), names.generator.len()), (1, 1, 1));
    }
}
