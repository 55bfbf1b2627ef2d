//! The members of a push as Firebase, Apple or the event stream deliver them.

use std::collections::BTreeMap;

use countersign_core::jose::json;
use countersign_core::message::push::{MAX_PAYLOAD_BYTES, Push};

/// Parses lines `name=value` as members.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let map: BTreeMap<String, String> =
        text.split('\n').filter_map(|line| line.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let Ok(push) = Push::from_map(&map) else { return };
    assert!(map.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() <= MAX_PAYLOAD_BYTES);
    let written = push.to_map();
    assert_eq!(Push::from_map(&written).as_ref(), Ok(&push));
    assert!(written.iter().all(|(name, value)| map.get(name) == Some(value)), "member changed");
    // The event stream carries the same members as JSON.
    let streamed: Push = json::from_str(&serde_json::to_string(&written).unwrap()).unwrap();
    assert_eq!(streamed, push);
}
