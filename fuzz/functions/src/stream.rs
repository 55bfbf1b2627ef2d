//! The event stream that carries pushes.

use std::collections::BTreeMap;

use countersign_core::adapters::stream::{Parser, TooLong};
use countersign_core::message::push::{MAX_PAYLOAD_BYTES, Push};

/// The maximum length of a line in bytes.
const MAX_LINE_BYTES: usize = MAX_PAYLOAD_BYTES + 65;

/// Parses the input byte by byte and compares the result with a parser of the whole input.
pub fn run(input: &[u8]) {
    let mut parser = Parser::default();
    let mut pushes = Vec::new();
    let mut ended = None;
    for byte in input {
        match parser.take(*byte) {
            Ok(push) => pushes.extend(push),
            Err(TooLong) => {
                ended = Some(TooLong);
                break;
            }
        }
    }
    let (expected, too_long) = whole(input);
    assert_eq!((pushes, ended.is_some()), (expected, too_long));
}

/// Returns the pushes of a whole stream, and whether it has a line that is too long.
fn whole(input: &[u8]) -> (Vec<BTreeMap<String, String>>, bool) {
    let mut pushes = Vec::new();
    let (mut event, mut data) = (String::new(), String::new());
    let mut lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    let unfinished = lines.pop().unwrap_or_default();
    for line in lines {
        if line.len() > MAX_LINE_BYTES {
            return (pushes, true);
        }
        let line = String::from_utf8_lossy(line);
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line.is_empty() {
            if event == "push" {
                pushes.extend(Push::members_of(&data).ok());
            }
            (event, data) = (String::new(), String::new());
        }
        let value = |name: &str| {
            let rest = line.strip_prefix(name)?;
            let value = if rest.is_empty() { "" } else { rest.strip_prefix(':')? };
            Some(value.strip_prefix(' ').unwrap_or(value).to_owned())
        };
        event = value("event").unwrap_or(event);
        data = value("data").unwrap_or(data);
    }
    (pushes, unfinished.len() > MAX_LINE_BYTES)
}
