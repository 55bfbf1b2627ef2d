//! Reads the output of programs: members of JSON objects, and matches of patterns in text.

use anyhow::Result;
use regex::Regex;
use serde_json::Value;

/// The text of a member, or an empty text.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The number of a member, or 0.
pub(crate) fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// The array of a member, or an empty array.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The groups of every match in a text. A group that did not take part in a match is empty.
pub(crate) fn matches<'a, const N: usize>(pattern: &str, text: &'a str) -> Result<Vec<[&'a str; N]>> {
    let groups = |found: regex::Captures<'a>| std::array::from_fn(|at| found.get(at + 1).map_or("", |it| it.as_str()));
    Ok(Regex::new(pattern)?.captures_iter(text).map(groups).collect())
}
