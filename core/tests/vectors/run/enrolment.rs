//! Offers, metadata, challenges, enrolments, computed codes, and push payloads.

use std::collections::BTreeMap;

use countersign_core::device::enrolment::check_metadata;
use countersign_core::device::inbound;
use countersign_core::error::VerifyError;
use countersign_core::jose::{Digest, PublicKey, Thumbprint};
use countersign_core::message::challenge::{self, Challenge};
use countersign_core::message::claims::{DeviceAudience, Issuer};
use countersign_core::message::enrolment::confirmation_code as code_of;
use countersign_core::message::metadata::Metadata;
use countersign_core::message::offer::Offer;
use countersign_core::message::push::{Push, PushContent};
use countersign_core::message::{MAX_MESSAGE_BYTES, open, update};
use countersign_core::platform::KeyHandle;
use serde_json::{Value, json};

use super::device::metadata as metadata_of;
use super::{Opener, Outcome, jose, json, parsed, rejection, text};
use crate::keys;

pub(super) fn metadata(given: &Value) -> Opener {
    let issuer: Issuer = parsed(&given["issuer"]);
    let pins: Vec<Thumbprint> = parsed(&given["pins"]);
    let known: Option<Metadata> = parsed(&given["known"]);
    Box::new(move |input| {
        let metadata = Metadata::open(text(input), &pins).map_err(jose)?;
        check_metadata(&metadata, &issuer, known.as_ref()).map_err(rejection)?;
        Ok(json!({ "claims": json(&metadata) }))
    })
}

pub(super) fn challenge(given: &Value) -> Opener {
    let metadata = metadata_of(given);
    Box::new(move |input| {
        let opened = open::<Challenge>(text(input), |kid| metadata.key(kid)).map_err(jose)?;
        Ok(json!({ "claims": json(&opened.message) }))
    })
}

/// `enrol` is the enrolment that the device sent. The confirmation code depends on it.
pub(super) fn enrolled(given: &Value) -> Opener {
    let metadata = metadata_of(given);
    let store = keys::store([("ek".to_owned(), keys::private(&given["device"]["ek"]))]);
    let public = |role: &str| -> PublicKey { keys::public(&given["device"][role]) };
    let (aud, ek) = (DeviceAudience(public("dk").thumbprint()), public("ek").thumbprint());
    let (issuer, hash): (Issuer, _) = (parsed(&given["issuer"]), Digest::of(text(&given["enrol"]).as_bytes()));
    let handle = KeyHandle("ek".into());
    Box::new(move |input| {
        let opened = inbound::unseal(text(input), 2 * MAX_MESSAGE_BYTES, &store, |kid| (kid == ek).then_some(&handle))
            .and_then(|jws| inbound::open_enrolled(&jws, &issuer, aud, &metadata))
            .map_err(rejection)?;
        let code = opened.confirm_nonce.as_ref().map(|nonce| code_of(&hash, nonce));
        Ok(json!({ "claims": json(&opened), "confirmation_code": code }))
    })
}

pub(super) fn offer(input: &Value) -> Outcome {
    let offer = Offer::parse(text(input)).map_err(|error| error.code().to_owned())?;
    let pins: Vec<String> = offer.pins.iter().map(ToString::to_string).collect();
    Ok(json!({ "issuer": json(&offer.issuer), "offer": json(&offer.id), "code": offer.code.expose(), "pins": pins }))
}

pub(super) fn push(input: &Value) -> Outcome {
    let map: BTreeMap<String, String> = parsed(input);
    let push = Push::from_map(&map).map_err(|_| VerifyError::Push.code().to_owned())?;
    Ok(match push.content {
        PushContent::Sealed(sealed) => json!({ "handle": json(&push.handle), "sealed": sealed }),
        PushContent::Wake(txn) => json!({ "handle": json(&push.handle), "wake": json(&txn) }),
    })
}

pub(super) fn confirmation_code(input: &Value) -> Outcome {
    let code = code_of(&parsed(&input["enrol_hash"]), &parsed(&input["confirm_nonce"]));
    Ok(json!({ "confirmation_code": code }))
}

pub(super) fn attestation_challenge(input: &Value) -> Outcome {
    let issuer: Issuer = parsed(&input["issuer"]);
    let digest = if input["offer"].is_null() {
        update::attestation_challenge(&issuer, &parsed(&input["enrolment"]), &parsed(&input["jti"]))
    } else {
        challenge::attestation_challenge(&issuer, &parsed(&input["offer"]), &parsed(&input["nonce"]))
    };
    Ok(json!({ "challenge": digest.to_string() }))
}
