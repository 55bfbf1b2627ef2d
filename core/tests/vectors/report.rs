//! The reports for `cargo xtask vectors`.

use serde_json::Value;

/// Prints a report as one line.
pub(crate) fn say(row: &Value) {
    println!("vectors {row}");
}
