//! The keys of the published vectors (`docs/vectors.md`): an input that is a vector opens, and so does what is signed here.

use std::sync::OnceLock;

use countersign_core::jose::signed::SigningInput;
use countersign_core::jose::{Digest, SigningKey};
use serde_json::value::RawValue;

/// The scalar of the key with this role.
pub(crate) fn scalar(role: &str) -> [u8; 32] {
    *Digest::of(format!("Countersign ADP/1 test vectors: {role}").as_bytes()).as_bytes()
}

/// The keys that are used in every run.
pub(crate) struct Keys {
    pub(crate) server: SigningKey,
    pub(crate) dk: SigningKey,
    pub(crate) uvk: SigningKey,
    pub(crate) ek: SigningKey,
    pub(crate) stranger: SigningKey,
}

/// The key that seals the state of the test phone.
pub(crate) const STATE_SEALING_KEY: [u8; 32] = [7; 32];

/// Made once: making one takes longer than most runs.
pub(crate) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let key = |role: &str| SigningKey::from_scalar(&scalar(role)).unwrap();
        Keys { server: key("server"), dk: key("dk"), uvk: key("uvk"), ek: key("ek"), stranger: key("stranger") }
    })
}

/// Claims under a signature, whatever they say: the exact text is signed.
pub(crate) fn signed(typ: &str, claims: &RawValue, key: &SigningKey) -> String {
    let input = SigningInput::new(typ, key.public().thumbprint(), &claims).unwrap();
    let signature = key.sign(input.as_bytes()).unwrap();
    input.finish(&signature)
}

/// The text as JSON that is written as it stands.
pub(crate) fn raw(text: &str) -> Option<Box<RawValue>> {
    serde_json::from_str(text).ok()
}
