//! The API as a stranger reads it: every public name is documented, and none is of the machinery below.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::Package;
use crate::checkout::Checkout;
use crate::job;
use crate::tally::Tally;

const BOUND: Duration = Duration::from_secs(120);
/// The modules that an app sees: its own and the one that it exports.
const MODULES: [&str; 2] = ["Countersign", "CountersignFFI"];
/// Words of the generator; none has a place in the API.
const MACHINERY: [&str; 6] = ["uniffi", "ffi", "rustbuffer", "nohandle", "rustcall", "handlemap"];
/// Fewer names than this, and the graph was not read.
const LEAST_NAMES: usize = 100;

/// The public names of all modules.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    documented: usize,
    undocumented: Vec<String>,
    machinery: Vec<String>,
}

/// Two tests: nothing is undocumented, and nothing is machinery.
pub(super) fn check(checkout: &Checkout, package: &Package) -> Result<Tally, String> {
    let mut names = Names::default();
    for module in MODULES {
        for graph in graphs(checkout, package, module)? {
            names.read(&graph);
        }
    }
    let count = names.documented + names.undocumented.len();
    checkout.prose.line(&format!("{count} public names in Swift, {} undocumented", names.undocumented.len()));
    if count < LEAST_NAMES {
        return Err(format!("the API has {count} public names, at least {LEAST_NAMES} are expected"));
    }
    let mut tally = Tally::one("public names of the Swift package without documentation", &names.undocumented);
    tally.add(Tally::one("public names of the Swift package that are machinery", &names.machinery));
    Ok(tally)
}

/// What the compiler wrote down of a module's public names: one file for its own, one for each module whose types it extends.
fn graphs(checkout: &Checkout, package: &Package, module: &str) -> Result<Vec<Value>, String> {
    let folder = package.build.join("api").join(module);
    let failed = |problem: std::io::Error| format!("{}: {problem}", folder.display());
    // Files of an earlier build may name what is gone.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let mut extract: Command = package.command(checkout, "swift".into());
    extract.args(["symbolgraph-extract", "-module-name", module, "-minimum-access-level", "public"]);
    extract.arg("-skip-synthesized-members").arg("-target").arg(triple(checkout, package)?);
    extract.arg("-I").arg(package.build.join("debug").join("Modules"));
    extract.arg("-I").arg(checkout.path("ios/Generated/CountersignRust")).arg("-output-dir").arg(&folder);
    let ended = job::capture(&mut extract, BOUND).map_err(|problem| problem.to_string())?;
    if !ended.status.success() {
        return Err(format!("the API of {module} could not be read:\n{}", ended.last_words()));
    }
    let mut graphs = Vec::new();
    for file in std::fs::read_dir(&folder).map_err(failed)? {
        let text = std::fs::read_to_string(file.map_err(failed)?.path()).map_err(failed)?;
        graphs.push(serde_json::from_str(&text).map_err(|problem| format!("{}: {problem}", folder.display()))?);
    }
    Ok(graphs)
}

/// The machine that Swift builds for, as it names it.
fn triple(checkout: &Checkout, package: &Package) -> Result<String, String> {
    let mut swiftc = package.command(checkout, "swiftc".into());
    let ended = job::capture(swiftc.arg("-print-target-info"), BOUND).map_err(|problem| problem.to_string())?;
    let info: Option<Value> = serde_json::from_str(&ended.stdout).ok();
    let triple = info.as_ref().and_then(|info| info.pointer("/target/triple")).and_then(Value::as_str);
    triple.map(str::to_owned).ok_or_else(|| format!("swiftc does not say what it builds for:\n{}", ended.last_words()))
}

impl Names {
    fn read(&mut self, graph: &Value) {
        let symbols = graph.get("symbols").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for symbol in symbols {
            let path = symbol.get("pathComponents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let name = path.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".");
            let lower = name.to_lowercase();
            if MACHINERY.iter().any(|word| lower.contains(word)) {
                self.machinery.push(name.clone());
            }
            let text = symbol.pointer("/docComment/lines").and_then(Value::as_array);
            let said = text.is_some_and(|lines| {
                lines.iter().filter_map(|line| line.get("text")?.as_str()).any(|line| !line.trim().is_empty())
            });
            if said {
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
    fn names_are_sorted_by_what_is_said_of_them() {
        let mut names = Names::default();
        names.read(&json!({ "symbols": [
            { "pathComponents": ["Ticket"], "docComment": { "lines": [{ "text": "The right to approve." }] } },
            { "pathComponents": ["Ticket", "approve()"], "docComment": { "lines": [{ "text": " " }] } },
            { "pathComponents": ["FfiConverterTypeTicket"] },
        ]}));
        assert_eq!(names.documented, 1);
        assert_eq!(names.undocumented, ["Ticket.approve()", "FfiConverterTypeTicket"]);
        assert_eq!(names.machinery, ["FfiConverterTypeTicket"]);
    }
}
