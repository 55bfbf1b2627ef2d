//! The messages that a server receives: signature, form and claims. Decisions about a well-formed
//! message depend on the server.

use countersign_core::jose::{Digest, PublicKey};
use countersign_core::message::decision::Decision;
use countersign_core::message::enrolment::Enrol;
use countersign_core::message::proof::KeyProof;
use countersign_core::message::update::Update;
use countersign_core::message::{Message, Verified, dpop, open};
use serde_json::{Value, json};

use super::{Opener, Outcome, jose, json, text};
use crate::keys;

/// Returns the device's keys that may sign this message, with their roles.
fn signers(given: &Value, roles: &[&'static str]) -> Vec<(&'static str, PublicKey)> {
    roles.iter().map(|role| (*role, keys::public(&given["device"][*role]))).collect()
}

fn opened<M: Message>(compact: &str, signers: &[(&'static str, PublicKey)]) -> Outcome {
    let find = |kid| signers.iter().find(|(_, key)| key.thumbprint() == kid);
    let Verified { message, digest, kid } = open::<M>(compact, |kid| find(kid).map(|(_, key)| key)).map_err(jose)?;
    let signed_by = find(kid).map(|(role, _)| *role);
    Ok(json!({ "claims": json(&message), "message_hash": digest.to_string(), "signed_by": signed_by }))
}

pub(super) fn decision(given: &Value) -> Opener {
    let signers = signers(given, &["dk", "uvk"]);
    Box::new(move |input| opened::<Decision>(text(input), &signers))
}

pub(super) fn update(given: &Value) -> Opener {
    let signers = signers(given, &["dk"]);
    Box::new(move |input| opened::<Update>(text(input), &signers))
}

pub(super) fn enrol(given: &Value) -> Opener {
    let signers = signers(given, &["dk"]);
    Box::new(move |input| opened::<Enrol>(text(input), &signers))
}

pub(super) fn proof(given: &Value) -> Opener {
    let signers = [("key", keys::public(&given["key"]))];
    Box::new(move |input| opened::<KeyProof>(text(input), &signers))
}

pub(super) fn dpop(input: &Value) -> Outcome {
    let (proof, key) = dpop::open(text(input)).map_err(jose)?;
    let digest = Digest::of(text(input).as_bytes());
    Ok(json!({ "claims": json(&proof), "thumbprint": key.thumbprint().to_string(), "hash": digest.to_string() }))
}
