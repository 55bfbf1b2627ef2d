//! Sealed pushes with arbitrary content.

use countersign_core::device::inbound::{self, Inbound};
use countersign_core::jose::sealed::seal;
use countersign_core::message::MAX_MESSAGE_BYTES;
use countersign_core::message::request::MAX_LIFETIME_SECS;
use serde_json::value::RawValue;

use crate::bank::first_enrolment;
use crate::keys::{keys, raw, signed};
use crate::platform::TestKeyStore;

/// Opens a push. `r` or `s` and claims: a signed and sealed request or status. `x`: the rest is
/// sealed unchanged. `o`: the rest is the push.
pub fn run(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    let text = std::str::from_utf8(rest).ok();
    let sign = |typ: &str, claims: Box<RawValue>| signed(typ, &claims, &keys().server).into_bytes();
    let inner = match kind {
        b'r' => text.and_then(raw).map(|claims| sign("adp-request+jwt", claims)),
        b's' => text.and_then(raw).map(|claims| sign("adp-status+jwt", claims)),
        b'x' => Some(rest.to_vec()),
        _ => None,
    };
    match (inner, text) {
        (Some(inner), _) => open(&seal(&inner, keys().ek.public()).unwrap(), Some(&inner)),
        (None, Some(text)) => open(text, None),
        (None, None) => {}
    }
}

fn open(sealed: &str, inner: Option<&[u8]>) {
    let enrolment = first_enrolment();
    match inbound::open_push(sealed, enrolment, &TestKeyStore::default()) {
        Ok(Inbound::Request(request, jws)) => {
            assert!(inner.is_none_or(|inner| inner == jws.as_bytes()));
            let message = &request.message;
            assert!((1..=MAX_LIFETIME_SECS).contains(&message.exp.since(message.iat)));
            assert!(message.iss == enrolment.issuer && message.sub == enrolment.id && enrolment.is_for(message.aud));
            let direct = inbound::open_request(&jws, enrolment)
                .unwrap_or_else(|error| panic!("opens only with a seal: {error}"));
            assert_eq!(direct.digest, request.digest);
        }
        Ok(Inbound::Status(status)) => {
            assert!(status.iss == enrolment.issuer && status.sub == enrolment.id && enrolment.is_for(status.aud));
        }
        Err(_) => {
            // A message that opens without a seal also opens with one, unless it is too large.
            let text = inner.and_then(|inner| std::str::from_utf8(inner).ok());
            let opens = text.is_some_and(|text| inbound::open_request(text, enrolment).is_ok());
            assert!(!opens || sealed.len() > MAX_MESSAGE_BYTES, "opens only without a seal");
        }
    }
}
