//! What a test ran, for `cargo xtask vectors`.

use serde_json::Value;

/// Says it as one line.
pub(crate) fn say(row: &Value) {
    println!("vectors {row}");
}
