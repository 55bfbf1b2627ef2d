//! An event script of `tests/approval`. `tests/approval/README.md` describes the format.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use countersign_core::message::decision::DenyReason;
use countersign_core::review::{FieldHeight, SessionEvent};
use serde::Deserialize;
use serde_json::Value;

/// A script: a request, a policy, and steps with the state that each of them leads to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) policy: Policy,
    pub(crate) request: Request,
    pub(crate) can_scan: bool,
    pub(crate) steps: Vec<Step>,
}

/// The part of the enrolment's policy that concerns the display.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    pub(crate) calls: String,
    pub(crate) min_shown_ms: u64,
    pub(crate) binding_floor: String,
}

/// The properties of the request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) binding: Value,
    pub(crate) approvable: bool,
}

/// One call of the session, and the state after it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", tag = "call", deny_unknown_fields)]
pub(crate) enum Step {
    Handle {
        at_ms: u64,
        events: Vec<Event>,
        #[serde(default)]
        expect: Expect,
    },
    SetBindingValue {
        value: Option<String>,
        #[serde(default)]
        expect: Expect,
    },
    Approve {
        prompt: Prompt,
        #[serde(default)]
        expect: Expect,
    },
    Deny {
        #[allow(dead_code, reason = "the session does not take it, the type checks its name")]
        reason: DenyReason,
        #[serde(default)]
        expect: Expect,
    },
}

impl Step {
    pub(crate) fn expect(&self) -> &Expect {
        match self {
            Self::Handle { expect, .. }
            | Self::SetBindingValue { expect, .. }
            | Self::Approve { expect, .. }
            | Self::Deny { expect, .. } => expect,
        }
    }
}

/// The user's action at the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Prompt {
    Verified,
    Cancelled,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", deny_unknown_fields)]
pub(crate) enum Event {
    Layout { heights: BTreeMap<String, f64> },
    Visible { field: String, height: f64, top: f64, bottom: f64 },
    Foreground { on: bool },
    Covered { on: bool },
    Shared { on: bool },
    Call { on: bool },
}

impl Event {
    /// Returns the events of the session. The field `*` stands for all fields that are not named.
    pub(crate) fn expand(&self, fields: &[String]) -> Vec<SessionEvent> {
        match self {
            Self::Layout { heights } => {
                let mut named: Vec<FieldHeight> = Vec::new();
                for (field, height) in heights.iter().filter(|(field, _)| *field != "*") {
                    named.push(FieldHeight { field: field.clone(), height: *height });
                }
                if let Some(height) = heights.get("*") {
                    let others = fields.iter().filter(|field| !heights.contains_key(*field));
                    named.extend(others.map(|field| FieldHeight { field: field.clone(), height: *height }));
                }
                vec![SessionEvent::Layout { fields: named }]
            }
            Self::Visible { field, height, top, bottom } => {
                let visible = |field: &String| SessionEvent::Visible {
                    field: field.clone(),
                    height: *height,
                    top: *top,
                    bottom: *bottom,
                };
                if field == "*" { fields.iter().map(visible).collect() } else { vec![visible(field)] }
            }
            Self::Foreground { on } => vec![SessionEvent::Foreground { on: *on }],
            Self::Covered { on } => vec![SessionEvent::Covered { on: *on }],
            Self::Shared { on } => vec![SessionEvent::Shared { on: *on }],
            Self::Call { on } => vec![SessionEvent::Call { on: *on }],
        }
    }
}

/// The members that are present are compared.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) missing: Option<Vec<String>>,
    pub(crate) remaining_ms: Option<u64>,
    /// `none` for no obstacle.
    pub(crate) obstacle: Option<String>,
    pub(crate) approval_allowed: Option<bool>,
    pub(crate) call_warning: Option<bool>,
    pub(crate) shown_ms: Option<u64>,
    pub(crate) error: Option<String>,
    pub(crate) decision: Option<Decision>,
}

/// The report in the signed decision.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    pub(crate) shown_ms: u64,
    pub(crate) call_active: bool,
    #[serde(default)]
    pub(crate) binding: Option<String>,
}

/// Reads all scripts of a folder, in the order of their names.
pub(crate) fn read_all(folder: &Path) -> Vec<(PathBuf, Script)> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let script = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path, script)
        })
        .collect()
}
