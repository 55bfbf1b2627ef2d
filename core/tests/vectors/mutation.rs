//! Every bit flipped, every prefix, every suffix, every byte before and after: nothing of it is accepted.

use serde_json::{Value, json};

use crate::{case, report, run};

/// What was tried with one message.
#[derive(Default)]
struct Tried {
    flips: u32,
    /// Flips that give no UTF-8, so that a text cannot carry them.
    no_text: u32,
    prefixes: u32,
    suffixes: u32,
    added: u32,
    accepted: u32,
}

/// Tries every change of the input of a published good case.
fn refuse_every_change(kind: &str, name: &str) {
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

/// One test for each kind, so that they run side by side.
macro_rules! no_change {
    ($($test:ident: $kind:literal $name:literal)*) => {$(
        #[test]
        fn $test() {
            refuse_every_change($kind, $name);
        }
    )*};
}

no_change! {
    no_changed_sealed_push_is_accepted: "sealed_push" "sealed-push-request"
    no_changed_request_is_accepted: "request" "request-payment-entry"
    no_changed_status_is_accepted: "status" "status-revoked"
    no_changed_inbox_is_accepted: "inbox" "inbox-one"
    no_changed_receipt_is_accepted: "receipt" "receipt-accepted"
    no_changed_decision_is_accepted: "decision" "decision-approval"
    no_changed_update_is_accepted: "update" "update-keys"
    no_changed_enrolment_is_accepted: "enrol" "enrol"
    no_changed_answer_to_an_enrolment_is_accepted: "enrolled" "enrolled-pending"
    no_changed_challenge_is_accepted: "challenge" "challenge"
    no_changed_metadata_is_accepted: "metadata" "metadata-first"
    no_changed_key_proof_is_accepted: "proof" "proof-uvk"
    no_changed_dpop_proof_is_accepted: "dpop" "dpop"
}
