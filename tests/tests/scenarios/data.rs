//! The shared data in `tests/scenarios/<name>.json`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// The data members of a push.
pub(crate) type Push = BTreeMap<String, String>;

/// The data of one scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    pub(crate) name: String,
    /// The body of `POST /approval-requests`.
    #[serde(default)]
    pub(crate) approval_request: Value,
    /// The fields on the screen, in order.
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
    /// The value that the user types.
    pub(crate) typed: Option<String>,
    /// The shift of the clocks in seconds.
    #[serde(default)]
    pub(crate) shift_seconds: u32,
    expect: BTreeMap<String, String>,
}

/// A field on the screen; without a value if the value differs in each run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    pub(crate) id: String,
    pub(crate) value: Option<String>,
}

impl Data {
    /// Reads the data of a scenario.
    pub(crate) fn of(name: &str) -> Self {
        let file = folder().join(format!("{name}.json"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let data: Self = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(data.name, name);
        data
    }

    /// Returns an expected text.
    pub(crate) fn expect(&self, name: &str) -> &str {
        self.expect.get(name).unwrap_or_else(|| panic!("the data expects no {name}"))
    }
}

fn folder() -> PathBuf {
    std::env::var_os("COUNTERSIGN_SCENARIOS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios"), PathBuf::from)
}
