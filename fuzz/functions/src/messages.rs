//! Every message of the protocol with arbitrary claims and a valid signature, so that the claims
//! reach their types.

use countersign_core::device::enrolment::check_metadata;
use countersign_core::jose::{Digest, JoseError, json};
use countersign_core::message::challenge::Challenge;
use countersign_core::message::decision::Decision;
use countersign_core::message::enrolment::{Enrol, Enrolled};
use countersign_core::message::inbox::Inbox;
use countersign_core::message::metadata::Metadata;
use countersign_core::message::proof::KeyProof;
use countersign_core::message::receipt::Receipt;
use countersign_core::message::request::Request;
use countersign_core::message::status::Status;
use countersign_core::message::update::Update;
use countersign_core::message::{Message, open};
use serde_json::value::RawValue;

use crate::keys::{keys, raw, signed};

/// The byte that selects a message, its name in the vectors, and the check of its claims.
type Kind = (u8, &'static str, fn(&RawValue));

/// All messages.
pub(crate) const KINDS: [Kind; 11] = [
    (b'a', "challenge", claims::<Challenge>),
    (b'b', "decision", claims::<Decision>),
    (b'c', "enrol", claims::<Enrol>),
    (b'd', "enrolled", claims::<Enrolled>),
    (b'e', "inbox", claims::<Inbox>),
    (b'f', "metadata", metadata),
    (b'g', "proof", claims::<KeyProof>),
    (b'h', "receipt", claims::<Receipt>),
    (b'i', "request", claims::<Request>),
    (b'j', "status", claims::<Status>),
    (b'k', "update", claims::<Update>),
];

/// Checks a message. The first byte selects it, the rest has its claims.
pub fn run(input: &[u8]) {
    let Some((kind, text)) = crate::choice(input) else { return };
    let Some((_, _, open)) = KINDS.iter().find(|(byte, _, _)| *byte == kind) else { return };
    match raw(text) {
        Some(claims) => open(&claims),
        None => assert!(json::from_str::<Status>(text).is_err(), "claims are not JSON"),
    }
}

fn claims<M: Message>(claims: &RawValue) {
    let key = &keys().server;
    let jws = signed(M::TYP, claims, key);
    let strict = json::from_str::<M>(claims.get());
    match open::<M>(&jws, |kid| (kid == key.public().thumbprint()).then_some(key.public())) {
        Ok(opened) => {
            assert!(strict.is_ok() && jws.len() <= M::MAX_BYTES);
            assert_eq!((opened.digest, opened.kid), (Digest::of(jws.as_bytes()), key.public().thumbprint()));
            written_again(&opened.message);
            assert!(open::<M>(&jws, |_| None).is_err());
            assert_eq!(open::<M>(&jws, |_| Some(keys().stranger.public())).err(), Some(JoseError::Kid));
            assert_eq!(open::<Other>(&jws, |_| Some(key.public())).err(), Some(JoseError::Type));
        }
        Err(JoseError::Size) => assert!(jws.len() > M::MAX_BYTES),
        Err(error) => assert!(strict.is_err(), "{error}"),
    }
}

/// Checks that a parsed message is written and parsed again as the same message.
fn written_again<M: Message>(message: &M) {
    let written = serde_json::to_string(message).unwrap();
    let again: M = json::from_str(&written).unwrap_or_else(|error| panic!("{error} in {written}"));
    assert_eq!(serde_json::to_string(&again).unwrap(), written);
}

/// Checks metadata, which is opened under pins and contains the key that signed it.
fn metadata(claims: &RawValue) {
    let key = &keys().server;
    let jws = signed(Metadata::TYP, claims, key);
    let Ok(metadata) = Metadata::open(&jws, &[key.public().thumbprint()]) else { return };
    assert_eq!(&metadata.signer, key.public());
    assert!(Metadata::open(&jws, &[]).is_err());
    assert!(Metadata::open(&jws, &[keys().stranger.public().thumbprint()]).is_err());
    written_again(&metadata);
    let issuer = metadata.iss.clone();
    if check_metadata(&metadata, &issuer, None).is_ok() {
        assert_eq!(check_metadata(&metadata, &issuer, Some(&metadata)), Ok(()), "metadata is older than itself");
        assert!(metadata.endpoints.decisions.starts_with("http"));
    }
}

/// A message with a type that no other message has.
#[derive(Debug)]
struct Other;

impl serde::Serialize for Other {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> serde::Deserialize<'de> for Other {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

impl Message for Other {
    const TYP: &'static str = "adp-other+jwt";
    const MAX_BYTES: usize = usize::MAX;
}
