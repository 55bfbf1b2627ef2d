//! The members of a push.

use serde_json::{Value, json};

use super::{Draft, Set};

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("push", Value::Null);
    set.good("push-sealed", "a sealed message", json!({ "v": "1", "e": "handle-1", "p": "a..b.c.d" }));
    set.good("push-wake", "a request to fetch", json!({ "v": "1", "e": "handle-1", "w": "txn-1" }));
    let foreign = json!({ "v": "1", "e": "handle-1", "w": "txn-1", "google.sent_time": "1", "title": "x" });
    set.good("push-foreign-members", "members of relays and apps are none of ours", foreign);
    let sized = |length: usize| json!({ "v": "1", "e": "h", "p": "x".repeat(length - "v1ehp".len()) });
    set.good("push-4096-bytes", "as many bytes of names and values as a push may have", sized(4096));
    set.bad("push-4097-bytes", "one byte more than a push may have", sized(4097), "push");
    for (name, about, members) in [
        ("empty", "no members", json!({})),
        ("no-version", "no version", json!({ "e": "handle-1", "w": "txn-1" })),
        ("version-2", "another version", json!({ "v": "2", "e": "handle-1", "w": "txn-1" })),
        ("no-handle", "no handle", json!({ "v": "1", "w": "txn-1" })),
        ("handle-empty", "an empty handle", json!({ "v": "1", "e": "", "w": "txn-1" })),
        ("no-content", "neither sealed nor a wake", json!({ "v": "1", "e": "handle-1" })),
        ("both", "sealed and a wake", json!({ "v": "1", "e": "handle-1", "w": "txn-1", "p": "a..b.c.d" })),
        ("wake-slash", "a txn that could leave its place in a URL", json!({ "v": "1", "e": "handle-1", "w": "../x" })),
        ("wake-dot", "a txn that a URL parser removes", json!({ "v": "1", "e": "handle-1", "w": "." })),
        ("wake-dots", "a txn that removes the segment before it", json!({ "v": "1", "e": "handle-1", "w": ".." })),
        ("wake-65", "a txn of 65 characters", json!({ "v": "1", "e": "handle-1", "w": "t".repeat(65) })),
    ] {
        set.bad(&format!("push-{name}"), about, members, "push");
    }
    set.drafts
}
