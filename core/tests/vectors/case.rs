//! The file format: one case a file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// The file's name without `.json`.
    pub(crate) name: String,
    /// What it shows, in one sentence.
    pub(crate) about: String,
    /// What `given`, `input` and `expect` are: `docs/vectors.md` lists the kinds.
    pub(crate) kind: String,
    /// Keys and everything else that is known before the input comes.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) given: Value,
    /// What is tried.
    pub(crate) input: Value,
    /// What must come of it.
    pub(crate) expect: Expect,
}

/// What must come of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expect {
    /// It is accepted, and means exactly this.
    Ok(Value),
    /// It is refused with this code.
    Error(String),
}

impl Case {
    /// Whether it shows something that must be refused, or must not be approved.
    pub(crate) fn is_bad(&self) -> bool {
        match &self.expect {
            Expect::Ok(value) => !value["not_approvable"].is_null() || !value["flaw"].is_null(),
            Expect::Error(_) => true,
        }
    }

    /// As a file: indented, and nothing but ASCII, so that no character of a hostile text acts on whoever reads it.
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

/// The folder `tests/vectors`.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors")
}

/// The paths of all cases, in order.
pub(crate) fn paths() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder().join("adp1")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    paths()
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(path.file_stem().unwrap(), case.name.as_str(), "a case is called as its file");
            case
        })
        .collect()
}

/// The case with this name.
pub(crate) fn named(name: &str) -> Case {
    let all = all();
    all.into_iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is no case {name}"))
}
