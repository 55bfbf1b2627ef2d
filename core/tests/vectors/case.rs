//! The file format, with one case in each file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// The file name without `.json`.
    pub(crate) name: String,
    /// The subject of the case in one sentence.
    pub(crate) about: String,
    /// The kind of `given`, `input` and `expect`. `docs/contributors/vectors.md` lists the kinds.
    pub(crate) kind: String,
    /// The keys and other data that are known before the input arrives.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) given: Value,
    /// The input.
    pub(crate) input: Value,
    /// The expected result.
    pub(crate) expect: Expect,
}

/// The expected result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expect {
    /// The input is accepted and has exactly this meaning.
    Ok(Value),
    /// The input is rejected with this code.
    Error(String),
}

impl Case {
    /// Returns whether the input must be rejected or must not be approved.
    pub(crate) fn is_bad(&self) -> bool {
        match &self.expect {
            Expect::Ok(value) => !value["not_approvable"].is_null() || !value["flaw"].is_null(),
            Expect::Error(_) => true,
        }
    }

    /// Returns the content of the file: indented, ASCII only, so that hostile characters have no
    /// effect on readers.
    pub(crate) fn to_file(&self) -> String {
        let mut file = String::new();
        for character in serde_json::to_string_pretty(self).unwrap().chars() {
            if character.is_ascii() {
                file.push(character);
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    file.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
        file + "\n"
    }
}

/// Returns the folder `tests/vectors`.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors")
}

/// Returns the paths of all cases in order.
pub(crate) fn paths() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder().join("adp1")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Returns all cases.
pub(crate) fn all() -> Vec<Case> {
    paths()
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(path.file_stem().unwrap(), case.name.as_str(), "the name of a case is the name of its file");
            case
        })
        .collect()
}

/// Returns the case with this name.
pub(crate) fn named(name: &str) -> Case {
    let all = all();
    all.into_iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case {name}"))
}
