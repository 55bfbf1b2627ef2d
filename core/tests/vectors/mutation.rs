//! Changes of a good message: every flipped bit, prefix and suffix, and every added character. None
//! may be accepted.

use serde_json::{Value, json};

use crate::{case, report, run};

/// The changes tried with one message.
#[derive(Default)]
struct Tried {
    flips: u32,
    /// Flips that are not UTF-8, so that a text cannot contain them.
    no_text: u32,
    prefixes: u32,
    suffixes: u32,
    added: u32,
    accepted: u32,
}

/// Tries every change of the input of a published good case.
fn reject_every_change(kind: &str, name: &str) {
    let case = case::named(name);
    assert_eq!(case.kind, kind);
    let open = run::opener(&case.kind, &case.given);
    let message = case.input.as_str().unwrap();
    assert!(open(&case.input).is_ok());
    let mut tried = Tried::default();
    for at in 0..message.len() {
        for bit in 0..8 {
            let mut bytes = message.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            match String::from_utf8(bytes) {
                Ok(changed) => {
                    tried.accepted += u32::from(open(&Value::String(changed)).is_ok());
                    tried.flips += 1;
                }
                Err(_) => tried.no_text += 1,
            }
        }
        tried.accepted += u32::from(open(&message[..at].into()).is_ok());
        tried.accepted += u32::from(open(&message[at + 1..].into()).is_ok());
        tried.prefixes += 1;
        tried.suffixes += 1;
    }
    for character in '\0'..='\u{7f}' {
        tried.accepted += u32::from(open(&format!("{message}{character}").into()).is_ok());
        tried.accepted += u32::from(open(&format!("{character}{message}").into()).is_ok());
        tried.added += 2;
    }
    let Tried { flips, no_text, prefixes, suffixes, added, accepted } = tried;
    report::say(&json!({
        "set": "changes", "name": kind, "bytes": message.len(), "flips": flips, "flips_no_text": no_text,
        "prefixes": prefixes, "suffixes": suffixes, "added": added, "accepted": accepted,
    }));
    let bits = u32::try_from(message.len() * 8).unwrap();
    assert_eq!((flips + no_text, accepted), (bits, 0));
}

/// Declares one test for each kind, so that the tests run in parallel.
macro_rules! no_change {
    ($($test:ident: $kind:literal $name:literal)*) => {$(
        #[test]
        fn $test() {
            reject_every_change($kind, $name);
        }
    )*};
}

no_change! {
    changed_sealed_push_is_rejected: "sealed_push" "sealed-push-request"
    changed_request_is_rejected: "request" "request-payment-entry"
    changed_status_is_rejected: "status" "status-revoked"
    changed_inbox_is_rejected: "inbox" "inbox-one"
    changed_receipt_is_rejected: "receipt" "receipt-accepted"
    changed_decision_is_rejected: "decision" "decision-approval"
    changed_update_is_rejected: "update" "update-keys"
    changed_enrolment_is_rejected: "enrol" "enrol"
    changed_enrolment_reply_is_rejected: "enrolled" "enrolled-pending"
    changed_challenge_is_rejected: "challenge" "challenge"
    changed_metadata_is_rejected: "metadata" "metadata-first"
    changed_key_proof_is_rejected: "proof" "proof-uvk"
    changed_dpop_proof_is_rejected: "dpop" "dpop"
}
